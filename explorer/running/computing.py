"""What capturing wants of the runner that it works for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.running.program import Program


class Computing(Protocol):
    """A network on a provider, from which parts can be computed; ``memory`` is what their values may take, in bytes."""

    network: Network
    memory: int

    def output_names(self) -> tuple[str, ...]:
        """The names of the network's outputs."""

    def program_of(self, model: Any, outputs: Collection[str], *, lean: bool = False) -> Program:
        """A graph made ready to run on the same provider."""
