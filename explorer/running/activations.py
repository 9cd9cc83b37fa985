"""What every layer of a network gave for one input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Activations:
    """The values of a network's layers, by value name, batch first.

    ``inputs`` is what was fed, by input name; ``fed_with`` says whether that was a picture on disk or a tensor of
    numbers. ``milliseconds`` is the time of the run itself on ``provider``. A value may be computed or read from disk
    when it is asked for, see :class:`explorer.running.held.HeldValues`.
    """

    values: Mapping[str, Array]
    inputs: Mapping[str, Array]
    provider: str
    milliseconds: float
    fed_with: Literal["picture", "tensor"] = "tensor"

    def __getitem__(self, value: str) -> Array:
        return self.values[value]

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def fetch(self, value: str, cancelled: Callable[[], bool] | None = None) -> Array:
        """The same as ``activations[value]``, for a value that may take long to come.

        :raises Cancelled: soon after ``cancelled()`` turns true.
        """
        fetch = getattr(self.values, "fetch", None)
        found: Array = self.values[value] if fetch is None else fetch(value, cancelled)
        return found

    def look_ahead(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Compute what would be computed when it is asked for, where there is room for it.

        :raises Cancelled: soon after ``cancelled()`` turns true.
        """
        look_ahead = getattr(self.values, "look_ahead", None)
        if look_ahead is not None:
            look_ahead(cancelled)


@dataclass(frozen=True)
class Class:
    """One line of a classification: the output's entry ``index``, its ``label`` where labels fit."""

    index: int
    label: str | None
    probability: float


def top_classes(output: Array, labels: tuple[str, ...] | None, count: int = 5) -> tuple[Class, ...]:
    """The ``count`` largest entries of one picture's output, largest first.

    ``output`` is the vector of one picture, any shape (size-one axes and maps are flattened). Labels are used where
    there is one for every entry. The numbers are the network's own: probabilities where it ends in a softmax.
    """
    scores = np.asarray(output).reshape(-1)
    # NaN sorts last in numpy, which would make it the best class.
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")[:count]
    fits = labels is not None and len(labels) == scores.size
    return tuple(Class(int(i), labels[i] if fits and labels else None, float(scores[i])) for i in order)


@dataclass(frozen=True)
class Classification:
    """The classes of one picture, for each output of the network that is a vector."""

    outputs: Mapping[str, tuple[Class, ...]] = field(default_factory=dict)
