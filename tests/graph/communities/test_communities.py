import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from deepstat.graph.communities import modularity, spectral_communities
from deepstat.graph.graph import Graph


@settings(deadline=None)
@given(st.data(), st.booleans(), st.floats(0.2, 3.0))
def test_modularity_is_that_of_networkx(data, directed, resolution):
    n, e = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 12))
    ids = st.lists(st.integers(0, n - 1), min_size=e, max_size=e)
    source, target = data.draw(ids), data.draw(ids)
    weight = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=e, max_size=e))
    labels = data.draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    assume(sum(weight) > 0)
    reference = (nx.MultiDiGraph if directed else nx.MultiGraph)()
    reference.add_nodes_from(range(n))
    reference.add_weighted_edges_from(zip(source, target, weight, strict=True))
    communities = [{node for node in range(n) if labels[node] == each} for each in set(labels)]
    expected = nx.community.modularity(reference, communities, resolution=resolution)
    graph = Graph([source, target], n_nodes=n, directed=directed, edge_weight=weight)
    assert modularity(graph, labels, resolution=resolution) == pytest.approx(expected, abs=1e-12)


def test_modularity_of_unweighted_edges_is_that_of_networkx():
    reference = nx.karate_club_graph()
    club = [reference.nodes[node]["club"] for node in reference]
    parts = [{node for node in reference if club[node] == each} for each in set(club)]
    graph = Graph(np.array(reference.edges).T)
    assert modularity(graph, club) == pytest.approx(nx.community.modularity(reference, parts, weight=None))


def planted(seed):
    reference = nx.planted_partition_graph(3, 25, 0.5, 0.03, seed=seed)
    return reference, np.repeat([0, 1, 2], 25)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("dense", [0, 800])
def test_planted_communities_are_found_as_scikit_learn_finds_them(seed, dense, monkeypatch):
    monkeypatch.setattr("deepstat.graph.leading_eigenvectors.DENSE", dense)
    reference, truth = planted(seed)
    found = spectral_communities(Graph(np.array(reference.edges).T, n_nodes=75), 3, random_state=0)
    clustering = SpectralClustering(3, affinity="precomputed", random_state=0)
    assert adjusted_rand_score(truth, found) == 1.0
    assert adjusted_rand_score(clustering.fit_predict(nx.to_numpy_array(reference)), found) == 1.0


def test_components_are_communities_numbered_in_order():
    graph = Graph([[5, 3, 4, 0, 1], [3, 4, 5, 1, 2]])
    assert spectral_communities(graph, 2, random_state=0).tolist() == [0, 0, 0, 1, 1, 1]
    assert spectral_communities(graph, 1, random_state=0).tolist() == [0] * 6


def test_isolated_nodes_get_a_community_too():
    labels = spectral_communities(Graph([[0, 1, 2], [1, 2, 0]], n_nodes=5), 2, random_state=0)
    assert labels.shape == (5,)
    assert labels[:3].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: modularity(Graph([[0], [1]]), [0]), "do not fit a graph of 2 nodes"),
        (lambda: modularity(Graph([[0], [1]], edge_weight=[0.0]), [0, 1]), "is not defined"),
        (lambda: spectral_communities(Graph([[0], [1]]), 3), "n_communities=3 is not allowed"),
        (lambda: spectral_communities(Graph([[0], [1]]), True), "n_communities=True is not allowed"),
        (lambda: spectral_communities(Graph([[0], [1]], directed=True), 1), "needs an undirected graph"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
