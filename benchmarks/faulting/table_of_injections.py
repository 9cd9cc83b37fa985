"""All injections: importing their modules enters them."""

from __future__ import annotations

from benchmarks.faulting import (  # noqa: F401 - each module enters its injections into the table
    injections_activations,
    injections_geometry,
    injections_inputs,
    injections_lrn,
    injections_normalisation,
    injections_precision,
    injections_resizing,
    injections_structure,
    injections_values,
    injections_weights,
)
from benchmarks.faulting.fault import INJECTIONS, Injection

ALL: tuple[Injection, ...] = tuple(INJECTIONS)

CAUSES: tuple[str, ...] = tuple(dict.fromkeys(injection.cause for injection in ALL))
