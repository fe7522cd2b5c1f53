"""The training loop: seeded, resumable after a kill, on CPU, one GPU, or several under torchrun."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from segmentation_engine.checkpoint import read_checkpoint, write_checkpoint
from segmentation_engine.model import S2VNet, S2VNetConfig
from segmentation_engine.training.data import BatchShape, ClipBatch, ClipDataset, class_names, clip_loader
from segmentation_engine.training.data.dataset import VARIED_SHARE
from segmentation_engine.training.losses import LossWeights
from segmentation_engine.training.plan import PlanOptions
from segmentation_engine.training.rollout import ClipRollout
from segmentation_engine.training.runs import WEIGHTS, load_checkpoint, save_checkpoint
from segmentation_engine.training.schedule import WeightAverage, learning_rate
from segmentation_engine.training.validation import validate

log = logging.getLogger(__name__)
_LONGEST_STEP_S = 60.0


@dataclass(frozen=True)
class TrainingOptions:
    """What a run is told on the command line."""

    data: Path
    run: Path
    hours: float
    peak_rate: float = 1e-3
    weight_decay: float = 0.02
    average_decay: float = 0.998
    gradient_limit: float = 1.0
    slices_per_batch: int = 32
    varied_share: float = VARIED_SHARE
    start_from: Path | None = None
    seed: int = 0
    workers: int = 1
    threads: int | None = None
    save_minutes: float = 3.0
    validate_minutes: float = 10.0
    log_every: int = 20
    most_iterations: int | None = None


@dataclass(frozen=True)
class Place:
    """Which of how many processes this is, and its device."""

    rank: int
    processes: int
    device: torch.device

    @property
    def leads(self) -> bool:
        return self.rank == 0


@contextlib.contextmanager
def working_place() -> Iterator[Place]:
    """This process' place; joins the others when started by torchrun."""
    processes, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if on_gpu else torch.device("cpu")
    if processes == 1:
        yield Place(rank, processes, device)
        return
    torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Place(rank, processes, device)
    finally:
        torch.distributed.destroy_process_group()


class Trainer:
    """Everything that a run carries from one iteration to the next."""

    def __init__(self, options: TrainingOptions, config: S2VNetConfig, place: Place) -> None:
        torch.manual_seed(options.seed)
        self.options, self.config, self.place = options, config, place
        self.net = _placed(config, place)
        if options.start_from is not None:
            self._start_from(options.start_from)
        self.average = WeightAverage(self.net, options.average_decay)
        self.optimizer = torch.optim.AdamW(_groups(self.net, options.weight_decay), lr=options.peak_rate)
        self.iteration = 0
        self.elapsed_s = 0.0
        self._resume()
        rollout = ClipRollout(self.net, PlanOptions(), LossWeights())
        self.rollout: nn.Module = rollout
        if place.processes > 1:
            self.rollout = nn.parallel.DistributedDataParallel(rollout, find_unused_parameters=True)

    def _start_from(self, weights: Path) -> None:
        """Begin with the weights of an earlier run; ValueError if they are of another network."""
        earlier, _ = read_checkpoint(weights)
        if earlier.config != self.config:
            raise ValueError(f"{weights} holds a network of another configuration than this run's.")
        self.net.load_state_dict(earlier.state_dict())

    def _resume(self) -> None:
        state = load_checkpoint(self.options.run)
        if state is None:
            return
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.values, self.average.updates = state["average"], state["average_updates"]
        self.iteration, self.elapsed_s = state["iteration"], state["elapsed_s"]
        log.info("resumed at iteration %d, %.1f minutes into the run", self.iteration, self.elapsed_s / 60)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds; ``net`` first so that it is easy to find."""
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.values,
            "average_updates": self.average.updates,
            "iteration": self.iteration,
            "elapsed_s": self.elapsed_s,
            "config": self.config.to_dict(),
            "options": {name: str(value) for name, value in asdict(self.options).items()},
        }

    @property
    def done(self) -> float:
        """Share of the run's hours that is over, 0..1."""
        return min(1.0, self.elapsed_s / (self.options.hours * 3600))

    def step(self, batch: ClipBatch) -> dict[str, float]:
        """One optimiser step; -> the terms of the loss and what was watched."""
        self.net.train()
        random = np.random.default_rng([self.options.seed, 7, self.place.rank, self.iteration])
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options.peak_rate, self.done)
        with torch.autocast(self.place.device.type, torch.bfloat16):
            terms: dict[str, Tensor] = self.rollout(batch, random)
        self.optimizer.zero_grad(set_to_none=True)
        terms["total"].backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), self.options.gradient_limit)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.average.update(self.net)
        self.iteration += 1
        return {**{name: float(value.detach()) for name, value in terms.items()}, "gradient": float(norm)}

    def averaged(self) -> S2VNet:
        """A copy of the network with the averaged weights, ready for use."""
        net = _placed(self.config, self.place)
        net.load_state_dict(self.average.values)
        net.eval()
        return net

    def export(self, path: Path) -> None:
        """Averaged weights as the engine reads them."""
        facts = {"iterations": str(self.iteration), "hours": f"{self.elapsed_s / 3600:.2f}"}
        write_checkpoint(path, self.averaged(), facts)


def train(options: TrainingOptions, config: S2VNetConfig | None = None) -> None:
    """Train until the hours of the run are over; a second call with the same run folder goes on where it stopped."""
    options.run.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    with working_place() as place:
        named = replace(config or S2VNetConfig(), classes=tuple(class_names()))
        trainer = Trainer(options, named, place)
        seed = options.seed + 1000 * place.rank
        shape = BatchShape(slices_per_batch=options.slices_per_batch)
        dataset = ClipDataset(
            options.data,
            options.run.parent / "prepared",
            shape=shape,
            seed=seed,
            start=trainer.iteration,
            varied_share=options.varied_share,
        )
        held_out = ClipDataset(options.data, options.run.parent / "prepared", part="held_out", seed=1, count=10)
        with Watch(options, place) as watch:
            _iterate(trainer, dataset, held_out, watch)
        if place.leads:
            save_checkpoint(options.run, trainer.state())
            trainer.export(options.run / WEIGHTS)


def _iterate(trainer: Trainer, dataset: ClipDataset, held_out: ClipDataset, watch: Watch) -> None:
    options = trainer.options
    saved = validated = before = time.monotonic()
    for batch in clip_loader(dataset, workers=options.workers):
        watch.step(trainer, trainer.step(batch), batch.labels.shape[0] * batch.labels.shape[1])
        now = time.monotonic()
        # A machine that slept or was shared must not eat the run's hours in one step.
        trainer.elapsed_s += min(now - before, _LONGEST_STEP_S)
        before = now
        over = trainer.done >= 1 or trainer.iteration == options.most_iterations
        if watch.leads and now - saved > options.save_minutes * 60:
            save_checkpoint(options.run, trainer.state())
            trainer.export(options.run / WEIGHTS)
            saved = now
        if watch.leads and (over or now - validated > options.validate_minutes * 60):
            watch.validation(trainer, validate(trainer.averaged(), held_out, options.seed))
            trainer.elapsed_s += time.monotonic() - now
            validated = before = time.monotonic()
        if over:
            return


class Watch:
    """Progress bar, log lines and TensorBoard; only the leading process shows anything."""

    def __init__(self, options: TrainingOptions, place: Place) -> None:
        self.options = options
        self.leads = place.leads
        self._sums: dict[str, list[float]] = defaultdict(list)
        self._since, self._slices = time.monotonic(), 0

    def __enter__(self) -> Watch:
        self._writer = SummaryWriter(str(self.options.run)) if self.leads else None
        self._bar = tqdm(
            total=100.0, unit="%", disable=not self.leads, mininterval=10, bar_format="{l_bar}{bar}{postfix}"
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
        if self._writer is not None:
            self._writer.close()

    def step(self, trainer: Trainer, terms: dict[str, float], slices: int) -> None:
        """Note one iteration; every few of them their means are logged."""
        for name, value in terms.items():
            self._sums[name].append(value)
        self._slices += slices
        self._bar.update(100 * trainer.done - self._bar.n)
        if trainer.iteration % self.options.log_every or not self.leads:
            return
        means = {name: float(np.mean(values)) for name, values in self._sums.items()}
        means["slices_per_s"] = self._slices / (time.monotonic() - self._since)
        self._write("train", trainer, means)
        self._sums.clear()
        self._since, self._slices = time.monotonic(), 0

    def validation(self, trainer: Trainer, numbers: dict[str, float]) -> None:
        """Note what the held-out clips gave."""
        self._write("held_out", trainer, numbers)
        self._since, self._slices = time.monotonic(), 0

    def _write(self, name: str, trainer: Trainer, numbers: dict[str, float]) -> None:
        shown = " ".join(f"{key}={value:.3f}" for key, value in sorted(numbers.items()))
        log.info("%s iteration=%d done=%.3f %s", name, trainer.iteration, trainer.done, shown)
        if self._writer is not None:
            for key, value in numbers.items():
                self._writer.add_scalar(f"{name}/{key}", value, trainer.iteration)


def _placed(config: S2VNetConfig, place: Place) -> S2VNet:
    net = S2VNet(config).to(place.device)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net


def _groups(net: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and kernels only."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
