"""Records: what a plugin yields. Frozen, free of torch; targets are dotted strings resolved when used.

A record says everything the estimators need to know about a component, so that no estimator holds a table of
special cases. Only `name` and `target` are required; every other field has a default that suits the common case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Target = str | Callable[..., Any]
Domain = Literal[
    "real",
    "nonnegative",
    "positive",
    "count",
    "unit_interval",
    "open_unit_interval",
    "class",
    "levels",
    "trials",
    "simplex",
    "ranking",
    "interval",
]
Link = Literal[
    "identity",
    "exp",
    "softplus",
    "sigmoid",
    "inverse",
    "inverse_squared",
    "simplex",
    "increasing",
    "direction",
    "cholesky",
]


@dataclass(frozen=True, kw_only=True)
class Component:
    """What all records share.

    Parameters
    ----------
    name : str
        The name a user writes. Lower case with underscores.
    target : str or callable
        ``"package.module:attribute"`` (resolved when first used, so that listing plugins imports nothing heavy)
        or the object itself.
    summary : str
        One line for ``deepstat list``.
    reference : str
        Paper or book, with year.
    example : mapping
        Options that the conformance checks use beside the defaults, e.g. ``{"delta": 0.5}``.
    api_version : int
        The version of the record format; 1 now.
    """

    kind: ClassVar[str] = "component"

    name: str
    target: Target
    summary: str = ""
    reference: str = ""
    example: Mapping[str, Any] = field(default_factory=dict, hash=False)
    api_version: int = 1


@dataclass(frozen=True)
class Constant:
    """A number that a loss or distribution has trained together with the network (shape, dispersion, threshold).

    Parameters
    ----------
    name : str
        The keyword under which the loss receives it.
    start : float
        Its value before training.
    low, high : float
        Open interval of allowed values; the engine trains an unconstrained image of it.
    in_target_units : bool
        Whether it is a length on the axis of the target (a scale), so that it is reported in units of the target.
    """

    name: str
    start: float
    low: float = float("-inf")
    high: float = float("inf")
    in_target_units: bool = False


@dataclass(frozen=True)
class Parameter:
    """One parameter of a distribution, and how raw numbers become it.

    Parameters
    ----------
    name : str
        The keyword under which the distribution receives it.
    link : str
        From raw numbers to the parameter: ``"identity"``, ``"exp"`` (a positive number on its logarithm),
        ``"softplus"``, ``"sigmoid"`` (in (0, 1)), ``"inverse"`` (1/raw), ``"inverse_squared"`` (1/sqrt(raw)),
        ``"simplex"`` (softmax: probabilities), ``"increasing"`` (the first, then the logarithms of the steps),
        ``"direction"`` (sine and cosine of an angle), ``"cholesky"`` (a lower triangle with positive diagonal).
    per : {"row", "constant"}
        An output of the network for each row, or one number trained beside it.
    size : int, "columns" or "thresholds"
        0: a number, shape (n,). Else a vector, shape (n, size): "columns" has an entry for each column of the target,
        "thresholds" one less than the target has levels. With the link "cholesky" a matrix (n, size, size).
    shifts : bool
        Whether it moves with the origin of the target (a location).
    power : float
        The power of the target's unit that it is measured in: 1 for locations, scales and means, -1 for rates.
    floor : float
        Least value of a positive parameter in deep networks, in units of the trained target: keeps likelihoods
        bounded. Classical solvers use none.
    """

    name: str
    link: Link = "identity"
    per: Literal["row", "constant"] = "row"
    size: int | Literal["columns", "thresholds"] = 0
    shifts: bool = False
    power: float = 0.0
    floor: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Loss(Component):
    """A loss ``target(prediction, target, *, option=default) -> (n,)``.

    `prediction` and `target` are float tensors of shape (n, k). Regression: k outputs. Classification: k classes and
    `target` holds class probabilities (one-hot, or soft); with two classes k = 1 and `target` holds the probability
    of the second class. The loss is averaged over outputs by itself and never over rows. Keyword-only options with a
    float value may differ between members and arrive as 0-d tensors during training, so a loss must not branch on
    them; options with other values (str, bool, int, None) are fixed for a population.

    Parameters
    ----------
    task : {"regression", "classification"}
    domain : str
        Values that the target may take.
    link : str
        Map from the raw network output to the prediction that the user sees: ``"identity"``, ``"exp"``,
        ``"sigmoid"`` (two or more classes: sigmoid or softmax).
    rescale : bool
        Whether the target may be standardised before training (true where the loss is equivariant). With the link
        "exp" it is divided by its mean and never centred.
    scale : {"mad", "huber"}, float or None
        Not None: the options are in residual scales. The loss sees prediction and target divided by a scale of the
        residuals and gains the option ``scale`` with this default: ``"mad"`` (median absolute residual / 0.6745),
        ``"huber"`` (Huber's proposal 2), or a number in units of the target.
    start_from : str
        Name of a loss to fit first and start from (with its scale kept); empty for none.
    constants : tuple of Constant
        Numbers trained with the network.
    probabilities : str or callable
        For classification: ``target(raw_probabilities, **options) -> probabilities`` that undoes the distortion of a
        loss; ``""`` where raw ones are right, ``"none"`` where the loss gives no probabilities.
    per_row : bool
        False for the few losses that must see the whole batch; they return shape ().
    check : str or callable
        ``target(**options)`` that raises ``ValueError`` in one sentence for options outside their range.
    """

    kind: ClassVar[str] = "loss"

    task: Literal["regression", "classification"] = "regression"
    domain: Domain = "real"
    link: Literal["identity", "exp", "sigmoid"] = "identity"
    rescale: bool = True
    scale: str | float | None = None
    start_from: str = ""
    constants: tuple[Constant, ...] = ()
    probabilities: Target = ""
    per_row: bool = True
    check: Target = ""


@dataclass(frozen=True, kw_only=True)
class Architecture(Component):
    """A recipe ``target(inputs, n_outputs, *, option=default) -> torch.nn.Module``.

    The module's ``forward(x)`` takes the encoded table (n, inputs.width) and returns raw outputs (n, n_outputs); or
    (n, H, n_outputs) where the module has an attribute ``n_heads`` = H: heads with a loss of their own each, which
    are averaged as members of an ensemble are. See :class:`deepstat.data.inputs.Inputs`.

    Parameters
    ----------
    batched : bool or None
        Whether ``torch.func.vmap`` can batch the network over members. None: tried once, before training.
    takes : {"table", "graph", "graphs"}
        "graph": `inputs` is a :class:`deepstat.data.graph_inputs.GraphInputs`, and the module's
        ``forward(features, edges)`` maps node features (n, p) and :class:`deepstat.layers.graph.edges.Edges` to
        (n, n_outputs). "graphs": the same for a batch of graphs side by side, of which ``edges.node_graph`` says whose
        each node is; the module returns (edges.n_graphs, n_outputs).
    """

    kind: ClassVar[str] = "architecture"

    batched: bool | None = None
    takes: Literal["table", "graph", "graphs"] = "table"


@dataclass(frozen=True, kw_only=True)
class Distribution(Component):
    """A family of distributions for the target.

    The target is a class of ``torch.distributions.Distribution`` (or a function that returns one) which takes the
    parameters as keywords, with one entry or vector for each row, the options, and ``validate_args``. It trains by
    ``log_prob`` alone, under ``torch.func.vmap``: no branch on data. What else it has (``mean``, ``variance``, ``cdf``,
    ``icdf``, ``entropy``, ``crps``, ``sample``) is used in predictions; what can be computed from the rest is.

    Parameters
    ----------
    domain : str
        Values that the target may take. ``"levels"``: numbers in order, seen as 0, 1, ...; ``"trials"``: columns of
        successes and failures; ``"simplex"``: shares that sum to one; ``"ranking"``: places of the items, a column
        each; ``"interval"``: a number, or columns of the lower and the upper end of what is known.
    columns : int or None
        Columns of the target; None: any number of them.
    parameters : tuple of Parameter
        Empty: those of ``arg_constraints``, each an output of the network.
    rescale : {"affine", "scale", "none"}
        How the target may be changed before training: centred and scaled, divided by its mean, or not at all. The
        parameters' `shifts` and `power` say how they are brought back to the units of the target.
    limits : tuple of str
        Options that are places on the axis of the target.
    lacks : tuple of str
        What this family does not have, of "mean", "variance", "cdf", "icdf", "interval", "entropy", "crps", "sample".
    center : {"mean", "median", "direction", "location"}
        What ``predict`` returns.
    links : tuple of str
        Other links of the first parameter that classical solvers may be asked for (``"inverse"``, ...).
    wraps : bool
        The target is a function ``target(family, **options) -> Family`` that makes a family from another.
    check : str or callable
        ``target(**options)`` that raises ``ValueError`` in one sentence for options outside their range.
    """

    kind: ClassVar[str] = "distribution"

    domain: Domain = "real"
    columns: int | None = 1
    parameters: tuple[Parameter, ...] = ()
    rescale: Literal["affine", "scale", "none"] = "none"
    limits: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    center: Literal["mean", "median", "direction", "location"] = "mean"
    links: tuple[str, ...] = ()
    wraps: bool = False
    check: Target = ""


@dataclass(frozen=True, kw_only=True)
class Optimizer(Component):
    """An update rule (:class:`deepstat.optimizers.rule.UpdateRule`), or any ``torch.optim.Optimizer`` class."""

    kind: ClassVar[str] = "optimizer"


@dataclass(frozen=True, kw_only=True)
class Activation(Component):
    """A function ``target(x, *, option=default) -> tensor`` elementwise, or an ``nn.Module`` class.

    Parameters
    ----------
    trainable : bool
        False for the threshold unit, whose gradient is zero everywhere: networks with it predict, but do not train.
    gain : float
        Factor on the standard deviation of initial weights that keeps the variance of activations
        (Glorot and Bengio 2010, He et al. 2015).
    """

    kind: ClassVar[str] = "activation"

    trainable: bool = True
    gain: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Initializer(Component):
    """A function ``target(shape, *, generator, gain, dtype, option=default) -> tensor`` of initial weights."""

    kind: ClassVar[str] = "initializer"


@dataclass(frozen=True, kw_only=True)
class Schedule(Component):
    """A function ``target(progress, *, option=default) -> factor`` of the learning rate.

    `progress` is a tensor of the fractions of all steps done, in [0, 1); the factor has its shape.
    """

    kind: ClassVar[str] = "schedule"


@dataclass(frozen=True, kw_only=True)
class NumericEmbedding(Component):
    """A function ``target(inputs, *, option=default) -> torch.nn.Module`` that embeds numeric columns.

    `inputs` tells of the numeric columns alone: see :class:`deepstat.data.inputs.Inputs`. The module maps
    (n, inputs.n_numeric) to (n, n_features_out), and its attribute ``n_features_out`` is that number, as an int. It is
    the first layer of tables' architectures that have the option ``numeric_embedding``, where there are numeric
    columns. What it learns of the sample or of the target it keeps in buffers, of shapes that do not depend on
    either: members of a population differ in their values, and a saved network is rebuilt without a sample. An
    ``nn.Identity`` is left out.
    """

    kind: ClassVar[str] = "numeric_embedding"


RECORDS: tuple[type[Component], ...] = (
    Loss,
    Architecture,
    Distribution,
    Optimizer,
    Activation,
    Initializer,
    Schedule,
    NumericEmbedding,
)
