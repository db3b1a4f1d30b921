"""One population on its way through the epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepstat.layers.draws_rows import DrawsRows
from deepstat.training import clock, validate
from deepstat.training.average import Average, Weights
from deepstat.training.batches import Rows, Segment, batch_sizes, segments
from deepstat.training.checkpoint import Checkpoint
from deepstat.training.compiling import COMPILATION, SECONDS_A_WEIGHT
from deepstat.training.deadline import Deadline
from deepstat.training.gradients import (
    Batched,
    Solo,
    compiled_stepper,
    rows_are_independent,
    worth_tracing_alone,
)
from deepstat.training.plan import MemberState, Plan, TrainResult
from deepstat.training.population import Population
from deepstat.training.progress import Progress
from deepstat.training.rates import Rates
from deepstat.training.stopping import Best

# A compiled step of all members is worth taking where at least this share (one in IDLE) has a batch.
IDLE = 4


class Run:
    """One population on its way through the epochs: what changes between them, in one place."""

    def __init__(
        self,
        plans: list[Plan],
        indices: list[int],
        report: Callable[[int], object] | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self.plans, self.indices, self.report, self.deadline = plans, indices, report, deadline
        self.objective = plans[0].objective
        self.results: dict[int, TrainResult] = {}
        self.histories: list[list[dict[str, float]]] = [[] for _ in plans]
        self.n_epochs, self.is_over, self.is_cut = 0, False, False
        self.judged: np.ndarray | None = None  # what this epoch is judged by, where rows are held out
        self.population = Population.of(plans)
        self.rows = Rows(plans, plans[0].batch_size)
        self.estimate_scale = isinstance(self.objective.scale, str) and not plans[0].keep_scale
        self._start_scale()
        self.checkpoint = Checkpoint.of(plans)
        starts = [plan.raw_start for plan in plans]
        bound = validate.constant_losses(self.objective, self.population, self.rows, self.rows.rows, starts)
        self.best = Best(self.population, bound, smooth=plans[0].stop_by == "smoothed")
        self.average = Average(plans, self.population)
        self.snapshots: dict[int, dict[int, MemberState]] = {i: {} for i in indices}
        if self.checkpoint is not None:
            self.checkpoint.restore(self)
        self.progress = Progress(plans)
        self._build()

    @property
    def alive(self) -> bool:
        """Whether a member is left to train."""
        return bool(self.indices)

    def epoch(self) -> None:
        """Do one epoch, or the part of it that the time allows: steps, validation, stopping, report, checkpoint."""
        gone = 0.0 if self.deadline is None else self.deadline.gone
        began = clock.now()
        losses = self._steps()
        self.n_epochs += 1
        unvalidated = np.array([own is None for own in self.rows.validation])
        self.best.remember(self.population, losses, unvalidated, self.n_epochs)
        scores = self._validate(clock.now() - began)
        self.average.take(self.population, self.n_epochs, gone)
        self._keep_states()
        stops = self._decide(losses, scores)
        self._finish(stops)
        if self.checkpoint is not None:
            self.checkpoint.save(self)

    # -- one epoch, in order ------------------------------------------------------------------------------------------

    def _steps(self) -> np.ndarray:
        """Train on every row of every member once, or until the time is over; return the (K,) mean losses.

        However short the time, every member does a step.
        """
        population = self.population
        orders = self.rows.orders(self.n_epochs)
        rates = self._learning_rates()
        total = population.flat.new_zeros(len(population))
        self.seen = np.zeros(len(population))
        self.backend.train(True)
        for segment in self.segments:
            compiled = self.compiled and segment.size == self.plans[0].batch_size
            everybody = list(range(len(population)))
            taking = list(segment.members or everybody)
            if self.is_over and self.seen[taking].all():
                continue
            counts = segment.own or [segment.size] * len(taking)
            own = torch.tensor(counts).to(total)
            if len(taking) == len(population):
                total += own * self._run(population, segment, everybody, orders, rates, compiled)
                self.seen += self.n_done * np.array(counts)
                continue
            index = torch.tensor(taking, device=total.device)
            if compiled and len(taking) * IDLE >= len(population):
                # A graph is for one K: the others come along, and are put back as they were.
                rest = torch.tensor([k for k in everybody if k not in segment.members], device=total.device)  # type: ignore[operator]
                before = population.select(rest)
                population.live[rest] = 0.0
                losses = self._run(population, segment, everybody, orders, rates, compiled)
                population.put(rest, before)
                total[index] += own * losses[index]
                self.seen[taking] += self.n_done * np.array(counts)
                continue
            # The others sit this out. One member alone is run beside a copy of itself, so that its arithmetic is that
            # of a batched product whatever K is.
            rows = taking if len(taking) > 1 else taking * 2
            part = population.select(torch.tensor(rows, device=total.device))
            losses = self._run(part, segment, rows, orders, rates, False)
            population.put(index, part)
            total[index] += own * losses[: len(taking)]
            self.seen[taking] += self.n_done * np.array(counts)
        self.is_cut = bool((self.seen < [self.n_passes * len(rows) for rows in self.rows.rows]).any())
        return (total / torch.tensor(self.seen).to(total)).cpu().double().numpy()

    def _run(
        self,
        population: Population,
        segment: Segment,
        members: list[int],
        orders: list[Tensor],
        rates: Rates | None,
        compiled: bool,
    ) -> Tensor:
        """Do a segment's steps, as many as the time allows; return the (K,) sums of the steps' mean losses."""
        if compiled:
            step_of = partial(compiled_stepper, self.plans[0], population)
        else:
            step_of = partial(self.backend.stepper, population, segment.n_steps)
        base = population.hyper["learning_rate"]
        first = segment.before + segment.first // self.plans[0].batch_size
        own = id(segment) if population is self.population else None
        step = self.steppers.get(own)
        self.n_done = 0
        here = population.flat.new_zeros(len(population))
        for x, y, weight in self.rows.blocks(orders, segment, members):
            weights = [None] * len(x) if weight is None else weight.expand(len(x), *weight.shape[1:]).unbind()
            for batch in zip(x.unbind(), y.unbind(), weights, strict=True):
                rate = base if rates is None else base * rates[first + self.n_done][members, None]
                if step is None:
                    step = step_of(*batch, rate)
                    if own is not None:
                        self.steppers[own] = step
                here += step(*batch, rate)  # kept in a list, they would pin the freed memory around them
                self.n_done += 1
                if self.deadline is not None and self.deadline.ends_at(here):
                    self.is_over = True
                    return here
        return here

    def _validate(self, training: float) -> np.ndarray:
        """Re-estimate residual scales and return the (K,) validation scores, NaN where a member has no such rows.

        Under a time limit, what this takes is kept free at the end of later epochs. The first time it is estimated by
        the seconds of `training`; should it not fit, the weights there are stand without it: they are all there is.
        """
        deadline, missing = self.deadline, np.full(len(self.population), np.nan)
        validated = any(own is not None for own in self.rows.validation)
        if not validated and not self.estimate_scale:
            if deadline is not None:
                deadline.keep(self.average.seconds(self.plans, training, 0.0))
            return missing
        which = [
            own if own is not None else mine
            for own, mine in zip(self.rows.validation, self.rows.rows, strict=True)
        ]
        if deadline is not None and self.n_epochs == 1:
            guess = training * sum(map(len, which)) / self.seen.sum()
            if not deadline.has_room_for(guess):
                deadline.end()
                return missing
        began = clock.now()
        scores = self._held_out_losses(which, validated)
        if deadline is not None:
            seconds = clock.now() - began
            deadline.keep(seconds + self.average.seconds(self.plans, training, seconds))
        return scores

    def _held_out_losses(self, which: list[Tensor], validated: bool) -> np.ndarray:
        population = self.population
        self.backend.train(False)
        if self.estimate_scale:
            fresh = validate.residual_scales(self.objective, population, self.backend, self.rows, which)
            population.scale.copy_(torch.where(fresh.isfinite(), fresh, population.scale))  # type: ignore[union-attr,arg-type]
        if not validated:
            return np.full(len(population), np.nan)
        which = [
            own if own is not None else mine[:1]
            for own, mine in zip(self.rows.validation, self.rows.rows, strict=True)
        ]
        means, judged = validate.judged_losses(self.plans[0], population, self.backend, self.rows, which)
        losses, scores = means.cpu().double().numpy(), judged.cpu().double().numpy()
        missing = np.array([own is None for own in self.rows.validation])
        losses[missing] = scores[missing] = np.nan
        tol = np.array([plan.tol for plan in self.plans])
        self.best.update(population, np.where(np.isnan(scores), np.inf, scores), self.n_epochs, tol)
        self.judged = scores
        return losses

    def _keep_states(self) -> None:
        """Copy the states that are asked for."""
        for k, (index, plan) in enumerate(zip(self.indices, self.plans, strict=True)):
            if (
                self.n_epochs in plan.snapshot_epochs
                and index not in self.results
                and self.population.live[k] > 0
            ):
                self.snapshots[index][self.n_epochs] = self.population.member(k)

    def _decide(self, losses: np.ndarray, scores: np.ndarray) -> list[str]:
        """Record the epoch of every member; return why each stops now ("" for going on)."""
        stops = []
        dead = self.population.live[:, 0].cpu().numpy() == 0
        over = self.is_over or (self.deadline is not None and self.deadline.is_over)
        for k, plan in enumerate(self.plans):
            if self.indices[k] in self.results:  # finished, and kept for its company only
                stops.append("done")
                continue
            entry: dict[str, float] = {"epoch": self.n_epochs, "loss": float(losses[k])}
            if plan.validation_rows is not None and self.judged is not None:
                entry["validation_loss"] = float(scores[k])
                if plan.stop_by == "refinement":
                    entry["refined_loss"] = float(self.judged[k])
            self.histories[k].append(entry)
            asked = plan.on_epoch is not None and plan.on_epoch(self.indices[k], entry) is True
            late = plan.patience is not None and self.n_epochs - self.best.progress[k] >= plan.patience
            late = late and plan.average_from is None
            if dead[k]:
                stops.append("nan")
            elif self.n_epochs >= plan.max_epochs and not self.is_cut:
                stops.append("max_epochs")
            elif asked:
                stops.append("callback")
            elif late and plan.validation_rows is not None:
                stops.append("early_stopping")
            else:
                stops.append("time_limit" if over else "")
        going = [k for k, why in enumerate(stops) if why != "done"]
        self.progress.epoch([self.indices[k] for k in going], [self.histories[k][-1] for k in going])
        if "time_limit" in stops:
            late_ones = [self.indices[k] for k in going if stops[k] == "time_limit"]
            self.progress.time_is_over(late_ones, self.n_epochs)
        return stops

    def _finish(self, stops: list[str]) -> None:
        """Take finished members' results and let them leave the computation."""
        left = [k for k, why in enumerate(stops) if not why]
        averaged = self.average.weights(self, stops)
        for k, why in enumerate(stops):
            if why and why != "done":
                self.results[self.indices[k]] = self._result(k, why, averaged.get(k))
                self.population.live[k] = 0.0
        if self.report is not None:
            settled = [
                plan.max_epochs - self.n_epochs + 1 if why else 1
                for plan, why in zip(self.plans, stops, strict=True)
                if why != "done"
            ]
            self.report(sum(settled))
        if not left:
            self.indices = []
            if self.checkpoint is not None:
                self.checkpoint.remove()
            return
        if len(left) == len(stops) or (self.compiled and not self._worth_shrinking(left)):
            return
        # One survivor keeps a finished companion, so that it goes on in batched arithmetic.
        if len(left) == 1:
            left = sorted([left[0], next(k for k in range(len(stops)) if k != left[0])])
        if len(left) < len(stops):
            self._select(left)

    def _worth_shrinking(self, left: list[int]) -> bool:
        """Say whether idle rows cost more, until the last member can be done, than a graph for fewer members."""
        plans = [self.plans[k] for k in left]
        n_steps = max(
            len(batch_sizes(len(plan.rows), plan.batch_size)) * (plan.max_epochs - self.n_epochs)
            for plan in plans
        )
        work = self.population.layout.size * plans[0].batch_size
        return n_steps * (len(self.plans) - len(left)) * work * SECONDS_A_WEIGHT > COMPILATION

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Choose the backend for the members present."""
        plan, population = self.plans[0], self.population
        alone = len(population) == 1 and not worth_tracing_alone(plan)
        self.backend: Any = Solo(plan, population) if alone else Batched(plan, population)
        padded = (len(population) > 1 or bool(plan.compiled)) and rows_are_independent(plan)
        self.segments = segments([len(rows) for rows in self.rows.rows], plan.batch_size, padded=padded)
        self.steppers: dict[Any, Any] = {}  # by segment: finding one again takes as long as a small step
        self.n_passes = 1
        if alone and isinstance(plan.network, DrawsRows):  # each step is given all rows and takes some
            ids = self.rows.gather(self.rows.rows[0][None], [0])[0][0]
            self.n_passes = plan.network.steps_an_epoch(ids)
            self.segments = [replace(self.segments[0], before=done) for done in range(self.n_passes)]
        self.rows.weighted = any(segment.own is not None for segment in self.segments)
        self.compiled = bool(plan.compiled) and any(s.size == plan.batch_size for s in self.segments)

    def _select(self, members: list[int]) -> None:
        index = torch.tensor(members, device=self.population.flat.device)
        self.population = self.population.select(index)
        self.best.select(index)
        self.average.select(index)
        self.rows.select(members)
        for name in ("plans", "indices", "histories"):
            setattr(self, name, [getattr(self, name)[k] for k in members])
        self._build()

    def _result(self, k: int, why: str, averaged: Weights | None) -> TrainResult:
        state = self.population.member(k)
        best_epoch = self.n_epochs
        if averaged is not None:
            state.flat, state.buffers = averaged
        elif why == "nan" or (self.plans[k].validation_rows is not None and self.best.epoch[k] > 0):
            state.flat = self.best.flat[k].clone()
            state.buffers = {name: rows[k].clone() for name, rows in self.best.buffers.items()}
            best_epoch = int(self.best.epoch[k])
        return TrainResult(
            state=state,
            history=self.histories[k],
            best_epoch=best_epoch,
            stopped=why,
            snapshots=self.snapshots[self.indices[k]],
        )

    def _start_scale(self) -> None:
        """Start residual scales: as given, or from the residuals of the initial network."""
        population = self.population
        if self.objective.scale is None or population.scale is not None:
            return
        if not isinstance(self.objective.scale, str):
            given = [plan.objective.scale for plan in self.plans]
            population.scale = torch.tensor(given, dtype=population.flat.dtype, device=population.flat.device)
            return
        backend: Any = (Solo if len(population) == 1 else Batched)(self.plans[0], population)
        backend.train(False)
        population.scale = validate.residual_scales(
            self.objective, population, backend, self.rows, self.rows.rows
        )

    def _learning_rates(self) -> Rates | None:
        """Return the factors of this epoch's steps; None where no member has a schedule."""
        if not any(plan.schedule for plan in self.plans):
            return None
        n_steps = [
            sum(s.n_steps for s in self.segments if s.members is None or k in s.members)
            for k in range(len(self.plans))
        ]
        return Rates(self.plans, n_steps, self.n_epochs, self.population.flat, self.deadline)
