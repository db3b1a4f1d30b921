"""Scores under ``deepstat.population()`` beside those of scikit-learn's own functions without it, fold by fold.

``python -m benchmarks.same_numbers``

Every function and search of ``deepstat.model_selection``, bagging, stacking and nested cross-validation on five real
data sets. The estimator is a pipeline of a scaler and a network with dropout and early stopping; sample weights reach
scaler, network and scorer by metadata routing, and folds keep groups together.

float64 has a target. float32 has none: sums are taken in another order, and ReLU and Adam amplify last bits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from numpy.typing import DTypeLike
from sklearn import ensemble, metrics, model_selection
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # scikit-learn asks for it
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deepstat.model_selection
from benchmarks.timing import Report, head, options, parse

TARGET = 1e-8
EPOCHS = 12
MOST_ROWS = 500
GROUPS = 40
REGRESSIONS = ("diabetes", "fair")
NAMES = (*REGRESSIONS, "breast_cancer", "wine", "digits")
COMPILED = ("cross_validate", "GridSearchCV")
INTRODUCTION = (
    "Largest |difference| of scikit-learn's own call without the context and of the same call with it: scores of",
    "every fold and candidate (R2, or mean logarithmic score); predictions of cross_val_predict, bagging, stacking",
    "and of a search's best estimator (in standard deviations of the target, or probabilities). A pipeline with a",
    "scaler, sample weights by metadata routing, folds by group. Beside it the fits that trained in company and their",
    "rounds, on the first data set.",
)


@dataclass(frozen=True)
class Case:
    """A data set, and an estimator for it.

    Attributes
    ----------
    X : ndarray of shape (n, p)
    y : ndarray of shape (n,)
    model : Pipeline
    step : str
        Name of the network in the pipeline.
    scoring : scorer
        Weighted R2, or weighted logarithmic score.
    params : dict
        Sample weights and groups.
    """

    X: np.ndarray
    y: np.ndarray
    model: Any
    step: str
    scoring: Any
    params: dict[str, np.ndarray]

    @property
    def weight(self) -> dict[str, np.ndarray]:
        """The sample weights alone."""
        return {"sample_weight": self.params["sample_weight"]}

    @property
    def grid(self) -> dict[str, list[float]]:
        """Four candidates."""
        return {f"{self.step}__learning_rate": [1e-3, 1e-2], f"{self.step}__l2": [0.0, 0.01]}

    def rates(self, n: int) -> dict[str, list[float]]:
        """Return `n` candidates."""
        return {f"{self.step}__learning_rate": np.geomspace(1e-4, 1e-2, n).tolist()}

    def predicted(self, fitted: Any) -> np.ndarray:
        """Return probabilities, or predictions in standard deviations of the target."""
        if hasattr(fitted, "predict_proba"):
            return np.asarray(fitted.predict_proba(self.X))
        return np.asarray(fitted.predict(self.X) / self.y.std())


@dataclass(frozen=True)
class Found:
    """What a call gave: numbers to compare, and the candidate that a search chose."""

    numbers: list[Any]
    choice: int | None = None

    def apart(self, other: Found) -> float:
        """Return the largest difference to another one."""
        pairs = zip(self.numbers, other.numbers, strict=True)
        return max(float(np.max(np.abs(np.asarray(a) - np.asarray(b)))) for a, b in pairs)


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and target of a data set: at most `MOST_ROWS` rows, drawn at random."""
    if name == "fair":
        from statsmodels.datasets import fair

        frame = fair.load_pandas().data
        X, y = frame.drop(columns="affairs").to_numpy(), frame["affairs"].to_numpy()
    else:
        loaders = {
            "diabetes": load_diabetes,
            "breast_cancer": load_breast_cancer,
            "wine": load_wine,
            "digits": load_digits,
        }
        X, y = loaders[name](return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(y))[:MOST_ROWS]
    return X[rows], y[rows]


def make_case(name: str, dtype: DTypeLike, epochs: int, compiled: bool) -> Case:
    """Return a data set with its estimator, weights and groups."""
    from deepstat import DeepClassifier, DeepRegressor

    X, y = table(name)
    regression = name in REGRESSIONS
    network = (DeepRegressor if regression else DeepClassifier)(
        architecture="mlp",
        architecture_params={"hidden_layer_sizes": (16, 16), "dropout": 0.2},
        max_epochs=epochs,
        batch_size=32,
        learning_rate=3e-3,
        early_stopping=True,
        compile=compiled,
        random_state=0,
    )
    model = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=True), network.set_fit_request(sample_weight=True)
    )
    scoring = (
        metrics.make_scorer(metrics.r2_score)
        if regression
        else metrics.make_scorer(
            metrics.log_loss,
            greater_is_better=False,
            response_method="predict_proba",
            labels=np.unique(y),
        )
    )
    rng = np.random.default_rng(1)
    params = {"sample_weight": rng.gamma(2.0, size=len(y)), "groups": rng.integers(GROUPS, size=len(y))}
    return Case(
        X.astype(dtype),
        y.astype(dtype) if regression else y,
        model,
        model.steps[-1][0],
        scoring.set_score_request(sample_weight=True),
        params,
    )


# -- one call each, by scikit-learn's functions or by ours -------------------------------------------------------------


def cross_validate(of: Any, case: Case) -> Found:
    """Return training and test scores."""
    scores = of.cross_validate(
        case.model,
        case.X,
        case.y,
        cv=model_selection.GroupKFold(5),
        scoring=case.scoring,
        params=case.params,
        return_train_score=True,
    )
    return Found([scores["train_score"], scores["test_score"]])


def cross_val_score(of: Any, case: Case) -> Found:
    """Return test scores."""
    return Found(
        [
            of.cross_val_score(
                case.model,
                case.X,
                case.y,
                cv=model_selection.GroupKFold(7),
                scoring=case.scoring,
                params=case.params,
            )
        ]
    )


def cross_val_predict(of: Any, case: Case) -> Found:
    """Return predictions of every row."""
    classes = hasattr(case.model, "predict_proba")
    predicted = of.cross_val_predict(
        case.model,
        case.X,
        case.y,
        cv=model_selection.GroupKFold(5),
        params=case.params,
        method="predict_proba" if classes else "predict",
    )
    return Found([predicted if classes else predicted / case.y.std()])


def learning_curve(of: Any, case: Case) -> Found:
    """Return training and test scores of three sizes."""
    _, train, test = of.learning_curve(
        case.model,
        case.X,
        case.y,
        cv=model_selection.GroupKFold(3),
        scoring=case.scoring,
        params=case.params,
        train_sizes=[0.4, 0.7, 1.0],
        shuffle=True,
        random_state=0,
    )
    return Found([train, test])


def validation_curve(of: Any, case: Case) -> Found:
    """Return training and test scores of three penalties."""
    return Found(
        of.validation_curve(
            case.model,
            case.X,
            case.y,
            cv=model_selection.GroupKFold(3),
            scoring=case.scoring,
            params=case.params,
            param_name=f"{case.step}__l2",
            param_range=[0.0, 0.01, 0.1],
        )
    )


def permutation_test_score(of: Any, case: Case) -> Found:
    """Return the score, and those of permuted targets; folds by rows: within small groups little can be permuted."""
    score, permuted, p = of.permutation_test_score(
        case.model,
        case.X,
        case.y,
        cv=model_selection.KFold(2, shuffle=True, random_state=0),
        scoring=case.scoring,
        params=case.weight,
        n_permutations=5,
        random_state=0,
    )
    return Found([score, permuted, p])


def search(kind: str, candidates: Callable[[Case], Any], **settings: Any) -> Callable[[Any, Case], Found]:
    """Return a call that searches: test scores of every candidate and fold, and predictions of the chosen one."""

    def call(of: Any, case: Case) -> Found:
        resource = {"resource": f"{case.step}__max_epochs"} if kind.startswith("Halving") else {}
        made = getattr(of, kind)(
            case.model,
            candidates(case),
            cv=model_selection.GroupKFold(3),
            scoring=case.scoring,
            **settings,
            **resource,
        )
        made.fit(case.X, case.y, **case.params)
        scores = [made.cv_results_[f"split{fold}_test_score"] for fold in range(3)]
        return Found([*scores, case.predicted(made)], int(made.best_index_))

    return call


def nested(of: Any, case: Case) -> Found:
    """Return the outer scores of a search under cross-validation."""
    inner = of.GridSearchCV(case.model, case.rates(3), cv=model_selection.GroupKFold(2), scoring=case.scoring)
    return Found(
        [
            of.cross_val_score(
                inner,
                case.X,
                case.y,
                cv=model_selection.GroupKFold(3),
                scoring=case.scoring,
                params=case.params,
            )
        ]
    )


def bagging(of: Any, case: Case) -> Found:
    """Return predictions of bagged networks on drawn rows and columns."""
    kind = ensemble.BaggingClassifier if hasattr(case.model, "predict_proba") else ensemble.BaggingRegressor
    bag = kind(case.model, n_estimators=6, max_samples=0.8, max_features=0.8, random_state=0)
    return Found([case.predicted(bag.fit(case.X, case.y, **case.weight))])


def stacking(of: Any, case: Case) -> Found:
    """Return predictions of two stacked networks."""
    classes = hasattr(case.model, "predict_proba")
    other = clone(case.model).set_params(**{f"{case.step}__l2": 0.1})
    stack = (ensemble.StackingClassifier if classes else ensemble.StackingRegressor)(
        [("one", case.model), ("other", other)],
        final_estimator=(LogisticRegression() if classes else Ridge()).set_fit_request(sample_weight=True),
        cv=model_selection.KFold(3, shuffle=True, random_state=0),
    )
    return Found([case.predicted(stack.fit(case.X, case.y, **case.weight))])


def calls(epochs: int) -> dict[str, Callable[[Any, Case], Found]]:
    """Return all calls by name."""
    halving = {"min_resources": epochs // 4, "max_resources": epochs, "factor": 2, "random_state": 0}
    return {
        "cross_validate": cross_validate,
        "cross_val_score": cross_val_score,
        "cross_val_predict": cross_val_predict,
        "GridSearchCV": search("GridSearchCV", lambda case: case.grid),
        "RandomizedSearchCV": search(
            "RandomizedSearchCV", lambda case: case.rates(9), n_iter=4, random_state=0
        ),
        "HalvingGridSearchCV": search("HalvingGridSearchCV", lambda case: case.rates(4), **halving),
        "HalvingRandomSearchCV": search("HalvingRandomSearchCV", lambda case: case.rates(9), **halving),
        "learning_curve": learning_curve,
        "validation_curve": validation_curve,
        "permutation_test_score": permutation_test_score,
        "nested cross-validation": nested,
        "BaggingRegressor, -Classifier": bagging,
        "StackingRegressor, -Classifier": stacking,
    }


# -- the comparison ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A call on a data set: the largest difference, whether the same candidate was chosen, fits trained together."""

    apart: float
    same_choice: bool
    n_fits: int
    n_rounds: int


def compare(call: Callable[[Any, Case], Found], case: Case) -> Cell:
    """Call scikit-learn's function alone, then ours."""
    alone = call(model_selection, case)
    with deepstat.model_selection.population() as together:
        found = call(deepstat.model_selection, case)
    return Cell(
        found.apart(alone),
        found.choice == alone.choice,
        sum(each.n_fits for each in together.rounds),
        len(together.rounds),
    )


def say_largest(report: Report, kind: str, cells: Sequence[Cell]) -> None:
    """Print the largest difference of a kind, beside the target where there is one."""
    largest, other = max(cell.apart for cell in cells), sum(not cell.same_choice for cell in cells)
    line = f"Largest difference, {kind}: {largest:.1e}"
    if kind.startswith("float64"):
        line += f", target <= {TARGET:g}: {'reached' if largest <= TARGET and not other else 'MISSED'}"
    report.say(f"{line}; searches that chose another candidate: {other}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parse(parser, argv)
    epochs = 4 if args.quick else args.epochs
    chosen = calls(epochs)
    names: tuple[str, ...] = NAMES
    compiled: tuple[str, ...] = COMPILED
    if args.quick:
        chosen, names, compiled = {name: chosen[name] for name in COMPILED}, ("wine",), ()
    kinds = {
        "float64": (np.float64, False, tuple(chosen)),
        "float32": (np.float32, False, tuple(chosen)),
        "float64 compiled": (np.float64, True, compiled),
        "float32 compiled": (np.float32, True, compiled),
    }
    report = Report()
    head(
        report, f"Same numbers: hidden (16, 16), dropout 0.2, batch 32, {epochs} epochs, early stopping", args
    )
    for line in INTRODUCTION:
        report.say(line)
    report.say()
    start = time.perf_counter()
    rows = []
    found: dict[str, list[Cell]] = {}
    with sklearn.config_context(enable_metadata_routing=True):
        for kind, (dtype, with_compiler, wanted) in kinds.items():
            cases = [make_case(name, dtype, epochs, with_compiler) for name in names]
            for call in wanted:
                cells = [compare(chosen[call], case) for case in cases]
                found.setdefault(kind, []).extend(cells)
                fits = f"{cells[0].n_fits} in {cells[0].n_rounds}"
                rows.append([call, kind, fits, *(f"{cell.apart:.1e}" for cell in cells)])
    sizes = ["{} x {}".format(*table(name)[0].shape) for name in names]
    heads = [f"{name} {size}" for name, size in zip(names, sizes, strict=True)]
    report.table(["", "", "fits, rounds", *heads], rows)
    report.say()
    for kind, cells in found.items():
        say_largest(report, kind, cells)
    report.say(f"{time.perf_counter() - start:.0f} s for everything.")
    report.write(args.out)


if __name__ == "__main__":
    main()
