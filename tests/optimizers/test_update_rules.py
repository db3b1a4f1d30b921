"""The built-in update rules against torch.optim, a hand-computed sequence, and the contract of a rule."""

import math

import pytest
import torch

from deepstat.builtin.optimizers import OPTIMIZERS
from deepstat.optimizers.rule import UpdateRule
from deepstat.registry import resolve

RULES = {record.name: resolve(record) for record in OPTIMIZERS}
RATES = {"adadelta": 1.0, "sgd": 0.1, "lion": 0.003}

# rule -> torch's class, its options, the rule's options (none: torch's defaults and ours are to agree)
TORCH = [
    ("sgd", torch.optim.SGD, {}, {}),
    ("momentum_velocity", torch.optim.SGD, {"momentum": 0.9}, {}),
    ("momentum_velocity", torch.optim.SGD, {"momentum": 0.6}, {"momentum": 0.6}),
    ("nesterov", torch.optim.SGD, {"momentum": 0.9, "nesterov": True}, {}),
    ("nesterov", torch.optim.SGD, {"momentum": 0.6, "nesterov": True}, {"momentum": 0.6}),
    ("adagrad", torch.optim.Adagrad, {}, {}),
    ("adagrad", torch.optim.Adagrad, {"eps": 0.1}, {"eps": 0.1}),
    ("adadelta", torch.optim.Adadelta, {}, {}),
    ("adadelta", torch.optim.Adadelta, {"rho": 0.7, "eps": 1e-3}, {"rho": 0.7, "eps": 1e-3}),
    ("rmsprop", torch.optim.RMSprop, {}, {}),
    ("rmsprop", torch.optim.RMSprop, {"alpha": 0.8, "eps": 1e-3}, {"decay": 0.8, "eps": 1e-3}),
    ("adam", torch.optim.Adam, {}, {}),
    ("adam", torch.optim.Adam, {"betas": (0.5, 0.8), "eps": 1e-3}, {"beta1": 0.5, "beta2": 0.8, "eps": 1e-3}),
    ("adamw", torch.optim.AdamW, {}, {}),
    (
        "adamw",
        torch.optim.AdamW,
        {"betas": (0.5, 0.8), "weight_decay": 0.3},
        {"beta1": 0.5, "beta2": 0.8, "weight_decay": 0.3},
    ),
    ("nadam", torch.optim.NAdam, {}, {}),
    (
        "nadam",
        torch.optim.NAdam,
        {"betas": (0.5, 0.8), "momentum_decay": 0.1},
        {"beta1": 0.5, "beta2": 0.8, "momentum_decay": 0.1},
    ),
    ("radam", torch.optim.RAdam, {}, {}),
    (
        "radam",
        torch.optim.RAdam,
        {"betas": (0.5, 0.9), "eps": 1e-3},
        {"beta1": 0.5, "beta2": 0.9, "eps": 1e-3},
    ),
]


def gradient_of(flat: torch.Tensor) -> torch.Tensor:
    """Differentiate, row by row, sum log cosh(w_j - 0.5 w_{j+1} - 2) + 0.1 cos(w_j): neither quadratic nor convex."""
    with torch.enable_grad():
        w = flat.detach().requires_grad_()
        value = (w - 0.5 * w.roll(-1, dims=1) - 2.0).cosh().log() + 0.1 * w.cos()
        return torch.autograd.grad(value.sum(), w)[0]


def hyper_of(
    rule: UpdateRule, learning_rate: object, dtype: torch.dtype, **options: float
) -> dict[str, torch.Tensor]:
    columns = {**rule.defaults, **options, "learning_rate": learning_rate}
    return {name: torch.as_tensor(value, dtype=dtype).reshape(-1, 1) for name, value in columns.items()}


def run(
    rule: UpdateRule, flat: torch.Tensor, hyper: dict[str, torch.Tensor], n_steps: int = 50
) -> torch.Tensor:
    flat = flat.clone()
    state = rule.init(flat)
    for step in range(1, n_steps + 1):
        rule.update(flat, gradient_of(flat), state, flat.new_full((len(flat), 1), step), hyper)
    return flat


def follow(
    rule: UpdateRule, flat: torch.Tensor, gradients: torch.Tensor, hyper: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Run through gradients (t, K, P) that are given."""
    flat = flat.clone()
    state = rule.init(flat)
    for step, gradient in enumerate(gradients, start=1):
        rule.update(flat, gradient, state, flat.new_full((len(flat), 1), step), hyper)
    return flat


def noise(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(2), dtype=dtype)


def start(n_members: int = 1, n_parameters: int = 7, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n_members, n_parameters, generator=generator, dtype=dtype)


@pytest.fixture
def double_by_default():
    """Let torch keep its scalars (NAdam's product of momenta) in double precision too."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("double_by_default")
@pytest.mark.parametrize(("name", "torch_class", "torch_options", "options"), TORCH)
def test_rule_equals_its_torch_class_over_fifty_steps(name, torch_class, torch_options, options):
    rule, rate = RULES[name], RATES.get(name, 0.02)
    flat = run(rule, start(), hyper_of(rule, rate, torch.float64, **options))
    parameter = torch.nn.Parameter(start())
    optimizer = torch_class([parameter], lr=rate, **torch_options)
    for _ in range(50):
        parameter.grad = gradient_of(parameter)
        optimizer.step()
    assert (flat - start()).abs().max() > 0.01  # it moved
    torch.testing.assert_close(flat, parameter.detach(), rtol=1e-12, atol=1e-12)


def test_every_rule_but_lion_is_compared_with_a_torch_class():
    assert {name for name, *_ in TORCH} | {"lion", "momentum_averaged"} == set(RULES)


def test_averaged_momentum_is_torch_momentum_at_the_learning_rate_times_one_minus_beta():
    rule = RULES["momentum_averaged"]
    flat = run(rule, start(), hyper_of(rule, 0.1, torch.float64, beta=0.8))
    parameter = torch.nn.Parameter(start())
    optimizer = torch.optim.SGD([parameter], lr=0.1 * (1 - 0.8), momentum=0.8)
    for _ in range(50):
        parameter.grad = gradient_of(parameter)
        optimizer.step()
    torch.testing.assert_close(flat, parameter.detach(), rtol=1e-12, atol=1e-12)


def test_momentum_forms_part_ways_when_the_learning_rate_changes():
    """By hand, gradients 1 and 0, rates 1 and 0.1, mu = beta = 0.5: the velocity keeps the size of its own step."""
    moved = {}
    for name, option in (("momentum_velocity", "momentum"), ("momentum_averaged", "beta")):
        rule, flat = RULES[name], torch.zeros(1, 1)
        state = rule.init(flat)
        for step, (gradient, rate) in enumerate([(1.0, 1.0), (0.0, 0.1)], start=1):
            hyper = hyper_of(rule, rate, torch.float32, **{option: 0.5})
            rule.update(flat, torch.full((1, 1), gradient), state, torch.full((1, 1), float(step)), hyper)
        moved[name] = flat.item()
    assert moved["momentum_velocity"] == pytest.approx(-1.0 - 0.5)
    assert moved["momentum_averaged"] == pytest.approx(-0.5 - 0.1 * 0.25)


def test_lion_follows_a_sequence_computed_by_hand():
    """Two parameters, beta1 0.9, beta2 0.5, weight decay 0.1, learning rate 0.1, three steps.

    First parameter, w = 1, gradients 2, -0.2, -3: m 0; votes 0.2, then 0.9 - 0.02, then 0.36 - 0.3: up thrice.
    m: 1, 0.4. w: 1 - 0.1 (1 + 0.1), ... Second, w = -2, gradients 0, 1, -20: votes 0, 0.1, 0.45 - 2; m: 0, 0.5.
    """
    rule, flat = RULES["lion"], torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    hyper = hyper_of(rule, 0.1, torch.float64, beta1=0.9, beta2=0.5, weight_decay=0.1)
    state = rule.init(flat)
    expected = [[0.89, -1.98], [0.7811, -2.0602], [0.673289, -1.939598]]
    for step, gradient in enumerate([[2.0, 0.0], [-0.2, 1.0], [-3.0, -20.0]], start=1):
        rule.update(flat, flat.new_tensor([gradient]), state, flat.new_full((1, 1), step), hyper)
        torch.testing.assert_close(flat, flat.new_tensor([expected[step - 1]]), rtol=0.0, atol=1e-15)
    assert state["average"].tolist() == [[pytest.approx(-1.3), pytest.approx(-9.75)]]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_members_with_their_own_hyperparameters_equal_solo_runs_bit_for_bit(name, dtype):
    rule, n_members = RULES[name], 9
    rates = RATES.get(name, 0.02) * torch.linspace(0.2, 1.0, n_members, dtype=dtype)
    options = {
        key: torch.linspace(0.5, 1.0, n_members, dtype=dtype) * value for key, value in rule.defaults.items()
    }
    flat, gradients = start(n_members, 37, dtype), noise(20, n_members, 37, dtype=dtype)
    together = follow(rule, flat, gradients, hyper_of(rule, rates, dtype, **options))
    for k in range(n_members):
        own = hyper_of(rule, rates[k], dtype, **{key: value[k] for key, value in options.items()})
        alone = follow(rule, flat[k : k + 1], gradients[:, k : k + 1], own)
        assert torch.equal(alone[0], together[k])


@pytest.mark.parametrize("name", RULES)
def test_learning_rate_of_zero_holds_rows_and_single_parameters_still(name):
    rule = RULES[name]
    rate = torch.full((3, 7), RATES.get(name, 0.02), dtype=torch.float64)
    flat, before = start(3), start(3)
    state = rule.init(flat)
    for step in range(1, 12):  # radam's denominator sets in at step 6
        rate[1], rate[:, 2] = 0.0, 0.0
        hyper = {**hyper_of(rule, 0.0, torch.float64), "learning_rate": rate}
        if step < 4:  # a row that moved, and has momentum, is to stay too
            hyper["learning_rate"] = rate.clone()
            hyper["learning_rate"][1, 3:] = 0.01
        if step == 4:
            before = flat.clone()
        rule.update(flat, gradient_of(flat), state, flat.new_full((3, 1), step), hyper)
    assert torch.equal(flat[1], before[1])
    assert torch.equal(flat[:, 2], start(3)[:, 2])
    assert (flat[0] != before[0])[[0, 1, 3, 4, 5, 6]].all()
    shared = {**hyper_of(rule, 0.0, torch.float64), "learning_rate": rate[:1]}  # (1, P)
    rule.update(flat, gradient_of(flat), state, flat.new_full((3, 1), 12), shared)
    assert (flat[1] != before[1]).any()


@pytest.mark.parametrize(
    ("name", "option"), [(n, option) for n, rule in RULES.items() for option in rule.defaults]
)
def test_every_option_changes_the_result(name, option):
    rule = RULES[name]
    value = {"eps": 0.01, "weight_decay": 0.5, "momentum_decay": 0.1}.get(option, 0.6)
    default = follow(rule, start(), noise(40, 1, 7), hyper_of(rule, 0.02, torch.float64))
    changed = follow(rule, start(), noise(40, 1, 7), hyper_of(rule, 0.02, torch.float64, **{option: value}))
    assert (default - changed).abs().max() > 1e-6


@pytest.mark.parametrize("name", RULES)
def test_state_is_a_dict_of_rows_that_can_be_selected(name):
    rule, flat = RULES[name], start(4)
    state = rule.init(flat)
    hyper = hyper_of(rule, RATES.get(name, 0.02), torch.float64)
    gradients, kept = noise(8, 4, 7), torch.tensor([3, 1])
    for step, gradient in enumerate(gradients[:3], start=1):
        rule.update(flat, gradient, state, flat.new_full((4, 1), step), hyper)
    assert all(rows.shape[0] == 4 for rows in state.values())
    some, some_state = flat[kept], {key: rows[kept] for key, rows in state.items()}
    for step, gradient in enumerate(gradients[3:], start=4):
        rule.update(flat, gradient, state, flat.new_full((4, 1), step), hyper)
        rule.update(some, gradient[kept], some_state, some.new_full((2, 1), step), hyper)
    assert torch.equal(some, flat[kept])


@pytest.mark.parametrize("name", RULES)
def test_update_leaves_gradient_and_hyperparameters_alone(name):
    rule, flat = RULES[name], start(2)
    hyper, step, gradient = (
        hyper_of(rule, [0.1, 0.2], torch.float64),
        torch.ones(2, 1).double(),
        gradient_of(flat),
    )
    before = {key: value.clone() for key, value in {**hyper, "step": step, "gradient": gradient}.items()}
    rule.update(flat, gradient, rule.init(flat), step, hyper)
    assert all(
        torch.equal(before[key], value)
        for key, value in {**hyper, "step": step, "gradient": gradient}.items()
    )


def test_adam_in_single_precision_stays_near_double_precision():
    rule = RULES["adam"]
    single = run(rule, start(dtype=torch.float32), hyper_of(rule, 0.01, torch.float32))
    double = run(rule, start(dtype=torch.float32).double(), hyper_of(rule, 0.01, torch.float64))
    torch.testing.assert_close(single.double(), double, rtol=0.0, atol=1e-5)


def test_radam_switches_to_the_adaptive_step_where_torch_does_in_single_precision():
    rule = RULES["radam"]
    for n_steps in (5, 6, 7, 20):
        single = run(rule, start(dtype=torch.float32), hyper_of(rule, 0.02, torch.float32), n_steps)
        parameter = torch.nn.Parameter(start(dtype=torch.float32))
        optimizer = torch.optim.RAdam([parameter], lr=0.02)
        for _ in range(n_steps):
            parameter.grad = gradient_of(parameter)
            optimizer.step()
        torch.testing.assert_close(single, parameter.detach(), rtol=0.0, atol=2e-5)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # from inside torch's compiler
def test_compiled_rule_equals_the_eager_one():
    rule = RULES["radam"]  # the one with a condition, an out= call and every kind of state

    @torch.compile(fullgraph=True, dynamic=False)
    def compiled(flat, gradient, state, step, hyper):
        rule.update(flat, gradient, state, step, hyper)

    hyper = hyper_of(rule, [0.01, 0.02, 0.0], torch.float64)
    flat = start(3)
    state = rule.init(flat)
    for step in range(1, 11):
        compiled(flat, gradient_of(flat), state, flat.new_full((3, 1), step), hyper)
    torch.testing.assert_close(flat, run(rule, start(3), hyper, 10), rtol=1e-13, atol=1e-13)
    assert torch.equal(flat[2], start(3)[2])


@pytest.mark.parametrize("record", OPTIMIZERS, ids=lambda record: record.name)
def test_record_is_complete_and_its_example_names_options_of_the_rule(record):
    rule = resolve(record)
    assert isinstance(rule, UpdateRule)
    assert record.summary
    assert record.reference
    assert record.example.keys() <= rule.defaults.keys()
    assert all(math.isfinite(value) for value in rule.defaults.values())
