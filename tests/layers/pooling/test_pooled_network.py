import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.mean_readout import mean_readout
from deepstat.layers.pooling.pooled_network import POOLINGS, PooledNetwork
from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.training.tracing import trace

SIZES = (6, 0, 1, 9)
LEVELS = {"top_k": (0.6, 0.5), "diff_pool": (4, 2), "min_cut": (4, 3)}


def network_of(pooling, **options):
    torch.manual_seed(0)
    return PooledNetwork(3, 2, pooling=pooling, **{"sizes": LEVELS[pooling], "hidden": 5, **options}).double()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_batch_is_predicted_as_its_graphs_one_by_one(random_graphs, as_batch, pooling):
    graphs, network = random_graphs(SIZES), network_of(pooling)
    alone = [network(*as_batch([graph])) for graph in graphs]
    torch.testing.assert_close(network(*as_batch(graphs)), torch.cat(alone))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_order_of_nodes_does_not_matter(random_graphs, as_batch, relabelled, pooling):
    graphs = random_graphs(SIZES)
    network = network_of(pooling, activation=torch.tanh)  # distinct features for distinct nodes, so no ties
    torch.testing.assert_close(network(*as_batch(graphs)), network(*as_batch(relabelled(graphs))))


def test_without_pooling_it_is_an_operator_and_a_readout(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    network = network_of("top_k", sizes=())
    hidden = mean_readout(network.operators[0](x, edges).relu(), edges)
    torch.testing.assert_close(network(x, edges), network.head(hidden))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_levels_are_operators_poolings_and_readouts(random_graphs, as_batch, pooling):
    x, edges = as_batch(random_graphs(SIZES))
    network = network_of(pooling, sizes=LEVELS[pooling][:1])
    (pool,), (first, second) = network.poolings, network.operators
    hidden = first(x, edges).relu()
    smaller, pooled = (pool(x, edges, hidden) if pooling == "diff_pool" else pool(hidden, edges))[:2]
    last = second(smaller, pooled).relu()
    both = torch.cat([mean_readout(hidden, edges), mean_readout(last, pooled)], 1)
    torch.testing.assert_close(network(x, edges), network.head(both))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_reach_every_parameter_and_are_differences(random_graphs, as_batch, pooling):
    x, edges = as_batch(random_graphs((9, 12)))
    network = network_of(pooling, activation=torch.tanh)
    assert torch.autograd.gradcheck(lambda x: network(x, edges), (x.requires_grad_(),), fast_mode=True)
    (network(x, edges).square().sum() + take_auxiliary_loss(network)).backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in network.parameters())


@pytest.mark.parametrize("pooling", ["diff_pool", "min_cut"])
def test_members_under_vmap_and_traced_equal_members_alone(random_graphs, as_batch, pooling):
    x, edges = as_batch(random_graphs(SIZES))
    members = [network_of(pooling, readout=readout) for readout in ("set2set", "set2set")]
    with torch.no_grad():
        for parameter in members[1].parameters():
            parameter.add_(0.1)
    parameters, _ = stack_module_state(members)
    names = sorted(parameters)

    def loss(parameters):
        raw = functional_call(members[0], parameters, (x, edges))
        return raw.sin().sum() + take_auxiliary_loss(members[0])

    def step(*values):
        with torch.enable_grad():
            leaves = [value.detach().requires_grad_() for value in values]
            given = dict(zip(names, leaves, strict=True))
            return torch.autograd.grad(vmap(loss)(given).sum(), leaves)

    inputs = [parameters[name].detach() for name in names]
    batched, traced = step(*inputs), trace(step, inputs)(*inputs)
    for k, member in enumerate(members):
        (member(x, edges).sin().sum() + take_auxiliary_loss(member)).backward()
        for name, one, other in zip(names, batched, traced, strict=True):
            torch.testing.assert_close(one[k], member.get_parameter(name).grad)
            torch.testing.assert_close(other[k], member.get_parameter(name).grad)


@pytest.mark.parametrize(
    "options",
    [
        {"readout": "sum"},
        {"readout": "attention", "readout_params": {"gate": "softmax"}},
        {"jumping": False},
        {"activation": torch.tanh},
        {"sizes": (0.6,)},
        {"hidden": 4},
        {"operator_params": {"normalization": "random_walk"}},
        {"pooling_params": {"gate": "sigmoid"}},
        {"dropout": 0.5},
    ],
    ids=lambda options: next(iter(options)),
)
def test_each_option_changes_the_result(random_graphs, as_batch, options):
    x, edges = as_batch(random_graphs((9, 12)))
    assert not torch.allclose(network_of("top_k")(x, edges), network_of("top_k", **options)(x, edges))


@pytest.mark.parametrize(("pooling", "later"), [("top_k", (2, 1)), ("min_cut", (1, 0))])
def test_operators_are_built_for_the_edges_that_they_will_see(pooling, later):
    built = []

    def operator(n_in, n_out, *, n_types, n_edge_features):
        built.append((n_in, n_out, n_types, n_edge_features))
        return GCN(n_in, n_out)

    sizes = LEVELS[pooling][:1]
    options = {"n_types": 2, "n_edge_features": 1, "hidden": 4}
    PooledNetwork(3, 2, operator=operator, pooling=pooling, sizes=sizes, **options)
    assert built == [(3, 4, 2, 1), (4, 4, *later)]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_sparse_features_give_what_dense_ones_give(random_graphs, as_batch, pooling):
    x, edges = as_batch(random_graphs(SIZES))
    row, column = torch.where(x > 0)
    sparse = SparseMatrix.from_entries(row, column, x[row, column], x.shape)
    network = network_of(pooling)
    torch.testing.assert_close(network(sparse, edges), network(x.clamp(min=0), edges))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("self_loops", [True, False])
def test_small_and_empty_graphs_pass_with_finite_gradients(pooling, dtype, self_loops):
    edges = Edges(torch.tensor([1]), torch.tensor([0]), 4, node_graph=torch.tensor([0, 0, 2, 3]), n_graphs=4)
    options = {"sizes": LEVELS[pooling], "operator_params": {"self_loops": self_loops}}
    network = PooledNetwork(3, 2, pooling=pooling, **options).to(dtype)
    out = network(torch.ones(4, 3, dtype=dtype), edges)
    assert out.dtype == dtype
    (out.sum() + take_auxiliary_loss(network)).backward()
    for parameter in network.parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all()


def test_only_top_k_keeps_members_apart():
    assert [network_of(pooling).batched for pooling in POOLINGS] == [False, True, True]
    assert network_of("top_k", sizes=()).batched


def test_wrong_options_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="Unknown pooling 'topk': choose one of diff_pool, min_cut, top_k"):
        PooledNetwork(3, 2, pooling="topk")
    with pytest.raises(ValueError, match=r"sizes has 0\.5; give the number of clusters"):
        PooledNetwork(3, 2, pooling="diff_pool")
