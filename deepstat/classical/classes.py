"""Classes as families: logit, probit and multinomial logit with the first class as the reference."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Distribution, constraints
from torch.special import log_ndtr

from deepstat.distributions.family import Family, family_of
from deepstat.records import Distribution as Record
from deepstat.records import Parameter


def class_family(n_classes: int, link: Literal["logit", "probit"] = "logit") -> Family:
    """Return the family of a class among `n_classes`, coded 0, 1, ...

    Two classes have one raw number, the log-odds (or normal quantile) of the second; K classes have K - 1, the log-odds
    of each against the first, which makes them identified.

    Parameters
    ----------
    n_classes : int >= 2
    link : {"logit", "probit"}
        "probit" for two classes.

    Raises
    ------
    ValueError
        Fewer than two classes, or a probit of more.

    Examples
    --------
    >>> family = class_family(3)
    >>> family.n_row
    2
    >>> family.build(torch.zeros(1, 2)).log_prob(torch.tensor([2.0])).exp()
    tensor([0.3333])
    """
    if n_classes < 2:
        raise ValueError(f"The target has {n_classes} class(es): two or more are needed.")
    if link not in ("logit", "probit"):
        raise ValueError(f"link={link!r} is not known for classes: choose 'logit' or 'probit'.")
    if n_classes > 2:
        if link == "probit":
            raise ValueError(
                f"A probit has two classes, and the target has {n_classes}: choose link='logit'."
            )
        parameters = (Parameter("logits", size=n_classes - 1),)
        record = Record(name="multinomial", target=Multinomial, domain="class", parameters=parameters)
        return family_of(record, Multinomial)
    if link == "probit":
        record = Record(name="probit", target=Probit, domain="class", parameters=(Parameter("location"),))
        return family_of(record, Probit)
    record = Record(name="bernoulli", target=Bernoulli, domain="class", parameters=(Parameter("logits"),))
    return family_of(record, Bernoulli)


class Probit(Distribution):
    """One with probability Φ(location), else zero.

    Examples
    --------
    >>> Probit(torch.tensor([0.0])).log_prob(torch.tensor([1.0])).exp()
    tensor([0.5000])
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"location": constraints.real}
    support = constraints.boolean

    def __init__(self, location: Tensor, validate_args: Any = None) -> None:
        self.location = location
        super().__init__(location.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """Probability of one."""
        return torch.special.ndtr(self.location)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log Φ(±location), which has no underflow."""
        return log_ndtr((2.0 * value - 1.0) * self.location)


class Multinomial(Distribution):
    """One of K classes by log-odds against the first.

    Examples
    --------
    >>> Multinomial(torch.zeros(1, 1)).log_prob(torch.tensor([0.0])).exp()
    tensor([0.5000])
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"logits": constraints.real_vector}
    support = constraints.nonnegative_integer

    def __init__(self, logits: Tensor, validate_args: Any = None) -> None:
        self.logits = torch.cat([torch.zeros_like(logits[..., :1]), logits], dim=-1)
        super().__init__(logits.shape[:-1], validate_args=validate_args)

    @property
    def probs(self) -> Tensor:
        """Probabilities (n, K)."""
        return self.logits.softmax(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log-probability of class codes (n,)."""
        return self.logits.log_softmax(-1).gather(-1, value.long()[..., None])[..., 0]
