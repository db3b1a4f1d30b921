"""What every built-in architecture keeps to, with every option."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from deepstat.architectures.linear import linear
from deepstat.architectures.mlp import mlp
from deepstat.architectures.resnet import resnet
from deepstat.architectures.tabm import tabm
from deepstat.builtin.architectures import ARCHITECTURES
from deepstat.data.inputs import Inputs
from deepstat.layers.dropout import dropout_layers, number_dropout_layers
from deepstat.layers.heads_of import heads_of
from deepstat.registry import resolve

N_NUMERIC, CARDINALITIES = 3, (2, 12)
MLP, RESNET = {"hidden_layer_sizes": (6, 5)}, {"width": 6, "n_blocks": 2}
TABM = {"n_heads": 3, "width": 6, "n_blocks": 2, "dropout": 0.0}
SHARED = [
    {"activation": nn.functional.elu, "activation_params": {"alpha": 0.5}},
    {"activation": nn.PReLU, "activation_params": {"init": 0.1}},
    {"dropout": 0.3},
    {"normalization": "none"},
    {"normalization": "batch"},
    {"normalization": "layer"},
    {"numeric_embedding": "periodic"},
    {
        "numeric_embedding": "periodic",
        "numeric_embedding_params": {"n_frequencies": 3, "n_outputs": 2, "relu": False},
    },
    {"numeric_embedding": "piecewise_linear"},
    {
        "numeric_embedding": "piecewise_linear",
        "numeric_embedding_params": {"n_bins": 3, "n_outputs": 2, "relu": True},
    },
    {
        "numeric_embedding": "periodic",
        "numeric_embedding_params": {"n_outputs": 2, "phase": True, "dense": True},
    },
    {
        "numeric_embedding": "piecewise_linear",
        "numeric_embedding_params": {"bins": "target", "min_leaf": 2},
    },
    {"embedding_dim": 3},
    {"one_hot_max": 20},
    {"category_encoding": "ordered"},
    {"numeric_scaling": "robust"},
    {"numeric_scaling": "symlog"},
    {"numeric_scaling": "robust", "numeric_embedding": "piecewise_linear"},
]
OF_TABM = [options for options in SHARED if "normalization" not in options]
SETTINGS = [
    (linear, {}),
    (mlp, MLP),
    *[(mlp, MLP | options) for options in SHARED],
    (mlp, MLP | {"skip": True}),
    (mlp, {"hidden_layer_sizes": ()}),
    (
        mlp,
        MLP
        | {"dropout": 0.2, "normalization": "layer", "numeric_embedding": "piecewise_linear", "skip": True},
    ),
    (resnet, RESNET),
    *[(resnet, RESNET | options) for options in SHARED],
    (resnet, RESNET | {"residual_dropout": 0.4}),
    (resnet, RESNET | {"hidden_factor": 0.5}),
    (tabm, TABM),
    *[(tabm, TABM | options) for options in OF_TABM],
    (tabm, TABM | {"shared": "mini", "dropout": 0.3}),
    (tabm, TABM | {"n_heads": 1, "n_blocks": 1}),
]
each_setting = pytest.mark.parametrize(("recipe", "options"), SETTINGS)
CHANGES = {
    linear: [],
    mlp: [
        *(o for o in SHARED if o != {"normalization": "none"}),
        {"skip": True},
        {"hidden_layer_sizes": (6,)},
    ],
    resnet: [
        *(o for o in SHARED if o != {"normalization": "layer"}),
        {"residual_dropout": 0.4},
        {"hidden_factor": 0.5},
        {"width": 7},
        {"n_blocks": 1},
    ],
    tabm: [*OF_TABM, {"shared": "mini"}, {"n_heads": 4}, {"width": 7}, {"n_blocks": 1}],
}


def table(n=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    numeric = torch.randn(n, N_NUMERIC, generator=generator, dtype=torch.float64)
    codes = [torch.randint(levels + 1, (n, 1), generator=generator) for levels in CARDINALITIES]
    return torch.cat([numeric, *codes], 1)


def member(recipe, options, seed):
    """Build a network as the engine would: its own start values, bins, noise and dropout probability."""
    torch.manual_seed(seed)
    sample = table(30, 100 + seed)
    target = torch.cat([sample[:, :1].square(), sample[:, -1:].sin()], 1)
    inputs = Inputs(N_NUMERIC, CARDINALITIES, sample, target, n_targets=2)
    network = recipe(inputs, 2, **options).double()
    number_dropout_layers(network)
    for layer in dropout_layers(network).values():
        layer.p += 0.2 * seed
        layer.seed.fill_(seed)
        layer.step.fill_(7 + seed)
    return network


@each_setting
@pytest.mark.parametrize("training", [True, False])
def test_stacked_members_equal_each_network_alone(recipe, options, training):
    networks = [member(recipe, options, seed).train(training) for seed in range(3)]
    x = torch.stack([table(seed=seed) for seed in range(3)])
    parameters, buffers = stack_module_state(networks)

    def value(parameters, buffers, x):
        out = functional_call(networks[0], (parameters, buffers), (x,))
        return out.square().sum(), out

    template = copy.deepcopy(networks)
    gradient, (_, together) = vmap(grad_and_value(value, has_aux=True))(parameters, buffers, x)
    for k, network in enumerate(template):
        alone = network(x[k])
        torch.testing.assert_close(together[k], alone, rtol=1e-12, atol=1e-12)
        alone.square().sum().backward()
        for name, parameter in network.named_parameters():
            torch.testing.assert_close(gradient[name][k], parameter.grad, rtol=1e-10, atol=1e-12)
        for name, buffer in network.named_buffers():
            torch.testing.assert_close(buffers[name][k], buffer, rtol=1e-12, atol=1e-12)


@each_setting
@pytest.mark.parametrize("n", [1, 5])
def test_outputs_have_one_row_for_each_input_row(recipe, options, n):
    network = member(recipe, options, 0)
    for training in (True, False):
        heads = () if heads_of(network) is None else (options["n_heads"],)
        assert network.train(training)(table(n)).shape == (n, *heads, 2)


@each_setting
def test_predictions_do_not_depend_on_the_other_rows(recipe, options):
    network = member(recipe, options, 0).eval()
    x = table(8)
    torch.testing.assert_close(network(x)[:3], network(x[:3]), rtol=1e-12, atol=1e-12)


@each_setting
def test_an_unseen_level_is_a_row_without_the_column(recipe, options):
    """With code 0 no parameter that belongs to the column's levels has a gradient."""
    network = member(recipe, options, 0).eval()
    x = table(5)
    x[:, N_NUMERIC:] = 0
    network(x).sum().backward()
    for name, parameter in network.named_parameters():
        if name.endswith("table"):
            assert (parameter.grad == 0).all()


@pytest.mark.parametrize(("recipe", "options"), [(r, o) for r, changes in CHANGES.items() for o in changes])
def test_every_option_changes_shapes_or_values(recipe, options):
    base = {mlp: MLP, resnet: RESNET, tabm: TABM, linear: {}}[recipe]
    plain, changed = member(recipe, base, 0), member(recipe, base | options, 0)
    shapes = [[(name, value.shape) for name, value in each.state_dict().items()] for each in (plain, changed)]
    x = table()
    x[:, :N_NUMERIC] *= 4.0  # some options change what lies far out alone
    assert shapes[0] != shapes[1] or not torch.allclose(plain(x), changed(x))


@pytest.mark.parametrize(
    ("recipe", "options"),
    [
        (mlp, {"hidden_layer_sizes": (3,), "activation": torch.tanh, "dropout": 0.3, "normalization": "layer"}),
        (mlp, {"hidden_layer_sizes": (2,), "activation": torch.tanh, "numeric_embedding": "periodic", "skip": True,
               "numeric_embedding_params": {"n_frequencies": 2, "n_outputs": 2, "relu": False}, "embedding_dim": 2}),
        (resnet, {"width": 3, "n_blocks": 1, "activation": torch.tanh, "residual_dropout": 0.3}),
        (resnet, {"width": 3, "n_blocks": 1, "activation": torch.tanh, "normalization": "batch",
                  "numeric_embedding": "piecewise_linear", "numeric_embedding_params": {"n_bins": 2, "n_outputs": 2}}),
        (tabm, {"n_heads": 2, "width": 3, "n_blocks": 2, "activation": torch.tanh, "dropout": 0.3}),
        (tabm, {"n_heads": 2, "width": 3, "n_blocks": 2, "activation": torch.tanh, "shared": "mini"}),
    ],
)  # fmt: skip
def test_gradients_equal_finite_differences(recipe, options):
    network = member(recipe, options, 1)
    x = table(4)
    names, values = zip(*network.named_parameters(), strict=True)
    buffers = {name: value.clone() for name, value in network.named_buffers()}

    def outputs(*values):
        state = dict(zip(names, values, strict=True)) | {
            name: value.clone() for name, value in buffers.items()
        }
        return functional_call(network, state, (x,))

    assert torch.autograd.gradcheck(outputs, values)


@pytest.mark.parametrize("recipe", [linear, mlp, resnet, tabm])
@pytest.mark.parametrize("inputs", [Inputs(1), Inputs(0, (2,)), Inputs(0, (40,)), Inputs(0, (3, 40))])
def test_tables_of_one_column_or_of_categories_only_are_taken(recipe, inputs):
    network = recipe(inputs, 1)
    x = torch.ones(4, inputs.width)
    network(x).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@each_setting
def test_a_network_rebuilt_without_the_sample_takes_the_saved_values(recipe, options):
    network = member(recipe, options, 2).eval()
    again = recipe(Inputs(N_NUMERIC, CARDINALITIES, n_targets=2), 2, **options).double().eval()
    again.load_state_dict(network.state_dict())
    assert torch.equal(network(table()), again(table()))


@pytest.mark.parametrize(
    "record", [own for own in ARCHITECTURES if own.takes == "table"], ids=lambda record: record.name
)
def test_records_resolve_and_build_with_their_example(record):
    recipe = resolve(record)
    assert recipe.__name__ == record.name
    assert record.summary
    assert record.reference
    for options in ({}, record.example):
        network = recipe(Inputs(2, (3,)), 2, **options)
        heads = () if heads_of(network) is None else (heads_of(network),)
        assert network(torch.ones(3, 3)).shape == (3, *heads, 2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # raised inside torch.compile
@pytest.mark.parametrize(
    ("recipe", "options"),
    [
        (mlp, {"dropout": 0.3, "normalization": "layer", "numeric_embedding": "periodic"}),
        (
            mlp,
            {"dropout": 0.3, "normalization": "batch", "numeric_embedding": "piecewise_linear", "skip": True},
        ),
    ],
)
def test_a_compiled_population_equals_the_eager_one(recipe, options):
    networks = [member(recipe, MLP | options, seed) for seed in range(2)]
    x = torch.stack([table(33, seed) for seed in range(2)])

    def value(parameters, buffers, x):
        return functional_call(networks[0], (parameters, buffers), (x,)).square().mean()

    population = vmap(grad_and_value(value))
    results = []
    for step in (population, torch.compile(population, fullgraph=True)):
        parameters, buffers = stack_module_state(networks)
        gradient, loss = step(parameters, buffers, x)
        results.append((gradient, loss, buffers))
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-11)
