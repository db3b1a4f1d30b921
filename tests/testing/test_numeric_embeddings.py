"""Embeddings of numeric columns: what is registered passes, planted faults do not."""

import pytest
import torch
from torch import nn

from deepstat.records import NumericEmbedding
from deepstat.registry import registry
from deepstat.testing import check_numeric_embedding


class Scaled(nn.Module):
    """Columns divided by the largest value of the sample, each with a trained factor."""

    def __init__(self, inputs, *, power=1.0):
        super().__init__()
        self.n_features_out = inputs.n_numeric
        self.power = power
        self.factor = nn.Parameter(torch.ones(inputs.n_numeric))
        largest = (
            inputs.sample.abs().amax(0).clamp(min=1.0) if inputs.has_sample else torch.ones(inputs.n_numeric)
        )
        self.register_buffer("largest", largest.clone())

    def forward(self, x):
        return self.factor * x / self.largest**self.power


class Wider(Scaled):
    def forward(self, x):
        return super().forward(x).repeat(1, 2)


class Single(Scaled):
    def forward(self, x):
        return super().forward(x.float()).float()


class Centred(Scaled):
    def forward(self, x):
        return super().forward(x - x.mean(0))


class InPlace(Scaled):
    def forward(self, x):
        return super().forward(x.add_(1.0) if not x.requires_grad else x + 1.0)


class Noisy(Scaled):
    def forward(self, x):
        return super().forward(x + torch.randn(()))


class Branching(Scaled):
    def forward(self, x):
        return super().forward(x if x.sum() < 1e30 else -x)


class Idle(Scaled):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.idle = nn.Parameter(torch.ones(1))


class Divided(Scaled):
    def forward(self, x):
        return super().forward(x) / x.abs()


class Standardised(Scaled):
    def __init__(self, inputs):
        super().__init__(inputs)
        if inputs.has_sample:
            self.largest = inputs.sample.std(0, correction=0)

    def forward(self, x):
        return self.factor * (x + 1.0) / self.largest


class Levels(Scaled):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.table = nn.Parameter(torch.ones(len(inputs.sample.unique()) if inputs.has_sample else 1))

    def forward(self, x):
        return super().forward(x) * self.table.sum()


class OfTarget(Scaled):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.register_buffer("mean", inputs.target.mean() if inputs.has_sample else torch.zeros(()))


class Kept(Scaled):
    """Keeps what it learned outside of its buffers."""

    def __init__(self, inputs):
        super().__init__(inputs)
        self.shift = float(inputs.sample.sum()) if inputs.has_sample else 0.0

    def forward(self, x):
        return super().forward(x) + self.shift


class Drifting(Scaled):
    draws = torch.Generator().manual_seed(0)

    def __init__(self, inputs):
        super().__init__(inputs)
        nn.init.normal_(self.factor, generator=self.draws)


@pytest.mark.parametrize("name", registry().names("numeric_embedding"))
def test_every_registered_embedding_passes(name):
    check_numeric_embedding(registry().record("numeric_embedding", name))


def test_an_embedding_of_a_third_party_passes():
    check_numeric_embedding(NumericEmbedding(name="scaled", target=Scaled, example={"power": 2.0}))


FAULTS = {
    "where n_features_out promises": Wider,
    "keep the dtype": Single,
    "when other rows are present": Centred,
    "changes its inputs in place": InPlace,
    "draws from torch's global generator": Noisy,
    r"under torch\.func\.vmap": Branching,
    "does not use its parameter 'idle'": Idle,
    "not finite for standardised columns": Divided,
    "not finite after a sample of one row": Standardised,
    "load its own weights": Levels,
    "without a target": OfTarget,
    "predicts differently after its weights are saved": Kept,
    "differently with the same seed": Drifting,
    "n_features_out is the number of its outputs": lambda inputs: nn.Linear(inputs.n_numeric, 2),
    "cannot be imported": "torch:tanhh",
}


@pytest.mark.parametrize(("sentence", "target"), FAULTS.items(), ids=FAULTS)
def test_a_planted_fault_is_rejected_in_one_sentence(sentence, target):
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_numeric_embedding(NumericEmbedding(name="bad", target=target))
    assert str(caught.value).startswith("numeric_embedding 'bad' ")
    assert "\n" not in str(caught.value)


def test_an_example_that_changes_nothing_is_rejected():
    class Deaf(Scaled):
        def __init__(self, inputs, *, power=1.0):
            super().__init__(inputs)

    with pytest.raises(AssertionError, match="does not change with the options of its example"):
        check_numeric_embedding(NumericEmbedding(name="bad", target=Deaf, example={"power": 2.0}))
    with pytest.raises(AssertionError, match="Did you mean 'power'"):
        check_numeric_embedding(NumericEmbedding(name="bad", target=Deaf, example={"powers": 2.0}))
