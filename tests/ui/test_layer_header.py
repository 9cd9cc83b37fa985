"""The head of the panel."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from explorer.comparison.comparison import LayerComparison
from explorer.comparison.metrics import Errors
from explorer.ui.error_bar import ErrorBar
from explorer.ui.layer_header import LayerHeader
from explorer.ui.layer_view_state import LayerView
from explorer.ui.theme import theme
from tests.ui.person import colours_of

LIGHT = theme("light")
ONES = np.ones((1, 128, 28, 28), np.float32)


@pytest.fixture
def header(qtbot):
    made = LayerHeader(LIGHT)
    qtbot.addWidget(made)
    made.resize(430, 120)
    return made


def text(header, name):
    label = header.findChild(QLabel, name)
    return label.text() if not label.isHidden() else None


CULPRIT = LayerComparison(
    "inception_3a/3x3",
    "Convolution",
    reference_key="inception_3a/3x3",
    shape=ONES.shape,
    reference_shape=ONES.shape,
    stretch=("inception_3a/3x3", "inception_3a/relu_3x3"),
    isolated=Errors(4.4, 1.1, 0.431),
    cumulative=Errors(4.5, 1.2, 0.43),
    isolated_floor=2.1e-7,
    noise_floor=8e-7,
    verdict="culprit",
)


def test_a_compared_layer_tells_everything(header):
    header.show_layer(LayerView("inception_3a/3x3", "Convolution", ONES, ONES, CULPRIT, "tensor"))
    assert text(header, "layer-title") == "inception_3a/3x3"
    assert text(header, "layer-type") == "Convolution"
    assert text(header, "layer-shapes") == "128×28×28 = 128×28×28"
    assert text(header, "layer-verdict") == "culprit"
    assert text(header, "layer-note") == (
        "input: the reference's tensor · recorded after inception_3a/relu_3x3, in place"
    )
    figures = {"relative-L2": "1.1", "floor": "2.1e-7", "max-abs": "4.4", "cosine": "0.431"}
    for name, expected in figures.items():
        assert text(header, f"error-isolated-{name}") == expected
    assert text(header, "error-cumulative-floor") == "8e-7"


def test_shapes_that_differ_are_in_the_colour_of_a_culprit(header):
    unlike = replace(CULPRIT, verdict="shape", reference_shape=(1, 128, 27, 27), isolated=None, cumulative=None)
    header.show_layer(LayerView("inception_3a/3x3", "Convolution", ONES, None, unlike))
    label = header.findChild(QLabel, "layer-shapes")
    assert label.text() == "128×28×28 ≠ 128×27×27"
    assert label.colour == LIGHT.culprit
    assert LIGHT.culprit in colours_of(label)
    assert text(header, "layer-verdict") == "other shape"
    assert header.findChild(QLabel, "error-isolated-floor").parentWidget().isHidden()


def test_without_a_reference_there_is_no_verdict(header):
    header.show_layer(LayerView("conv1", "Convolution", ONES, fed_with="picture"))
    assert text(header, "layer-verdict") is None
    assert text(header, "layer-note") == "input: the picture"
    assert text(header, "layer-shapes") == "128×28×28"


def test_without_a_layer_there_is_no_head(header):
    header.show_layer(LayerView("conv1", "Convolution", ONES))
    header.show_layer(None)
    assert header.isHidden()


def test_an_error_that_is_not_known_is_a_dash(header):
    header.show_layer(LayerView("conv1", "Convolution", ONES, ONES, replace(CULPRIT, isolated=None)))
    assert text(header, "error-isolated-relative-L2") == "–"
    assert text(header, "error-cumulative-relative-L2") == "1.2"


def test_a_culprit_inherits_no_colour_from_an_inheriting_layer(header):
    inherits = replace(CULPRIT, verdict="inherited", isolated=Errors(1e-6, 1e-7, 1.0))
    header.show_layer(LayerView("conv1", "Convolution", ONES, ONES, inherits))
    isolated, cumulative = header.findChildren(ErrorBar)
    for bar in (isolated, cumulative):
        bar.resize(200, 16)
    assert LIGHT.agrees in colours_of(isolated)
    assert LIGHT.inherits in colours_of(cumulative)


def test_another_theme(header):
    header.show_layer(LayerView("conv1", "Convolution", ONES, ONES, CULPRIT))
    header.show_theme(theme("dark"))
    assert header.findChild(QLabel, "layer-verdict").colour == theme("dark").culprit
