import pytest
import torch

from deepstat.records import Loss
from deepstat.testing.claim import attempt, claim, no_global_noise

MINE = Loss(name="mine", target=len)


def test_a_claim_that_holds_says_nothing():
    claim(MINE, torch.tensor(True), "is never said.")


def test_a_claim_that_fails_names_the_component():
    with pytest.raises(AssertionError, match=r"^loss 'mine' is off\.$"):
        claim(MINE, False, "is off.")


def test_any_error_becomes_one_line():
    with (
        pytest.raises(AssertionError, match=r"^loss 'mine' fails to run \(KeyError: 'x'\)\.$"),
        attempt(MINE, "to run"),
    ):
        raise KeyError("x")


def test_an_assertion_passes_through_an_attempt_as_it_is():
    with pytest.raises(AssertionError, match=r"^as it is$"), attempt(MINE, "to run"):
        raise AssertionError("as it is")


def test_local_generators_are_allowed_and_the_global_one_is_not():
    with no_global_noise(MINE):
        torch.rand(1, generator=torch.Generator().manual_seed(0))
    with pytest.raises(AssertionError, match="global generator"), no_global_noise(MINE):
        torch.randperm(3)
