import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.attention_readout import AttentionReadout
from deepstat.layers.pooling.graph_softmax import graph_softmax
from deepstat.layers.pooling.lstm_cell import LSTMCell
from deepstat.layers.pooling.make_readout import READOUTS, make_readout
from deepstat.layers.pooling.max_readout import max_readout
from deepstat.layers.pooling.mean_readout import mean_readout
from deepstat.layers.pooling.membership import membership
from deepstat.layers.pooling.set2set import Set2Set
from deepstat.layers.pooling.sum_readout import sum_readout
from deepstat.training.tracing import trace

SIZES = (4, 0, 1, 6, 0)


def readout_of(name, dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    module = make_readout(name, 3).to(dtype)
    for parameter in module.parameters():  # biases too
        torch.nn.init.normal_(parameter)
    return module


def test_membership_is_a_partition_of_the_nodes(random_graphs, as_batch):
    _, edges = as_batch(random_graphs(SIZES))
    matrix = membership(edges, torch.float64)
    assert torch.equal(matrix.to_dense().sum(1), torch.tensor(SIZES, dtype=torch.float64))
    assert torch.equal(matrix.to_dense().sum(0), torch.ones(11, dtype=torch.float64))
    assert torch.equal(matrix.rows, edges.node_graph.int())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sum_mean_and_max_are_those_of_each_graph(random_graphs, as_batch, dtype):
    graphs = random_graphs(SIZES)
    x, edges = as_batch(graphs, dtype)
    found = [readout(x, edges) for readout in (sum_readout, mean_readout, max_readout)]
    for g, (own, _, _) in enumerate(graphs):
        own = torch.as_tensor(own, dtype=dtype)
        expected = [own.sum(0), own.mean(0), own.amax(0)] if len(own) else [torch.zeros(3, dtype=dtype)] * 3
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one[g], other)
            assert one.dtype == dtype


@pytest.mark.parametrize("name", READOUTS)
def test_edges_without_node_graph_are_one_graph(random_graphs, as_batch, name):
    x, edges = as_batch(random_graphs((5,)))
    alone = Edges(edges.source, edges.target, 5)
    readout = readout_of(name)
    torch.testing.assert_close(readout(x, alone), readout(x, edges))


@pytest.mark.parametrize("name", READOUTS)
def test_a_batch_is_read_as_its_graphs_one_by_one(random_graphs, as_batch, name):
    graphs, readout = random_graphs(SIZES), readout_of(name)
    whole = readout(*as_batch(graphs))
    assert whole.shape == (5, readout.n_out)
    for g, graph in enumerate(graphs):
        torch.testing.assert_close(whole[g], readout(*as_batch([graph]))[0])
    assert torch.equal(whole[[1, 4]], torch.zeros(2, readout.n_out, dtype=torch.float64))
    assert whole[[0, 2, 3]].abs().min() > 0


@pytest.mark.parametrize("name", READOUTS)
def test_the_order_of_nodes_does_not_matter(random_graphs, as_batch, relabelled, name):
    graphs, readout = random_graphs(SIZES), readout_of(name)
    torch.testing.assert_close(readout(*as_batch(graphs)), readout(*as_batch(relabelled(graphs))))


@pytest.mark.parametrize("name", READOUTS)
def test_a_batch_of_empty_graphs_reads_zero(random_graphs, as_batch, name):
    x, edges = as_batch(random_graphs((0, 0)))
    readout = readout_of(name)
    assert torch.equal(readout(x, edges), torch.zeros(2, readout.n_out, dtype=torch.float64))


@pytest.mark.parametrize("name", READOUTS)
def test_gradients_of_readouts_are_differences(random_graphs, as_batch, name):
    x, edges = as_batch(random_graphs((3, 0, 1)))
    readout = readout_of(name)
    values = list(readout.parameters())
    names = [key for key, _ in readout.named_parameters()]

    def run(x, *values):
        return functional_call(readout, dict(zip(names, values, strict=True)), (x, edges))

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), *values), fast_mode=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", READOUTS)
def test_members_under_vmap_and_traced_equal_members_alone(random_graphs, as_batch, name, dtype):
    x, edges = as_batch(random_graphs(SIZES), dtype)
    members = [readout_of(name, dtype, seed) for seed in range(3)]
    parameters, _ = stack_module_state(members)
    features = torch.stack([x, 2 * x, -x])
    coefficients = torch.arange(members[0].n_out, dtype=dtype)

    def loss(parameters, x):
        return (functional_call(members[0], parameters, (x, edges)) * coefficients).sum()

    names = sorted(parameters)

    def step(x, *values):
        with torch.enable_grad():
            leaves = [value.detach().requires_grad_() for value in (x, *values)]
            given = dict(zip(names, leaves[1:], strict=True))
            return torch.autograd.grad(vmap(loss)(given, leaves[0]).sum(), leaves)

    inputs = [features, *(parameters[key].detach() for key in names)]
    batched, traced = step(*inputs), trace(step, inputs)(*inputs)
    for k, member in enumerate(members):
        own = features[k].clone().requires_grad_()
        (member(own, edges) * coefficients).sum().backward()
        alone = [own.grad, *(member.get_parameter(key).grad for key in names)]
        for one, other, expected in zip(batched, traced, alone, strict=True):
            torch.testing.assert_close(one[k], expected)
            torch.testing.assert_close(other[k], expected)


def test_graph_softmax_is_that_of_each_graph_and_does_not_overflow(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    weights = graph_softmax(1e4 * x, edges)
    expected = torch.cat([part.softmax(0) for part in (1e4 * x).split(SIZES) if len(part)])
    torch.testing.assert_close(weights, expected)


def test_lstm_cell_equals_that_of_torch():
    torch.manual_seed(0)
    cell, reference = LSTMCell(4, 3).double(), torch.nn.LSTMCell(4, 3).double()
    with torch.no_grad():
        cell.from_input.weight.copy_(reference.weight_ih)
        cell.from_input.bias.copy_(reference.bias_ih + reference.bias_hh)
        cell.from_hidden.weight.copy_(reference.weight_hh)
    x, hidden, memory = (torch.randn(5, n, dtype=torch.float64) for n in (4, 3, 3))
    for one, other in zip(cell(x, hidden, memory), reference(x, (hidden, memory)), strict=True):
        torch.testing.assert_close(one, other)


def test_set2set_equals_the_loop_with_torchs_lstm(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((5,)))
    layer, reference = readout_of("set2set"), torch.nn.LSTM(6, 3).double()
    with torch.no_grad():
        reference.weight_ih_l0.copy_(layer.cell.from_input.weight)
        reference.bias_ih_l0.copy_(layer.cell.from_input.bias)
        reference.bias_hh_l0.zero_()
        reference.weight_hh_l0.copy_(layer.cell.from_hidden.weight)
    both, state = torch.zeros(1, 6, dtype=torch.float64), None
    for _ in range(3):
        query, state = reference(both[None], state)
        query = query[0, 0]
        seen = torch.nn.functional.scaled_dot_product_attention(query[None], x, x, scale=1.0)[0]
        both = torch.cat([query, seen])[None]
    torch.testing.assert_close(layer(x, edges), both)


def test_attention_readout_with_equal_softmax_weights_is_the_tanh_of_a_mean(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((5, 2)))
    layer = AttentionReadout(3, 3, gate="softmax").double()
    with torch.no_grad():
        layer.score.weight.zero_()
        layer.value.weight.copy_(torch.eye(3))
    expected = torch.stack([part.tanh().mean(0).tanh() for part in x.split((5, 2))])
    torch.testing.assert_close(layer(x, edges), expected)


def test_attention_readout_solved_by_hand():
    edges = Edges(torch.tensor([], dtype=torch.int64), torch.tensor([], dtype=torch.int64), 2)
    layer = AttentionReadout(1, 1)
    with torch.no_grad():
        layer.score.weight.fill_(
            torch.log(torch.tensor(3.0))
        )  # sigmoid(log 3) = 3 / 4, sigmoid(-log 3) = 1 / 4
        layer.value.weight.fill_(torch.atanh(torch.tensor(0.5)))  # values 1 / 2 and -1 / 2
    out = layer(torch.tensor([[1.0], [-1.0]]), edges)
    torch.testing.assert_close(out, torch.tanh(torch.tensor([[0.25]])))


def test_options_of_readouts_change_the_result(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((5, 2)))
    for first, second in [
        (AttentionReadout(3, 3), AttentionReadout(3, 3, gate="softmax")),
        (Set2Set(3), Set2Set(3, steps=2)),
    ]:
        second.load_state_dict(first.state_dict())
        assert not torch.allclose(first.double()(x, edges), second.double()(x, edges))


def test_wrong_options_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="Unknown gate 'relu': choose one of sigmoid, softmax"):
        AttentionReadout(2, 2, gate="relu")
    with pytest.raises(ValueError, match="steps is 0; give an integer of at least 1"):
        Set2Set(2, steps=0)
    with pytest.raises(ValueError, match="Unknown readout 'median': choose one of attention, max, mean"):
        make_readout("median", 2)
    with pytest.raises(ValueError, match="'mean' has no options; got steps"):
        make_readout("mean", 2, steps=2)
