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


@dataclass(frozen=True, eq=False)
class Edit:
    """What is wrong in the port, and the change that puts it right.

    ``cause`` is of the contract's table, ``layer`` the source's layer whose nodes are changed, ``detail`` a phrase with
    the numbers, and ``left_open`` what the reference's data don't determine. ``apply`` changes a copy of the network,
    or of the part of it that holds ``layer``. ``doubtful`` edits would fit, or nearly so, where something plainer is
    wrong twice: that is looked for before they are believed.
    """

    cause: str
    layer: str
    detail: str
    apply: Callable[[Draft], None]
    fitted: Fitted = Fitted.NOTHING
    left_open: str | None = None
    doubtful: bool = False


def change(
    function: Callable[Concatenate[Draft, Given], object], *args: Given.args, **kwargs: Given.kwargs
) -> Callable[[Draft], None]:
    """An edit's ``apply``: ``function`` on the draft it is given, with the other arguments as they are now."""

    def apply(draft: Draft) -> None:
        function(draft, *args, **kwargs)

    return apply
