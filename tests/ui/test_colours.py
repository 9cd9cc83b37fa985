"""Colours that mean something are told apart by who does not see red, green or blue, and writing can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.ui.theme import MARKS, Theme, ThemeName, theme

Colour = NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, on linear RGB.
SIGHTS: dict[str, Colour] = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}

# IEC 61966-2-1: linear sRGB to XYZ under D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

THEMES: tuple[ThemeName, ...] = ("light", "dark")

TOLD_APART = 20.0
"""CIELAB distance of what stands beside each other and means something else; 2.3 is just seen side by side."""

KINDS_APART = 10.0
"""The same of nine kinds of operation, each of which has its name beside it."""

READ, SEEN = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11: the least contrast of writing, and of large writing, marks and lines, with the ground."""


def linear(colour: str) -> Colour:
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, sight: Colour) -> Colour:
    seen = np.clip(sight @ linear(colour), 0, 1)
    ratio = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(first: str, second: str, sight: Colour) -> float:
    return float(np.linalg.norm(lab(first, sight) - lab(second, sight)))


def contrast(first: str, second: str) -> float:
    """WCAG 2.2, the ratio of relative luminances."""
    light, dark = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measures_are_the_published_ones():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert lab("#ff0000", SIGHTS["all colours"]) == pytest.approx([53.24, 80.09, 67.20], abs=0.1)
    for sight in SIGHTS.values():
        assert sight.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert lab("#ffffff", sight) == pytest.approx([100, 0, 0], abs=0.1)


def beside_each_other(colours: Theme) -> dict[str, tuple[str, ...]]:
    verdicts = tuple(dict.fromkeys(str(getattr(colours, mark.colour)) for mark in MARKS.values()))
    return {
        "verdicts": verdicts,
        "ours and reference": (colours.ours, colours.reference),
        "chosen and not": (colours.accent, colours.line),
    }


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_beside_each_other_are_told_apart(name, sight):
    for what, colours in beside_each_other(theme(name)).items():
        for first, second in combinations(colours, 2):
            found = distance(first, second, SIGHTS[sight])
            assert found >= TOLD_APART, f"{what}: {first} and {second} are {found:.1f} apart"


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_kinds_of_operations_are_told_apart(name, sight):
    for first, second in combinations(theme(name).kinds.items(), 2):
        found = distance(first[1], second[1], SIGHTS[sight])
        assert found >= KINDS_APART, f"{first[0]} and {second[0]} are {found:.1f} apart"


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "raised", "frame"])
def test_writing_can_be_read_on_every_ground(name, ground):
    colours = theme(name)
    for word in ("text", "muted", "accent", "agrees", "inherits", "culprit", "ours", "reference"):
        found = contrast(getattr(colours, word), getattr(colours, ground))
        assert found >= READ, f"{word} on {ground}: {found:.2f}"


@pytest.mark.parametrize("name", THEMES)
def test_writing_can_be_read_where_it_is_chosen(name):
    colours = theme(name)
    assert contrast(colours.text, colours.selection) >= READ
    assert contrast(colours.muted, colours.selection) >= READ
    assert contrast(colours.accent_text, colours.accent) >= READ


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "raised", "frame", "selection"])
def test_marks_are_seen_on_every_ground(name, ground):
    colours = theme(name)
    marks = {mark.colour: str(getattr(colours, mark.colour)) for mark in MARKS.values()}
    for what, colour in {**marks, **colours.kinds, "accent": colours.accent}.items():
        found = contrast(colour, getattr(colours, ground))
        assert found >= SEEN, f"{what} on {ground}: {found:.2f}"


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["window", "frame"])
def test_the_lines_of_the_graph_are_seen(name, ground):
    colours = theme(name)
    assert contrast(colours.edge, getattr(colours, ground)) >= SEEN
