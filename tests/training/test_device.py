import pytest
import torch

from deepstat.training.device import choose_device, choose_precision, threads_for

CPU = torch.device("cpu")


def test_auto_precision_follows_the_table_and_the_device():
    assert choose_precision("auto", CPU, True) == (torch.float32, False)
    assert choose_precision("auto", CPU, False) == (torch.float64, False)
    assert choose_precision("auto", torch.device("cuda"), False) == (torch.float32, False)
    assert choose_precision("bfloat16", CPU, False) == (torch.float32, True)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: choose_device("abacus"), "not a device"),
    (lambda: choose_device("cuda:99"), "not available"),
    (lambda: choose_precision("float8", CPU, True), "unknown"),
    (lambda: choose_precision("float64", torch.device("mps"), True), "does not exist"),
])  # fmt: skip
def test_what_is_not_there_is_refused_in_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_small_network_runs_on_one_thread_and_the_number_is_restored():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(1, 32, 5_000):
            assert torch.get_num_threads() == 1
        with threads_for(1, 128, 20_000):
            assert torch.get_num_threads() == 2
        with threads_for(10, 32, 5_000):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_graph_is_large_by_its_own_entries():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(10, 1_000, 20_000, entries=60_000):
            assert torch.get_num_threads() == 1
        with threads_for(1, 1, 1, entries=20_000_000):
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
