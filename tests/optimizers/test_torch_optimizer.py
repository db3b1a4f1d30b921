"""Torch optimizers as update rules: the same steps as torch alone, and a memory that is rows of tensors."""

import pytest
import torch
from torch.optim import Optimizer

from deepstat.optimizers.torch_optimizer import TorchOptimizerRule, torch_rule

CLASSES = [
    (torch.optim.SGD, {}),
    (torch.optim.SGD, {"momentum": 0.9, "dampening": 0.5}),  # the first step differs from a buffer of zero
    (torch.optim.Adam, {"amsgrad": True, "weight_decay": 0.1}),
    (torch.optim.Adagrad, {"initial_accumulator_value": 0.5}),  # memory made by the constructor
    (torch.optim.Adamax, {}),
    (torch.optim.ASGD, {"t0": 3.0}),  # replaces its tensors instead of changing them
    (torch.optim.Rprop, {}),
    (torch.optim.NAdam, {}),
    (torch.optim.Adafactor, {}),
]


class Counting(Optimizer):
    """Remembers a number for the parameter and one in the group, and replaces the parameter's tensor."""

    def __init__(self, params, lr=0.1, growth=1.5):
        super().__init__(params, {"lr": lr, "growth": growth, "total": 1.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            group["total"] *= group["growth"]
            for parameter in group["params"]:
                state = self.state[parameter]
                state["count"] = state.get("count", 0) + 1
                parameter.data = parameter - group["lr"] * parameter.grad * state["count"] / group["total"]


class Matrices(Optimizer):
    """Refuses everything but matrices, as orthogonalising optimizers do."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})
        if any(parameter.dim() != 2 for parameter in self.param_groups[0]["params"]):
            raise ValueError("two axes only")


def gradients(n_steps: int = 12, n_members: int = 3, n_parameters: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(n_steps, n_members, n_parameters, generator=generator, dtype=torch.float64)


def start(n_members: int = 3, n_parameters: int = 5) -> torch.Tensor:
    return torch.linspace(-1.0, 2.0, n_members * n_parameters, dtype=torch.float64).reshape(
        n_members, n_parameters
    )


def rates(*values: float) -> dict[str, torch.Tensor]:
    return {"learning_rate": torch.tensor(values, dtype=torch.float64)[:, None]}


def drive(rule, flat, steps, hyper, state=None):
    state = rule.init(flat) if state is None else state
    for gradient in steps:
        rule.update(flat, gradient, state, flat.new_ones(len(flat), 1), hyper)
    return state


@pytest.mark.parametrize(("optimizer_class", "options"), [*CLASSES, (Counting, {"growth": 1.2})])
def test_each_member_moves_as_torch_moves_it_alone(optimizer_class, options):
    flat, own = start(), [0.1, 0.02, 0.3]
    drive(torch_rule(optimizer_class, **options), flat, gradients(), rates(*own))
    for k, rate in enumerate(own):
        parameter = torch.nn.Parameter(start()[k])
        optimizer = optimizer_class([parameter], lr=rate, **options)
        for gradient in gradients():
            parameter.grad = gradient[k]
            optimizer.step()
        assert torch.equal(flat[k], parameter.detach())
        assert not torch.equal(flat[k], start()[k])


@pytest.mark.parametrize(("optimizer_class", "options"), [*CLASSES, (Counting, {})])
def test_resuming_from_copied_rows_repeats_the_run_to_the_bit(optimizer_class, options):
    rule, hyper = torch_rule(optimizer_class, **options), rates(0.1, 0.02, 0.3)
    flat = start()
    state = drive(rule, flat, gradients()[:5], hyper)
    kept = torch.tensor([2, 0])
    resumed, resumed_state = flat[kept], rule.init(flat[kept])
    assert resumed_state.keys() == state.keys()
    for name, rows in resumed_state.items():
        assert rows.dtype == state[name].dtype
        rows.copy_(state[name][kept])
    drive(rule, flat, gradients()[5:], hyper, state)
    drive(rule, resumed, gradients()[5:, kept], rates(0.3, 0.1), resumed_state)
    assert torch.equal(resumed, flat[kept])


def test_learning_rate_follows_the_hyperparameters_of_the_step():
    rule, flat = torch_rule(torch.optim.SGD), start()
    state = drive(rule, flat, gradients()[:1], rates(0.1, 0.1, 0.1))
    drive(rule, flat, gradients()[1:2], rates(0.1, 0.5, 0.1), state)
    torch.testing.assert_close(flat[1], start()[1] - 0.1 * gradients()[0, 1] - 0.5 * gradients()[1, 1])


def test_member_with_learning_rate_zero_sits_the_step_out():
    rule, flat = torch_rule(torch.optim.AdamW, weight_decay=0.5), start()
    state = drive(rule, flat, gradients()[:4], rates(0.1, 0.1, 0.1))
    before, remembered = flat.clone(), {name: rows[1].clone() for name, rows in state.items()}
    drive(rule, flat, gradients()[4:], rates(0.1, 0.0, 0.1), state)
    assert torch.equal(flat[1], before[1])
    assert all(torch.equal(state[name][1], value) for name, value in remembered.items())
    assert (flat[[0, 2]] != before[[0, 2]]).all()


@pytest.mark.parametrize("rows", [1, 3])
def test_frozen_parameters_stay_and_the_others_move_as_without_them(rows):
    rule = torch_rule(torch.optim.AdamW, weight_decay=0.5)
    rate = torch.full((rows, 5), 0.1, dtype=torch.float64)
    rate[:, 2] = 0.0
    flat, free = start(), start()
    drive(rule, flat, gradients(), {"learning_rate": rate})
    drive(rule, free, gradients(), rates(0.1, 0.1, 0.1))
    assert torch.equal(flat[:, 2], start()[:, 2])
    others = [0, 1, 3, 4]
    assert torch.equal(flat[:, others], free[:, others])


def test_two_learning_rates_in_one_row_are_refused():
    rate = torch.full((3, 5), 0.1, dtype=torch.float64)
    rate[:, 2] = 0.2
    with pytest.raises(ValueError, match="one learning rate a member"):
        drive(torch_rule(torch.optim.SGD), start(), gradients(), {"learning_rate": rate})


def test_equal_arguments_give_the_same_rule_and_different_ones_another():
    rule = torch_rule(torch.optim.Adam, eps=1e-6, betas=[0.8, 0.9])
    assert rule is torch_rule(torch.optim.Adam, betas=(0.8, 0.9), eps=1e-6)
    assert rule.update == torch_rule(torch.optim.Adam, betas=(0.8, 0.9), eps=1e-6).update
    assert rule is not torch_rule(torch.optim.Adam, eps=1e-5)
    assert "1e-06" in repr(rule)
    assert rule.defaults == {}


@pytest.mark.parametrize(
    ("optimizer_class", "options", "error", "sentence"),
    [
        (torch.optim.LBFGS, {}, TypeError, "LBFGS evaluates the loss itself"),
        (
            torch.optim.Adam,
            {"beta": 0.9},
            TypeError,
            "Adam has no option 'beta'; choose of amsgrad, betas.*Did you mean",
        ),
        (torch.optim.Adam, {"lr": 0.1}, TypeError, "give lr as learning_rate"),
        (
            torch.optim.Adam,
            {"betas": (2.0, 0.9)},
            ValueError,
            r"Adam with betas=\(2.0, 0.9\) cannot step a row",
        ),
        (torch.optim.Adam, {"eps": {}}, TypeError, "options are numbers"),
        (
            Matrices,
            {},
            ValueError,
            "Matrices with its defaults cannot step a row of parameters .two axes only",
        ),
        (torch.optim.SparseAdam, {}, ValueError, "SparseAdam with its defaults cannot step a row"),
        (torch.nn.Linear, {}, TypeError, "give a subclass of torch.optim.Optimizer"),
        ("adam", {}, TypeError, "give a subclass of torch.optim.Optimizer"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(optimizer_class, options, error, sentence):
    with pytest.raises(error, match=sentence):
        torch_rule(optimizer_class, **options)


def test_optimizer_without_a_learning_rate_is_refused():
    class Fixed(Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def step(self):
            pass

    with pytest.raises(TypeError, match="Fixed takes no lr"):
        torch_rule(Fixed)


class Forgetful(Counting):
    """Keeps a count where torch does not look for it."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)
        self.count = 0

    def step(self):
        self.count += 1


class Listing(Counting):
    """Keeps a list."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)

    def step(self):
        self.param_groups[0].setdefault("losses", []).append(1.0)


class Late(Counting):
    """Begins to remember at its second step."""

    def __init__(self, params, lr=0.1, first=2):
        super().__init__(params, lr)
        self.param_groups[0]["first"] = first

    def step(self):
        super().step()
        state = self.state[self.param_groups[0]["params"][0]]
        if state["count"] >= self.param_groups[0]["first"]:
            state["late"] = 1.0


@pytest.mark.parametrize("optimizer_class", [Forgetful, Listing, Late])
def test_memory_that_a_checkpoint_would_lose_is_refused_before_training(optimizer_class):
    with pytest.raises(TypeError, match=f"{optimizer_class.__name__} remembers more than"):
        torch_rule(optimizer_class)


def test_memory_that_appears_during_training_is_refused_then():
    with pytest.raises(RuntimeError, match=r"state\.float\.late"):
        drive(torch_rule(Late, first=4), start(), gradients(), rates(0.1, 0.1, 0.1))


def test_memory_is_rows_of_tensors():
    state = torch_rule(Counting).init(start())
    assert isinstance(torch_rule(Counting), TorchOptimizerRule)
    assert {name: (tuple(rows.shape), rows.dtype) for name, rows in state.items()} == {
        "started": ((3,), torch.bool),
        "state.int.count": ((3,), torch.int64),
        "group.float.growth": ((3,), torch.float64),
        "group.float.total": ((3,), torch.float64),
    }
