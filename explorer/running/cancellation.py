"""How long work below the session stops when the person asks it to, and how it says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Cancel = Callable[[], bool]
"""Whether the person has cancelled the work; asked again and again, from any thread."""

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


class Cancelled(Exception):  # noqa: N818 - it is an answer to the person, not an error
    """The person cancelled the work.

    Raised by a computation between two steps once its ``cancelled()`` answers true. It is not an error and
    has nothing to tell: whoever started the work drops what was computed and shows what stood there before.
    """
