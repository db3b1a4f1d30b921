import pytest
import torch

from deepstat.records import Constant, Loss
from deepstat.registry import registry
from deepstat.testing import check_loss


def squares(prediction, target):
    return (prediction - target).square()


def good(prediction, target, *, power=3.0):
    return ((prediction - target).abs() ** power).mean(dim=1)


def positive(*, power=3.0):
    if not power > 0:
        raise ValueError(f"power is {power}; give a positive number.")


def reduced(prediction, target):
    return squares(prediction, target).mean()


def reduced_and_spread(prediction, target):
    return squares(prediction, target).mean().expand(len(target))


def not_averaged(prediction, target):
    return squares(prediction, target)


def summed_over_outputs(prediction, target):
    return squares(prediction, target).sum(dim=1)


def centred_by_the_batch(prediction, target):
    residual = prediction - target
    return (residual - residual.mean(dim=0)).square().mean(dim=1)


def ranked_in_the_batch(prediction, target):
    losses = squares(prediction, target).mean(dim=1)
    return losses * torch.arange(len(losses))


def branching_on_data(prediction, target):
    losses = squares(prediction, target).mean(dim=1)
    return losses if losses.max() < 1e30 else losses.sqrt()


def branching_on_an_option(prediction, target, *, power=2.0):
    losses = squares(prediction, target).mean(dim=1)
    return losses if power == 2.0 else losses ** (power / 2)


def reading_an_option(prediction, target, *, power=2.0):
    return ((prediction - target).abs() ** float(power)).mean(dim=1)


def wrong_slope(prediction, target):
    residual = prediction - target
    return (residual.detach() * residual).mean(dim=1)


def no_slope(prediction, target):
    return squares(prediction, target).mean(dim=1).detach()


def root_at_zero(prediction, target):
    return squares(prediction, target).sum(dim=1).sqrt()


def overflowing(prediction, target):
    return (squares(prediction, target).exp() - 1).mean(dim=1)


def logarithm_of_the_target(prediction, target):
    return (prediction.exp() - target.log() - prediction).mean(dim=1)


def rounding(prediction, target):
    return squares(prediction, target).mean(dim=1).float()


def in_place(prediction, target):
    return prediction.sub_(target).square().mean(dim=1)


def noisy(prediction, target):
    return squares(prediction, target).mean(dim=1) * torch.rand(())


def ignoring_its_option(prediction, target, *, power=2.0):
    return squares(prediction, target).mean(dim=1)


def ignoring_weights(prediction, target, *, weight=None):
    return squares(prediction, target).mean()


def log_loss(prediction, target):
    return -(target * prediction.sigmoid().log()).mean(dim=1)


@pytest.mark.parametrize("name", registry().names("loss"))
def test_every_registered_loss_passes(name):
    check_loss(registry().record("loss", name))


def test_a_plain_loss_of_a_third_party_passes():
    check_loss(Loss(name="good", target=good, example={"power": 2.5}, check=positive))


def naive_log_cosh(prediction, target):
    return (prediction - target).cosh().log().mean(dim=1)


FAULTS = {
    "for predictions from -10000": Loss(name="bad", target=naive_log_cosh, scale="mad"),
    "does not depend on its constant": Loss(
        name="bad", target=ignoring_its_option, constants=(Constant(name="power", start=2.0),)
    ),
    "returns shape": Loss(name="bad", target=reduced),
    "gives a row another loss when other rows": Loss(name="bad", target=reduced_and_spread),
    r"returns shape \(8, 1\)": Loss(name="bad", target=not_averaged),
    "output is repeated 3 times": Loss(name="bad", target=summed_over_outputs),
    "must depend on that row alone": Loss(name="bad", target=centred_by_the_batch),
    "depend on that row alone": Loss(name="bad", target=ranked_in_the_batch),
    r"torch\.func\.vmap": Loss(name="bad", target=branching_on_data),
    r"vmap, which trains populations": Loss(name="bad", target=branching_on_an_option),
    r"under torch.func.vmap": Loss(name="bad", target=reading_an_option),
    "differs from finite differences": Loss(name="bad", target=wrong_slope),
    "fails .*does not require grad": Loss(name="bad", target=no_slope),
    "gradient that is not finite": Loss(name="bad", target=root_at_zero),
    "is not finite": Loss(name="bad", target=overflowing),
    "is not finite on its domain": Loss(
        name="bad", target=logarithm_of_the_target, domain="nonnegative", link="exp", rescale=False
    ),
    "keep the dtype": Loss(name="bad", target=rounding),
    "in place": Loss(name="bad", target=in_place),
    "global generator": Loss(name="bad", target=noisy),
    "does not change with its option 'power'": Loss(
        name="bad", target=ignoring_its_option, example={"power": 3.0}
    ),
    "has no option 'force'": Loss(name="bad", target=good, example={"force": 3.0}),
    "row of weight two": Loss(name="bad", target=ignoring_weights, per_row=False),
    "for predictions from -1000": Loss(
        name="bad", target=log_loss, task="classification", domain="class", link="sigmoid"
    ),
    "cannot be imported": Loss(name="bad", target="deepstat.losses.huber:hubert"),
    "No module named": Loss(name="bad", target="deepstat.losses.nowhere:nothing"),
    "moves the target out of its domain": Loss(name="bad", target=good, domain="positive"),
    "outside": Loss(name="bad", target=good, constants=(Constant(name="power", start=3.0, low=4.0),)),
    "accepts power=nan": Loss(name="bad", target=good, check=lambda *, power=3.0: None),
    "power is -1.0": Loss(name="bad", target=good, example={"power": -1.0}, check=positive),
    "to numbers that are none": Loss(
        name="bad",
        target="deepstat.losses.cross_entropy:cross_entropy",
        task="classification",
        link="sigmoid",
        probabilities=lambda raw, **options: 2 * raw,
    ),
}


@pytest.mark.parametrize(("sentence", "record"), FAULTS.items(), ids=lambda each: getattr(each, "name", each))
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, record):
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_loss(record)
    assert str(caught.value).startswith("loss 'bad' ")
    assert "\n" not in str(caught.value)
