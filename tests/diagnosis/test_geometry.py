"""Where windows stand: padding, stride, dilation, crops and coordinates."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.geometry import by
from explorer.network.builder import NetworkBuilder, shape_tuple
from tests.diagnosis.ports import (
    Step,
    chain,
    conv,
    crop,
    deconv,
    diagnosed,
    drawn,
    finding_of,
    named,
    recorded,
    resize,
    unary,
)

X = drawn(1, 3, 8, 8, seed=7)
W = drawn(5, 3, 3, 3)


def _padded(name: str, pads: list[int]) -> Step:
    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "ZeroPadding2D")
        batch, channels, height, width = shape_tuple(x)
        shape = (batch, channels, int(height) + pads[0] + pads[2], int(width) + pads[1] + pads[3])
        amounts = layer.constant(np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64))
        return layer.top(layer.node("Pad", [x, amounts], shape), name)

    return step


def test_same_uneven_padding_for_a_symmetric_one_is_found_with_its_sides():
    clean, port = (chain((3, 8, 8), conv("conv1", W, pads=pads, stride=2)) for pads in ([0, 0, 1, 1], [1, 1, 0, 0]))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "padding")
    assert "where" in finding.detail and "is meant" in finding.detail


def test_another_amount_of_padding_is_found_where_the_maps_are_too_small():
    clean, port = (chain((3, 8, 8), conv("conv1", W, pads=pads)) for pads in (1, 0))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "padding")
    assert np.isinf(finding.residual_before)


def test_layer_that_pads_on_the_other_side_is_found():
    clean, port = (
        chain((3, 8, 8), _padded("pad1", pads), conv("conv1", W, stride=2)) for pads in ([0, 0, 1, 1], [1, 1, 0, 0])
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("pad1", "padding")


def test_padding_around_the_result_for_padding_around_the_maps_is_found():
    clean = chain((3, 8, 8), conv("conv1", W, pads=1, top="pad1"), unary("pad1", "Identity"))
    port = chain((3, 8, 8), conv("conv1", W, top="pad1"), _padded("pad1", [1, 1, 1, 1]))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "padding")
    assert finding.detail.startswith("the padding is around the result, and should be ")


def test_another_stride_is_found_with_its_number():
    clean, port = (chain((3, 8, 8), conv("conv1", W, pads=1, stride=stride)) for stride in (2, 1))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "stride-dilation")
    assert "stride 1×1 where 2×2 is meant" in finding.detail


def test_another_dilation_is_found_with_its_number():
    clean, port = (
        chain((3, 8, 8), conv("conv1", W, pads=pad, dilation=dilation)) for pad, dilation in ((2, 2), (1, 1))
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "stride-dilation")
    assert "dilation 1×1 where 2×2 is meant" in finding.detail


def test_another_crop_of_a_transposed_convolution_is_found():
    weight = drawn(3, 4, 4, 4)
    clean, port = (chain((3, 8, 8), deconv("up", weight, pads=pads, stride=2)) for pads in ([1, 1, 1, 1], [0, 0, 2, 2]))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("up", "deconvolution-crop")


def test_output_padding_of_a_transposed_convolution_is_found():
    weight = drawn(3, 4, 3, 3)
    clean, port = (chain((3, 8, 8), deconv("up", weight, pads=[1, 1, 1, 1], stride=2, extra=extra)) for extra in (1, 0))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("up", "deconvolution-crop")


def test_crop_at_another_place_is_found_with_its_corner():
    weight = drawn(3, 4, 4, 4)
    clean, port = (
        chain((3, 8, 8), deconv("up", weight, pads=[0, 0, 0, 0], stride=2), crop("crop1", begin, 14))
        for begin in (1, 3)
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("crop1", "deconvolution-crop")
    assert "where 1, 1 is meant" in finding.detail


@pytest.mark.parametrize(
    ("mode", "rule"), [("linear", "asymmetric"), ("linear", "align_corners"), ("nearest", "half_pixel")]
)
def test_other_coordinates_or_interpolation_are_found_by_name(mode: str, rule: str):
    right = resize("up", 2, mode=mode, coordinate_transformation_mode=rule)
    wrong = resize("up", 2, mode="linear", coordinate_transformation_mode="half_pixel")
    finding = finding_of(chain((3, 8, 8), right), chain((3, 8, 8), wrong), X)
    assert (finding.layer, finding.cause) == ("up", "upsample-coordinates")
    assert finding.detail.startswith(f"linear with half pixel where {mode} ")
    if mode == "linear":
        assert f"with {rule.replace('_', ' ')}" in finding.detail


def test_padding_and_rotated_kernels_in_one_layer_are_both_found():
    clean = chain((3, 8, 8), conv("conv1", W, pads=[0, 0, 1, 1], stride=2))
    port = chain((3, 8, 8), conv("conv1", W[:, :, ::-1, ::-1].copy(), pads=[1, 1, 0, 0], stride=2))
    diagnosis = diagnosed(port, recorded(clean, X))
    assert sorted(named(diagnosis)) == [("conv1", "kernel-rotated"), ("conv1", "padding")]
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_by_joins_sizes_for_a_sentence():
    assert by((3, 5)) == "3×5"
