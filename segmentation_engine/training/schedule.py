"""Learning rate and weight averaging by the clock: a run is given hours, not iterations."""

from __future__ import annotations

import math

import torch
from torch import nn

WARM_UP_SHARE = 0.02


def learning_rate(peak: float, done: float) -> float:
    """``done`` 0..1 of the run's hours: a linear warm-up, then a cosine to a hundredth of the peak."""
    if done < WARM_UP_SHARE:
        return peak * (0.02 + 0.98 * done / WARM_UP_SHARE)
    along = min(1.0, (done - WARM_UP_SHARE) / (1 - WARM_UP_SHARE))
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * along)))


class WeightAverage:
    """Exponential moving average of a module's parameters; buffers (batch statistics) are averaged alike."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.values = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Follow the module by one step; young averages follow faster."""
        self.updates += 1
        share = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in module.state_dict().items():
            mine = self.values[name]
            if mine.is_floating_point():
                mine.lerp_(value, share)
            else:
                mine.copy_(value)
