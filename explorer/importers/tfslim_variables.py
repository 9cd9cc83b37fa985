"""What a checkpoint holds beside a network's weights: an optimiser's memory, moving averages, counters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

GLOBAL_STEP = "global_step"
"""How far training went; every checkpoint has it, and nobody misses it."""

AVERAGE = "ExponentialMovingAverage"

_OPTIMISER = re.compile(
    r"(Momentum|RMSProp(_\d+)?|Adam(_\d+)?|Adagrad|Adadelta(_\d+)?|Ftrl(_\d+)?|AdamW?(_\d+)?|LARSOptimizer|Nesterov)"
)
_COUNTERS = frozenset(("global_step", "beta1_power", "beta2_power", "learning_rate", "is_training", "train_mode"))


def is_training_variable(name: str) -> bool:
    """Whether a variable serves training alone, as its name says."""
    parts = name.split("/")
    last = parts[-1]
    counts = any(last == counter or last.startswith(f"{counter}_") for counter in _COUNTERS)
    return counts or last == AVERAGE or _OPTIMISER.fullmatch(last) is not None or parts[0] == "OptimizerSlots"


def describe_unused(names: Iterable[str], used: Collection[str]) -> str | None:
    """One sentence on the variables that a network has no use for, or None."""
    unused = [name for name in names if name not in used and name.rpartition("/")[2] != GLOBAL_STEP]
    averages = sum(name.rpartition("/")[2] == AVERAGE for name in unused)
    training = sum(is_training_variable(name) for name in unused) - averages
    others = [name for name in unused if not is_training_variable(name)]
    parts = []
    if training:
        parts.append(f"{training} of an optimiser or a counter")
    if averages:
        parts.append(f"{averages} moving averages of weights")
    if others:
        parts.append(f"{len(others)} more ('{others[0]}'{' …' if len(others) > 1 else ''})")
    return f"variables of the checkpoint that the network does not use: {', '.join(parts)}" if parts else None
