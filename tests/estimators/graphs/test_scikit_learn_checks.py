"""scikit-learn's checks of the estimators of graphs: passed where they need no table; each other one has a reason."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from deepstat import (
    EdgeClassifier,
    EdgeRegressor,
    Graph,
    GraphClassifier,
    GraphClusterer,
    GraphRegressor,
    LinkPredictor,
    NodeClassifier,
    NodeEmbedder,
    NodeRegressor,
)

GRAPH = Graph([[0, 1, 2], [1, 2, 3]], node_features=[[1.0], [2.0], [3.0], [4.0]])
ESTIMATORS = [
    *(
        cls(graph=GRAPH)
        for cls in (NodeClassifier, NodeRegressor, EdgeClassifier, EdgeRegressor, LinkPredictor)
    ),
    *(cls(graph=GRAPH) for cls in (NodeEmbedder, GraphClusterer)),
    GraphClassifier(),
    GraphRegressor(),
]
PASSED = {
    "check_clusterer_compute_labels_predict",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_partial_fit_n_features",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_non_transformer_estimators_n_iter",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_supervised_y_no_nan",
    "check_transformer_n_iter",
    "check_transformers_unfitted",
    "check_valid_tag_types",
}
TABLE = (
    "fits to a table of random floats, and X here names nodes or pairs of one graph, or is a list of graphs"
)
# Reasons beside that one, and where the same is tested with rows that make sense.
EXCLUDED = {
    "check_array_api_input": "tables on accelerators; ids and graphs are no arrays of numbers",
    "check_complex_data": "complex tables; ids that are no whole numbers are refused in test_bad_nodes_are_refused",
    "check_estimator_sparse_array": "sparse tables; sparse features belong to the graph (test_node.py)",
    "check_estimator_sparse_matrix": "sparse tables; sparse features belong to the graph (test_node.py)",
    "check_estimator_sparse_tag": "sparse tables; sparse features belong to the graph (test_node.py)",
    "check_estimators_nan_inf": "missing values in a table; a graph refuses them when it is made (test_bad_graphs.py)",
    "check_sample_weight_equivalence_on_dense_data": TABLE + "; weights are repetitions in test_node.py",
    "check_fit_idempotent": TABLE + "; repeated fits are compared in test_node.py",
    "check_methods_subset_invariance": TABLE
    + "; a node's prediction depends on its graph and not on the rows of X",
    "check_classifiers_one_label": "one class is refused in a sentence of deepstat's own",
    "check_classifiers_one_label_sample_weights": "one class is refused in a sentence of deepstat's own",
    "check_classifier_not_supporting_multiclass": "a link is there or not; the check wants a table to say so with",
    **dict.fromkeys(
        [
            "check_all_zero_sample_weights_error",
            "check_class_weight_classifiers",
            "check_classifier_data_not_an_array",
            "check_classifiers_classes",
            "check_classifiers_regression_target",
            "check_classifiers_train",
            "check_clustering",
            "check_decision_proba_consistency",
            "check_dict_unchanged",
            "check_dont_overwrite_parameters",
            "check_dtype_object",
            "check_estimators_dtypes",
            "check_estimators_empty_data_messages",
            "check_estimators_fit_returns_self",
            "check_estimators_overwrite_params",
            "check_estimators_pickle",
            "check_f_contiguous_array_estimator",
            "check_fit1d",
            "check_fit2d_1feature",
            "check_fit2d_1sample",
            "check_fit2d_predict1d",
            "check_fit_check_is_fitted",
            "check_fit_score_takes_y",
            "check_methods_sample_order_invariance",
            "check_n_features_in",
            "check_n_features_in_after_fitting",
            "check_pipeline_consistency",
            "check_positive_only_tag_during_fit",
            "check_readonly_memmap_input",
            "check_regressor_data_not_an_array",
            "check_regressor_multioutput",
            "check_regressors_int",
            "check_regressors_no_decision_function",
            "check_regressors_train",
            "check_requires_y_none",
            "check_sample_weights_list",
            "check_sample_weights_not_an_array",
            "check_sample_weights_not_overwritten",
            "check_sample_weights_pandas_series",
            "check_sample_weights_shape",
            "check_supervised_y_2d",
            "check_transformer_data_not_an_array",
            "check_transformer_general",
            "check_transformer_preserve_dtypes",
        ],
        TABLE,
    ),
}


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda own: type(own).__name__)
@pytest.mark.filterwarnings("ignore:.*does not inherit.*:UserWarning")
def test_every_check_is_passed_or_has_a_reason(estimator):
    seen = set()
    for each, check in estimator_checks_generator(estimator):
        name = getattr(check, "func", check).__name__
        seen.add(name)
        if name in EXCLUDED:
            continue
        assert name in PASSED, f"{name} is new: pass it, or say why it makes no sense for graphs."
        check(each)
    assert len(seen & PASSED) > 10
