"""A correction that can be carried out: on a few layers to try it, on the whole network to repair it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Concatenate, ParamSpec

if TYPE_CHECKING:
    from explorer.diagnosis.draft import Draft

Given = ParamSpec("Given")


class Fitted(IntEnum):
    """How much of an edit was taken from the reference: the more, the less it proves when it fits."""

    NOTHING = 0
    """A rule, and no number."""
    FEW = 1
    """A few numbers for the whole layer: α, ε, a slope."""
    PER_CHANNEL = 2
    """A few numbers for each channel, or the order of the channels."""
    ALL = 3
    """Every weight."""


class Doubt(IntEnum):
    """Whether weights that were fitted might stand for plainer mistakes, two in one layer."""

    NONE = 0
    """Nothing plainer comes to the same."""
    SOME = 1
    """Two rules that explain as much are to be believed rather."""
    MUCH = 2
    """It would fit, or nearly so, whatever is wrong."""


@dataclass(frozen=True, eq=False)
class Edit:
    """What is wrong in the port, and the change that puts it right.

    ``cause`` is of the contract's table, ``layer`` the source's layer whose nodes are changed, ``detail`` a phrase with
    the numbers, and ``left_open`` what the reference's data don't determine. ``apply`` changes a copy of the network,
    or of the part of it that holds ``layer``. ``doubt`` says what is looked for before an edit of weights
    is believed.
    """

    cause: str
    layer: str
    detail: str
    apply: Callable[[Draft], None]
    fitted: Fitted = Fitted.NOTHING
    left_open: str | None = None
    doubt: Doubt = Doubt.SOME


def change(
    function: Callable[Concatenate[Draft, Given], object], *args: Given.args, **kwargs: Given.kwargs
) -> Callable[[Draft], None]:
    """An edit's ``apply``: ``function`` on the draft it is given, with the other arguments as they are now."""

    def apply(draft: Draft) -> None:
        function(draft, *args, **kwargs)

    return apply
