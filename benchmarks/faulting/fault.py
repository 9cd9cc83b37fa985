"""What an injection is, what it says it did, and the table of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.port import Port
from explorer.network.network import Layer, Network


@dataclass(frozen=True)
class Truth:
    """What was done to a port.

    ``layers``: for each layer that a diagnosis has to name the names that it may give to it; more than one where the
    faulty layer is not in the port any more, so that either neighbour is a fair answer. ``causes``: the causes of the
    contract that say it, more than one only where the contract's own words fit twice; ``cause`` is the injection's.
    """

    cause: str
    detail: str
    layers: tuple[frozenset[str], ...]
    causes: frozenset[str]


@dataclass(frozen=True)
class Done:
    """An injection's own word: a sentence, and where its layer or cause differ from what it was asked for."""

    detail: str
    layers: tuple[frozenset[str], ...] = ()
    causes: frozenset[str] = frozenset()


Fits = Callable[[Layer, Network], bool]
Inject = Callable[[Port, Layer, Generator], "str | Done"]


@dataclass(frozen=True)
class Injection:
    """One way to get one thing wrong: ``fits`` says cheaply whether a layer might have it."""

    cause: str
    variant: str
    fits: Fits
    inject: Inject = field(repr=False)

    def __call__(self, port: Port, name: str, random: Generator) -> Truth:
        """Make the port wrong in the layer ``name``.

        :raises NotEligibleError: when it can't be wrong in this way.
        """
        said = self.inject(port, port.layer(name), random)
        done = Done(said) if isinstance(said, str) else said
        layers, causes = done.layers or (frozenset([name]),), done.causes or frozenset([self.cause])
        return Truth(self.cause, done.detail, layers, causes)


INJECTIONS: list[Injection] = []
"""Every injection, in the order in which the modules name them."""


def injection(cause: str, variant: str, fits: Fits) -> Callable[[Inject], Inject]:
    """Enter a function under a cause and a variant, both of which together are its name."""

    def enter(inject: Inject) -> Inject:
        assert not any((other.cause, other.variant) == (cause, variant) for other in INJECTIONS), (cause, variant)
        INJECTIONS.append(Injection(cause, variant, fits, inject))
        return inject

    return enter


def has(*operators: str) -> Fits:
    """Layers with a node of one of these operators."""

    def fits(layer: Layer, network: Network) -> bool:
        return any(node.op_type in operators for node in layer.nodes)

    return fits


def has_where(holds: Callable[[ir.Node], bool], *operators: str) -> Fits:
    """Layers with a node of one of these operators of which something holds."""

    def fits(layer: Layer, network: Network) -> bool:
        return any(node.op_type in operators and holds(node) for node in layer.nodes)

    return fits


def is_input(layer: Layer, network: Network) -> bool:
    """The network's inputs."""
    return not layer.nodes


def leave_out(port: Port, layer: Layer, detail: str) -> Done:
    """Leave a layer out altogether; the layers on both sides of the gap are fair names for it."""
    readers = {use.node.metadata_props.get("portside.layer", "") for use in layer.outputs[0].uses()}
    source = layer.inputs[0].producer()
    before = {""} if source is None else {source.metadata_props.get("portside.layer", "")}
    port.remove_layer(layer)
    return Done(detail, (frozenset(readers | before | {layer.name}) - {""},))
