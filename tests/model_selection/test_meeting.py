import threading
import time
import warnings

import pytest
from meetings import meet, run, squared

from deepstat.model_selection.meeting import GRACE
from deepstat.model_selection.task import Ended, current_task


def test_all_fits_train_in_one_round_and_get_their_own_results():
    meeting = meet()
    assert run(meeting, [lambda i=i: meeting.hand_in([i]) for i in range(50)]) == [[i**2] for i in range(50)]
    assert [(each.n_fits, each.n_members, each.reason) for each in meeting.rounds] == [(50, 50, "all wait")]


def test_tasks_run_one_at_a_time_in_the_order_of_a_loop():
    meeting, log, inside = meet(), [], []

    def task(i):
        for part in ("before", "between", "after"):
            inside.append(i)
            assert len(inside) == 1
            time.sleep(0.001)
            log.append((part, i))
            inside.remove(i)
            if part != "after":
                meeting.hand_in([i])

    run(meeting, [lambda i=i: task(i) for i in range(5)])
    assert log == [(part, i) for part in ("before", "between", "after") for i in range(5)]


def test_the_waiting_thread_trains():
    trainers = []
    meeting = meet(lambda fits: trainers.append(threading.current_thread()) or squared(fits))
    run(meeting, [lambda: meeting.hand_in([1])] * 3)
    assert trainers == [threading.main_thread()]


def test_a_task_that_trains_twice_meets_the_others_twice():
    meeting = meet()
    run(meeting, [lambda: meeting.hand_in(meeting.hand_in([2]))] * 4)
    assert [each.n_fits for each in meeting.rounds] == [4, 4]


def test_a_task_that_waits_for_its_own_tasks_holds_nobody_up():
    meeting = meet()

    def outer(i):
        inner = run(meeting, [lambda j=j: meeting.hand_in([j])[0] for j in range(3)])
        return meeting.hand_in([sum(inner) + i])[0]

    assert run(meeting, [lambda i=i: outer(i) for i in range(4)]) == [(5 + i) ** 2 for i in range(4)]
    assert [each.n_fits for each in meeting.rounds] == [12, 4]


def test_little_memory_makes_more_rounds_with_the_same_results():
    meeting = meet(slots=3)
    assert run(meeting, [lambda i=i: meeting.hand_in([i])[0] for i in range(8)]) == [i**2 for i in range(8)]
    assert [(each.n_fits, each.reason) for each in meeting.rounds] == [
        (3, "memory"),
        (3, "memory"),
        (2, "all wait"),
    ]


def test_a_fit_larger_than_the_memory_trains_alone():
    meeting = meet(slots=0)
    run(meeting, [lambda: meeting.hand_in([1])] * 3)
    assert [each.n_fits for each in meeting.rounds] == [1, 1, 1]


def test_threads_are_bounded(monkeypatch):
    monkeypatch.setattr("deepstat.model_selection.meeting.MOST_TASKS", 4)
    meeting = meet()
    run(meeting, [lambda: meeting.hand_in([1])] * 6)
    assert [(each.n_fits, each.reason) for each in meeting.rounds] == [(4, "threads"), (2, "all wait")]


def test_only_parents_alive_do_not_block_their_children(monkeypatch):
    monkeypatch.setattr("deepstat.model_selection.meeting.MOST_TASKS", 2)
    meeting = meet()
    outer = [lambda: run(meeting, [lambda: meeting.hand_in([3])[0]] * 2)] * 3
    assert run(meeting, outer) == [[9, 9]] * 3


# -- stalls ---


def test_tasks_that_meet_at_a_barrier_come_through_with_one_warning():
    meeting, barrier = meet(patience=0.05), threading.Barrier(3, timeout=20)

    def task(i):
        barrier.wait()
        return meeting.hand_in([i])[0]

    with pytest.warns(RuntimeWarning, match="kept the others waiting for 0.05 seconds") as caught:
        assert run(meeting, [lambda i=i: task(i) for i in range(3)]) == [0, 1, 4]
    assert len(caught) == 1


def test_a_task_that_needs_the_training_of_another_comes_through():
    meeting, trained = meet(patience=0.05), threading.Event()

    def first():
        out = meeting.hand_in([2])[0]
        trained.set()
        return out

    def second():
        assert trained.wait(20)
        return meeting.hand_in([3])[0]

    with pytest.warns(RuntimeWarning, match="patience"):
        assert run(meeting, [first, second]) == [4, 9]
    assert [(each.n_fits, each.reason) for each in meeting.rounds] == [(1, "stall"), (1, "all wait")]


def test_a_slow_task_alone_is_waited_for_without_a_warning():
    meeting = meet(patience=0.01)
    assert run(meeting, [lambda: time.sleep(0.1) or meeting.hand_in([2])[0]]) == [4]


# -- errors and interrupts ---


def test_only_the_guilty_get_the_error_of_a_round():
    def train(fits):
        if any(plan < 0 for plans in fits for plan in plans):
            raise ValueError("negative")
        return squared(fits)

    meeting = meet(train)

    def task(i):
        try:
            return meeting.hand_in([i])[0]
        except ValueError as error:
            return str(error)

    found = run(meeting, [lambda i=i: task(i) for i in (1, 2, -3, 4, 5, -6, 7)])
    assert found == [1, 4, "negative", 16, 25, "negative", 49]


def test_an_error_that_no_part_repeats_is_told():
    attempts = []

    def train(fits):
        attempts.append(len(fits))
        if len(fits) > 2:
            raise MemoryError("too much at once")
        return squared(fits)

    meeting = meet(train)
    with pytest.warns(RuntimeWarning, match=r"MemoryError \(too much at once\) .* 4 fits") as told:
        found = run(meeting, [lambda i=i: meeting.hand_in([i])[0] for i in range(4)])
    assert len(told) == 1
    assert found == [0, 1, 4, 9]
    assert attempts == [4, 2, 2]


def test_an_error_in_one_task_ends_the_others_and_the_meeting_goes_on():
    meeting, unwound = meet(), []

    def waits():
        try:
            meeting.hand_in([1])
        except Ended:
            unwound.append(True)
            raise

    def fails():
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        run(meeting, [waits, waits, fails, waits])
    assert unwound == [True, True]
    assert meeting.rounds == []
    assert run(meeting, [lambda: meeting.hand_in([3])[0]]) == [9]


def test_an_error_in_an_inner_task_can_be_caught_by_the_outer_one():
    meeting = meet()

    def fails():
        raise OSError

    def outer(i):
        try:
            run(meeting, [lambda: meeting.hand_in([1]), fails if i == 1 else lambda: None])
        except OSError:
            return "caught"
        return meeting.hand_in([i])[0]

    assert run(meeting, [lambda i=i: outer(i) for i in range(3)]) == [0, "caught", 4]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_training_ends_all_tasks_nested_ones_too(interrupt):
    calls = []

    def train(fits):
        calls.append(len(fits))
        if len(calls) == 1:
            raise interrupt
        return squared(fits)

    meeting = meet(train)
    outer = [lambda: run(meeting, [lambda: meeting.hand_in([2])[0]] * 2)] * 3
    with pytest.raises(interrupt):
        run(meeting, outer)
    assert run(meeting, outer) == [[4, 4]] * 3
    assert calls == [6, 6]


def test_an_interrupt_inside_a_task_reaches_the_caller():
    meeting = meet()

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(meeting, [lambda: meeting.hand_in([1]), interrupted])


def test_a_task_that_swallows_its_end_cannot_go_on_fitting():
    meeting, tries = meet(), []

    def stubborn():
        for _ in range(3):
            try:
                meeting.hand_in([1])
            except BaseException as error:
                tries.append(type(error))

    def fails():
        raise OSError

    with pytest.raises(OSError):
        run(meeting, [stubborn, fails])
    assert tries == [Ended] * 3


def test_a_running_task_that_is_ended_stops_at_its_next_fit():
    meeting, go_on, seen = meet(patience=0.05), threading.Event(), []

    def late():
        go_on.wait(GRACE)
        try:
            meeting.hand_in([1])
        except Ended:
            seen.append("ended")
            raise

    def fails():
        threading.Timer(0.1, go_on.set).start()
        raise OSError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(OSError):
            run(meeting, [late, fails])
    assert seen == ["ended"]


# -- surroundings ---


def test_context_variables_of_the_caller_hold_in_the_tasks():
    np = pytest.importorskip("numpy")
    meeting = meet()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        run(meeting, [lambda: np.ones(1) / 0])


def test_seconds_are_shared_by_work_and_waits_are_counted():
    meeting = meet(lambda fits: time.sleep(0.05) or squared(fits), work=lambda plan, result: plan)

    def task(i):
        meeting.hand_in([i])
        return current_task().charged, current_task().waited

    (one, waited), (three, _) = run(meeting, [lambda: task(1), lambda: task(3)])
    assert one == pytest.approx(meeting.rounds[0].seconds / 4)
    assert three == pytest.approx(meeting.rounds[0].seconds * 3 / 4)
    assert waited >= meeting.rounds[0].seconds


def test_a_parent_is_charged_what_its_tasks_cost():
    meeting = meet(lambda fits: time.sleep(0.05) or squared(fits))

    def inner():
        time.sleep(0.02)
        return meeting.hand_in([1])

    def outer():
        run(meeting, [inner] * 2)
        return current_task().charged

    charged = run(meeting, [outer, outer])
    assert sum(charged) >= meeting.rounds[0].seconds + 4 * 0.02


def test_two_threads_may_drive_the_same_meeting():
    meeting, found = meet(), {}

    def drive(name):
        found[name] = run(meeting, [lambda i=i: meeting.hand_in([i])[0] for i in range(20)])

    threads = [threading.Thread(target=drive, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [i**2 for i in range(20)] for name in "ab"}


def test_many_tasks_in_random_nests_never_hang():
    import random

    draw = random.Random(0)
    meeting = meet(slots=7)

    def task(depth):
        total = 0
        for _ in range(draw.randrange(3)):
            total += meeting.hand_in([1])[0]
            if depth < 3 and draw.random() < 0.4:
                total += sum(run(meeting, [lambda: task(depth + 1)] * draw.randrange(1, 4)))
        return total

    total = sum(run(meeting, [lambda: task(0)] * 40))
    assert total == sum(each.n_fits for each in meeting.rounds) > 40
