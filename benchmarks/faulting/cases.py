"""Cases: which faults go into which network, drawn evenly over causes, variants and networks."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from numpy.random import Generator

from benchmarks.faulting.fault import Injection
from benchmarks.faulting.networks import Subject
from benchmarks.faulting.port import NotEligibleError, Port
from benchmarks.faulting.table_of_injections import ALL

SAME_LAYER = 0.25
"""The share of pairs and triples whose faults lie in one layer, where that has a place for them."""

SYSTEMATIC = (
    *("kernel-rotated", "kernel-axes", "fc-transposed", "bias-missing", "weights-precision"),
    *("lrn-alpha", "bn-epsilon", "bn-scale-factor", "bn-gamma", "dropout-scale"),
    *("average-divisor", "pool-rounding", "padding", "activation-slope", "activation-kind", "activation-missing"),
)
"""Causes that a converter gets wrong everywhere at once."""


OF_WEIGHTS = (
    *("kernel-rotated", "kernel-axes", "depthwise-layout", "group-order", "fc-transposed", "fc-flatten-order"),
    *("weights-exchanged", "channels-permuted", "label-order", "weights-precision", "bias-missing", "bias-wrong"),
)
"""Causes that change a layer's own weights and nothing else."""


@dataclass(frozen=True)
class Pick:
    """One fault to be put into one layer."""

    injection: Injection
    layer: str

    @property
    def name(self) -> str:
        """As it is written on the command line."""
        return f"{self.injection.cause}/{self.injection.variant}@{self.layer}"


@dataclass(frozen=True)
class Case:
    """Faults for one network; ``systematic``: each in every layer that has a place for it."""

    network: str
    picks: tuple[Pick, ...]
    systematic: bool = False

    @property
    def name(self) -> str:
        """The case as ``--case`` takes it."""
        return "|".join([self.network, *(pick.name for pick in self.picks)])

    @property
    def kind(self) -> str:
        """In which table the case counts."""
        if self.systematic:
            return "systematic"
        return {0: "clean", 1: "singles", 2: "pairs", 3: "triples"}.get(len(self.picks), "more")

    def random(self, seed: int, position: int) -> Generator:
        """The numbers drawn for the fault at ``position``, the same whatever else is in the case or in the run."""
        name = self.picks[position].name if position < len(self.picks) else self.name
        return np.random.default_rng([seed, zlib.crc32(f"{self.network}|{name}".encode())])


def parse_case(text: str) -> Case:
    """The inverse of ``Case.name``; a layer ``*`` means every layer.

    :raises ValueError: when it names no injection.
    """
    network, *parts = text.split("|")
    picks = []
    for part in parts:
        cause, _, rest = part.partition("/")
        variant, _, layer = rest.partition("@")
        found = [each for each in ALL if (each.cause, each.variant) == (cause, variant)]
        if not found:
            raise ValueError(f"there is no injection '{cause}/{variant}'")
        picks.append(Pick(found[0], layer))
    return Case(network, tuple(picks), any(pick.layer == "*" for pick in picks))


def candidates(subject: Subject, causes: Sequence[str] = ()) -> list[Pick]:
    """Every injection with every layer that may have a place for it."""
    return [
        Pick(injection, layer.name)
        for injection in ALL
        if not causes or injection.cause in causes
        for layer in subject.network.layers
        if injection.fits(layer, subject.network)
    ]


def draw_singles(subjects: Sequence[Subject], causes: Sequence[str], seed: int) -> Iterator[Case]:
    """Cases with one fault, without end: cause after cause, variant after variant, network after network, no repeat."""
    random = np.random.default_rng([seed, 1])
    by_name = {subject.name: subject for subject in subjects}
    pools: dict[str, dict[str, dict[str, list[Pick]]]] = defaultdict(lambda: defaultdict(dict))
    for subject in subjects:
        for pick in candidates(subject, causes):
            by_network = pools[pick.injection.cause][pick.injection.variant]
            by_network.setdefault(subject.name, []).append(pick)
    turns: dict[str, Iterator[tuple[str, str]]] = {}
    for cause, variants in pools.items():
        keys = [(variant, network) for variant, networks in variants.items() for network in networks]
        order = [keys[index] for index in random.permutation(len(keys))]
        # Every variant comes before any comes again, each time in another network.
        seen: dict[str, int] = defaultdict(int)
        ranked = []
        for key in order:
            ranked.append((seen[key[0]], key))
            seen[key[0]] += 1
        turns[cause] = cycle([key for _, key in sorted(ranked, key=lambda item: item[0])])
    while pools:
        for cause in list(pools):
            found = _next(pools[cause], turns[cause], random)
            while found is not None and not _has_place(by_name[found[0]], found[1]):
                found = _next(pools[cause], turns[cause], random)
            if found is None:
                del pools[cause]
            else:
                yield Case(found[0], (found[1],))


def _has_place(subject: Subject, pick: Pick) -> bool:
    """Whether the injection finds what it needs in the layer; whether the rest still runs is seen later."""
    try:
        pick.injection(Port(subject.network, subject.pixels), pick.layer, np.random.default_rng(0))
    except NotEligibleError:
        return False
    return True


def _next(
    variants: dict[str, dict[str, list[Pick]]], turn: Iterator[tuple[str, str]], random: Generator
) -> tuple[str, Pick] | None:
    left = sum(len(picks) for networks in variants.values() for picks in networks.values())
    while left:
        variant, network = next(turn)
        picks = variants[variant][network]
        if picks:
            return network, picks.pop(int(random.integers(len(picks))))
    return None


def all_singles(subjects: Sequence[Subject], causes: Sequence[str]) -> Iterator[Case]:
    """Every injection in every layer of every network."""
    for subject in subjects:
        for pick in candidates(subject, causes):
            yield Case(subject.name, (pick,))


def draw_several(subjects: Sequence[Subject], causes: Sequence[str], count: int, seed: int) -> Iterator[Case]:
    """Cases with ``count`` faults in random layers, a share of them in one layer, without end."""
    random = np.random.default_rng([seed, count])
    pools = {subject.name: _by_cause(subject, causes) for subject in subjects}
    while any(pools.values()):
        subject = subjects[int(random.integers(len(subjects)))]
        by_cause = pools[subject.name]
        if not by_cause:
            continue
        picks: list[Pick] = []
        for _ in range(count):
            cause = str(random.choice(sorted(by_cause)))
            choices = by_cause[cause]
            if picks and random.random() < SAME_LAYER:
                everything = [pick for several in by_cause.values() for pick in several]
                same = [
                    p for p in everything if p.layer == picks[0].layer and p.injection.cause != picks[0].injection.cause
                ]
                choices = same or choices
            picks.append(choices[int(random.integers(len(choices)))])
        different = len({(pick.injection.cause, pick.layer) for pick in picks}) == count and not _swallowed(picks)
        if different and all(_has_place(subject, pick) for pick in picks):
            yield Case(subject.name, tuple(picks))


def _swallowed(picks: Sequence[Pick]) -> bool:
    """Whether other weights hide another fault of theirs: rotated noise is noise, and one fit explains both."""
    fitted = {pick.layer for pick in picks if pick.injection.cause == "weights-other"}
    return any(pick.layer in fitted and pick.injection.cause in OF_WEIGHTS for pick in picks)


def draw_systematic(subjects: Sequence[Subject], causes: Sequence[str], seed: int) -> Iterator[Case]:
    """Cases with one fault in every layer of a network that has a place for it."""
    random = np.random.default_rng([seed, 4])
    found = [
        Case(subject.name, (Pick(injection, "*"),), systematic=True)
        for subject in subjects
        for injection in ALL
        if injection.cause in SYSTEMATIC and (not causes or injection.cause in causes)
        if sum(injection.fits(layer, subject.network) for layer in subject.network.layers) > 1
    ]
    yield from (found[index] for index in random.permutation(len(found)))


def _by_cause(subject: Subject, causes: Sequence[str]) -> dict[str, list[Pick]]:
    found: dict[str, list[Pick]] = defaultdict(list)
    for pick in candidates(subject, causes):
        found[pick.injection.cause].append(pick)
    return dict(found)
