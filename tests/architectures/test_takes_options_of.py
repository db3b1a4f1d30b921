"""Recipes take the options of what they call, each by its name."""

import inspect
import pickle

import pytest

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.graphs.gat import gat
from deepstat.architectures.graphs.gcn import gcn
from deepstat.architectures.graphs.gin_readout import gin_readout
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import options_of


def build(size, *, width=4, dropout, skip=False):
    return size, width, dropout, skip


@takes_options_of(build, dropout=0.5)
def narrow(size, *, depth=1, **options):
    """Return what it built."""
    return (*build(size, **options), depth)


@takes_options_of(narrow, skip=True)
def own_width(size, *, width=2, **options):
    return narrow(size, width=width, **options)


def test_shared_options_have_the_builders_defaults_but_where_others_are_given():
    assert narrow(3) == (3, 4, 0.5, False, 1)
    assert narrow(size=3, skip=True, depth=2) == (3, 4, 0.5, True, 2)


def test_the_signature_lists_shared_options_before_own_ones_and_no_others():
    listed = {name: p.default for name, p in inspect.signature(narrow).parameters.items()}
    assert list(listed) == ["size", "width", "dropout", "skip", "depth"]
    assert listed["dropout"] == 0.5
    assert options_of(narrow, ("size",)) == {"width": 4, "dropout": 0.5, "skip": False, "depth": 1}


def test_recipes_pass_options_on_to_recipes_and_an_option_of_their_own_goes_before():
    assert own_width(3) == (3, 2, 0.5, True, 1)
    assert list(inspect.signature(own_width).parameters) == ["size", "dropout", "skip", "depth", "width"]


def test_unknown_options_are_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'depht'"):
        narrow(3, depht=2)
    with pytest.raises(TypeError, match=r"undecorated gives defaults of no shared option: \['dropuot'\]"):
        takes_options_of(build, dropuot=0.5)(undecorated)


def undecorated(size, **options):
    return build(size, **options)


def test_a_recipe_stays_itself_and_can_be_pickled():
    assert (narrow.__name__, narrow.__doc__) == ("narrow", "Return what it built.")
    assert pickle.loads(pickle.dumps(gcn)) is gcn


def test_every_option_of_the_stack_is_one_of_its_recipes():
    stack = {p.name for p in inspect.signature(build_stack).parameters.values() if p.kind is p.KEYWORD_ONLY}
    assert stack < set(options_of(gcn))
    assert set(options_of(gat)) - stack == {"heads", "output_heads", "attention_dropout", "self_loops"}
    assert options_of(gin_readout)["normalization"] == "batch"


def test_the_last_operator_is_another_where_one_is_given():
    hidden, last = gat(
        GraphInputs(n_numeric=3), 5, heads=2, output_heads=3, hidden_layer_sizes=(8,)
    ).operators
    assert (hidden.heads, hidden.concat, last.heads, last.concat) == (2, True, 3, False)
