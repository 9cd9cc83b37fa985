"""The size of the pictures that a reference's network was fed with, for a network whose file leaves its own open."""

from __future__ import annotations

from explorer.network.network import Network, shape_of, value_name
from explorer.running.reference import Reference


def recorded_size(network: Network, reference: Reference) -> tuple[int, int] | None:
    """Height and width of the reference's input; None where it holds none, or ours takes that size already.

    Channels first and last are told apart by how many channels ours takes.
    """
    if len(network.inputs) != 1:
        return None
    ours = shape_of(network.inputs[0])
    name = value_name(network.inputs[0])
    key = next((key for key in (name, f"{name}:0", "input", "input:0", "data") if key in reference.shapes), None)
    theirs = reference.shapes[key] if key is not None else ()
    if ours is None or len(ours) != 4 or len(theirs) != 4:
        return None
    last = theirs[3] == ours[1] and theirs[1] != ours[1]
    if not last and theirs[1] != ours[1]:
        return None
    size = theirs[1:3] if last else theirs[2:]
    return None if size == ours[2:] else (size[0], size[1])
