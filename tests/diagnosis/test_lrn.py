"""Local response normalisation: α, k, β, the window and the region."""

from __future__ import annotations

import onnx_ir as ir
import pytest

from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import Network
from tests.diagnosis.ports import Step, chain, diagnosed, drawn, finding_of, lrn, named, pool, recorded

X = 30 * drawn(1, 12, 7, 6, seed=7)
ALPHA = 2e-3


def _normalised(size: int = 5, alpha: float = ALPHA, beta: float = 0.75, k: float = 1.0) -> Network:
    return chain((12, 7, 6), lrn("norm1", size=size, alpha=alpha, beta=beta, bias=k))


def _within(size: int) -> Step:
    """Caffe's WITHIN_CHANNEL, written out."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer("norm1", "LRN")
        squared = layer.elementwise("Mul", x, x)
        mean = layer.pooling(
            squared,
            "AveragePool",
            kernel=[size] * 2,
            strides=[1, 1],
            pads=[size // 2] * 4,
            ceil=False,
            count_padding=True,
            spatial=[int(length) for length in shape_tuple(x)[2:]],
        )
        base = layer.elementwise("Add", layer.elementwise("Mul", mean, layer.constant(ALPHA)), layer.constant(1.0))
        return layer.top(layer.elementwise("Mul", x, layer.elementwise("Pow", base, layer.constant(-0.75))), "norm1")

    return step


@pytest.mark.parametrize(
    ("port", "text"),
    [
        (_normalised(alpha=ALPHA * 5), "α was not divided by the window: 0.01 → 0.002"),
        (_normalised(alpha=ALPHA / 5), "α was divided by the window: 0.0004 → 0.002"),
    ],
)
def test_alpha_divided_or_not_by_the_window_is_found(port: Network, text: str):
    finding = finding_of(_normalised(), port, X)
    assert (finding.layer, finding.cause, finding.detail) == ("norm1", "lrn-alpha", text)
    assert finding.indistinguishable == ()


def test_any_other_alpha_is_read_off_the_reference():
    finding = finding_of(_normalised(), _normalised(alpha=0.0007), X)
    assert (finding.layer, finding.cause, finding.detail) == ("norm1", "lrn-alpha", "α is 0.0007 and should be 0.002")


def test_another_k_is_found_with_its_number():
    finding = finding_of(_normalised(k=2.0), _normalised(k=1.0), X)
    assert (finding.layer, finding.cause, finding.detail) == ("norm1", "lrn-bias", "k is 1 and should be 2")


def test_another_exponent_is_found_with_its_number():
    finding = finding_of(_normalised(beta=0.75), _normalised(beta=0.5), X)
    assert (finding.layer, finding.cause, finding.detail) == ("norm1", "lrn-beta", "β is 0.5 and should be 0.75")


@pytest.mark.parametrize("alpha", [ALPHA, ALPHA * 3 / 5])
def test_another_window_is_found_whether_alpha_goes_with_it_or_not(alpha: float):
    finding = finding_of(_normalised(), _normalised(size=3, alpha=alpha), X)
    assert (finding.layer, finding.cause) == ("norm1", "lrn-size")
    assert finding.detail == "the window has 3 channels and should have 5"


def test_within_channels_for_across_is_found():
    finding = finding_of(chain((12, 7, 6), _within(5)), _normalised(), X)
    assert (finding.layer, finding.cause) == ("norm1", "lrn-region")
    assert finding.detail == "across 5 channels; the original sums 5×5 places within each channel"


def test_across_channels_for_within_is_found():
    finding = finding_of(_normalised(), chain((12, 7, 6), _within(5)), X)
    assert (finding.layer, finding.cause) == ("norm1", "lrn-region")
    assert finding.detail == "within each channel; the original goes across 5 channels"


def test_alpha_and_k_that_are_both_wrong_are_both_found():
    diagnosis = diagnosed(_normalised(alpha=ALPHA * 5, k=2.0), recorded(_normalised(), X))
    assert sorted(named(diagnosis)) == [("norm1", "lrn-alpha"), ("norm1", "lrn-bias")]
    assert diagnosis.after is not None and diagnosis.after.agrees


@pytest.mark.parametrize(
    ("port", "causes"),
    [
        (_normalised(size=3, alpha=ALPHA * 5), ["lrn-size", "lrn-alpha"]),
        (_normalised(size=7, k=2.0), ["lrn-size", "lrn-bias"]),
        (_normalised(beta=1.0, k=2.0), ["lrn-beta", "lrn-bias"]),
        (_normalised(size=3, alpha=ALPHA * 5, beta=0.61), ["lrn-size", "lrn-alpha", "lrn-beta"]),
    ],
)
def test_several_wrong_numbers_are_found_together(port: Network, causes: list[str]):
    diagnosis = diagnosed(port, recorded(_normalised(), X))
    assert named(diagnosis) == [("norm1", cause) for cause in causes]
    assert diagnosis.repaired is not None
    attributes = diagnosis.repaired.layer["norm1"].nodes[0].attributes
    found = [attributes[name].as_float() for name in ("alpha", "beta", "bias")]
    assert attributes["size"].as_int() == 5
    assert found == pytest.approx([ALPHA, 0.75, 1.0], rel=1e-6)


def test_an_exponent_that_nobody_uses_is_found_with_another_number():
    clean = _normalised(beta=0.63, k=1.7)
    diagnosis = diagnosed(_normalised(), recorded(clean, X))
    assert named(diagnosis) == [("norm1", "lrn-beta"), ("norm1", "lrn-bias")]
    assert diagnosis.after is not None and diagnosis.after.agrees


@pytest.mark.parametrize(
    ("port", "cause", "text"),
    [
        ({"alpha": ALPHA * 30}, "lrn-alpha", f"α is {ALPHA * 30:.6g} and should be {ALPHA:.6g}"),
        ({"beta": 1.1}, "lrn-beta", "β is 1.1 and should be 0.75"),
        ({"k": 2.3}, "lrn-bias", "k is 2.3 and should be 1"),
    ],
)
def test_a_number_that_a_maximum_pooling_hides_is_found_by_trying(port: dict[str, float], cause: str, text: str):
    def pooled(alpha: float = ALPHA, beta: float = 0.75, k: float = 1.0) -> Network:
        norm = lrn("norm1", size=5, alpha=alpha, beta=beta, bias=k)
        return chain((12, 7, 6), norm, pool("pool1", "MaxPool", 3, 1))

    finding = finding_of(pooled(), pooled(**port), X, without=("norm1",))
    assert (finding.layer, finding.cause, finding.detail) == ("norm1", cause, text)


def test_repaired_attributes_are_the_original_ones():
    diagnosis = diagnosed(_normalised(alpha=ALPHA * 5), recorded(_normalised(), X))
    assert diagnosis.repaired is not None
    attributes = diagnosis.repaired.layer["norm1"].nodes[0].attributes
    assert attributes["alpha"].as_float() == pytest.approx(ALPHA, rel=1e-6)
    assert attributes["size"].as_int() == 5
