"""Onnxruntime's profile of runs, its nodes traced back to those of the graph that it was given.

Onnxruntime (1.31) keeps a node's name where it keeps the node. What it fuses is called ``fused NAME`` after the first
part, a product with its bias ``NAME/MatMulAddFusion``, and what it moves into its blocked layout (NCHWc)
``VALUE_nchwc`` after the value that came out when it was moved; what is folded in later leaves no trace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import PortsideError

if TYPE_CHECKING:
    import onnx_ir as ir

NODE_NAME = "node-{}-"
"""What the nodes of the graph must be called, by their place in it: no such name is the beginning of another."""

_PLACE = re.compile(r"node-(\d+)-")
_KERNEL = "_kernel_time"
_BLOCKED = "_nchwc"

HEAVY = frozenset(
    {"Conv", "ConvTranspose", "Gemm", "MatMul", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN"}
)
"""What a fused node is looked for behind, and never beyond: these are never folded into what stands before them."""


@dataclass(frozen=True)
class ProfiledRun:
    """One run: milliseconds of the whole, of each node by its place in the graph, and of what is no node of it."""

    milliseconds: float
    nodes: Mapping[int, float]
    conversions: float


def read_profile(path: Path, nodes: Sequence[ir.Node]) -> list[ProfiledRun]:
    """The runs that a profile holds, in their order; ``nodes`` are the graph's, called ``NODE_NAME`` by their places.

    :raises PortsideError: when it is no profile.
    """
    try:
        events = json.loads(path.read_text("utf-8", "replace"))
        runs = [event for event in events if event["cat"] == "Session" and event["name"] == "model_run"]
        kernels = [event for event in events if event["cat"] == "Node" and event["name"].endswith(_KERNEL)]
        kernels.sort(key=lambda event: event["ts"])
        tracing = _Tracing(nodes)
        found = []
        for run in sorted(runs, key=lambda event: event["ts"]):
            end = run["ts"] + run["dur"]
            inside = [event for event in kernels if run["ts"] <= event["ts"] <= end]
            found.append(_profiled(run["dur"] / 1e3, inside, tracing))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PortsideError(f"onnxruntime's profile can't be read ({error})", file=path) from None
    return found


def shared_nodes(nodes: Sequence[ir.Node], timed: Collection[int]) -> dict[int, int]:
    """For each node that has no time of its own the one that it is computed with, by their places.

    What is folded is folded into what stands before it. Nodes that nothing stands before are not there.
    """
    place = {node: number for number, node in enumerate(nodes)}
    found: dict[int, int] = {}
    for number, node in enumerate(nodes):
        if number in timed:
            continue
        givers = (value.producer() for value in node.inputs if value is not None)
        before = (place[giver] for giver in givers if giver in place)
        sources = (last if last in timed else found.get(last) for last in before)
        source = next((source for source in sources if source is not None), None)
        if source is not None:
            found[number] = source
    return found


class _Tracing:
    """From the names of a profile to places in the graph."""

    def __init__(self, nodes: Sequence[ir.Node]) -> None:
        self._nodes = nodes
        self._place = {node: number for number, node in enumerate(nodes)}
        self._giver = {value.name: number for number, node in enumerate(nodes) for value in node.outputs if value.name}
        self._known: dict[tuple[str, str], int | None] = {}

    def place(self, name: str, kind: str) -> int | None:
        """Which node a kernel of that name and operator stands for; None: for none, it converts."""
        key = (name, kind)
        if key not in self._known:
            self._known[key] = self._found(name, kind.removeprefix("Fused"))
        return self._known[key]

    def _found(self, name: str, kind: str) -> int | None:
        named = _PLACE.search(name)
        if named is not None and int(named[1]) < len(self._nodes):
            return int(named[1])
        value = name.removesuffix(_BLOCKED)
        if value == name or value not in self._giver:
            return None
        return self._before(self._giver[value], kind)

    def _before(self, number: int, kind: str) -> int:
        """The node of that kind which, with all that follows it up to this one, has become one."""
        seen = {number}
        pending = [number]
        while pending:
            current = self._nodes[pending.pop(0)]
            if current.op_type == kind:
                return self._place[current]
            if current.op_type in HEAVY:
                continue
            for value in current.inputs:
                producer = None if value is None else value.producer()
                before = None if producer is None else self._place.get(producer)
                if before is not None and before not in seen:
                    seen.add(before)
                    pending.append(before)
        return number


def _profiled(milliseconds: float, kernels: Sequence[Mapping[str, Any]], tracing: _Tracing) -> ProfiledRun:
    spent: dict[int, float] = {}
    conversions = 0.0
    for event in kernels:
        place = tracing.place(event["name"].removesuffix(_KERNEL), event["args"].get("op_name", ""))
        if place is None:
            conversions += event["dur"] / 1e3
        else:
            spent[place] = spent.get(place, 0.0) + event["dur"] / 1e3
    return ProfiledRun(milliseconds, spent, conversions)
