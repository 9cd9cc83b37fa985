"""Which blob a layer gets: its own, one shared by name, or a filler."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network import marks
from explorer.network.costs import costs
from explorer.network.provenance import Provenance
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import forward, layer, noise

X = noise(2, 6)


def product(name: str, specs: str, more: str = "", out: int = 4) -> str:
    parameters = f"{specs} inner_product_param {{ num_output: {out} {more} }}"
    return layer("InnerProduct", parameters, top=name)


SHARED = product("a", 'param { name: "w" } param { name: "b" }') + product(
    "c", 'param { name: "w" } param { name: "b" }'
)


def test_of_two_layers_that_share_the_last_in_the_file_wins_for_both(tmp_path: Path) -> None:
    first, last = [noise(4, 6), noise(4)], [noise(4, 6, seed=1), noise(4, seed=1)]
    blobs = forward(tmp_path, SHARED, X, {"a": first, "c": last})
    np.testing.assert_allclose(blobs["a"], X @ last[0].T + last[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(blobs["c"], blobs["a"])
    blobs = forward(tmp_path, SHARED, X, {"c": last, "a": first})
    np.testing.assert_allclose(blobs["c"], X @ first[0].T + first[1], rtol=1e-5, atol=1e-6)


def test_shared_parameters_are_one_initializer_that_knows_its_source(tmp_path: Path) -> None:
    weights = {"a": [noise(4, 6), noise(4)], "c": [noise(4, 6), noise(4)]}
    network = open_network(write_caffe(tmp_path, input_layer(2, 6) + SHARED, weights))
    assert network.layer["a"].weights == network.layer["c"].weights
    assert [row.parameters for row in costs(network)] == [0, 28, 0]
    tensor = network.layer["a"].weights[0].const_value
    assert tensor is not None
    assert Provenance.from_json(tensor.metadata_props[marks.PROVENANCE]).name == "c[0]"


def test_a_layer_that_only_shares_need_not_be_in_the_file(tmp_path: Path) -> None:
    weight, bias = noise(4, 6), noise(4)
    blobs = forward(tmp_path, SHARED, X, {"a": [weight, bias]})
    np.testing.assert_allclose(blobs["c"], X @ weight.T + bias, rtol=1e-5, atol=1e-6)


def test_shapes_of_shared_parameters_must_agree_unless_the_layer_is_permissive(tmp_path: Path) -> None:
    def text(mode: str) -> str:
        return product("a", 'param { name: "w" }', "bias_term: false") + product(
            "c", f'param {{ name: "w" {mode} }}', "bias_term: false transpose: true"
        )

    weight = noise(4, 6)
    with pytest.raises(PortsideError, match=r"layer 'c': shares 'w' with layer 'a', where it is 4×6, here 6×4"):
        open_network(write_caffe(tmp_path, input_layer(2, 6) + text(""), {"a": [weight]}))
    blobs = forward(tmp_path, text("share_mode: PERMISSIVE"), X, {"a": [weight]})
    np.testing.assert_allclose(blobs["c"], X @ weight.reshape(6, 4), rtol=1e-5, atol=1e-6)


FILLED = "weight_filler { type: %s value: 0.125 } bias_filler { type: 'constant' value: 0.5 }"


def test_a_layer_that_the_file_lacks_gets_the_constants_that_the_prototxt_states(tmp_path: Path) -> None:
    text = product("a", "") + product("new", "", FILLED % "'constant'")
    weights = {"a": [noise(4, 6), noise(4)]}
    blobs = forward(tmp_path, text, X, weights)
    expected = np.repeat(X.sum(axis=1, keepdims=True) * 0.125 + 0.5, 4, axis=1)
    np.testing.assert_allclose(blobs["new"], expected, rtol=1e-5, atol=1e-6)
    network = open_network(write_caffe(tmp_path, input_layer(2, 6) + text, weights))
    tensor = network.layer["new"].weights[0].const_value
    assert tensor is not None
    provenance = Provenance.from_json(tensor.metadata_props[marks.PROVENANCE])
    steps = ("filled, as the prototxt says: constant",)
    assert provenance == Provenance(str(tmp_path / "net.prototxt"), "new[0]", (4, 6), steps)
    assert network.source.notes == (
        "layer 'new' is not in net.caffemodel: its fillers stand for its weights, as in Caffe",
    )


@pytest.mark.parametrize("filler", ["", FILLED % "'xavier'", FILLED % "'gaussian'"])
def test_a_layer_that_the_file_lacks_is_refused_where_caffe_would_take_chance_or_zeros(
    tmp_path: Path, filler: str
) -> None:
    text = input_layer(2, 6) + product("a", "") + product("new", "", filler)
    with pytest.raises(PortsideError, match=r"net\.caffemodel: layer 'new': its weight is missing"):
        open_network(write_caffe(tmp_path, text, {"a": [noise(4, 6), noise(4)]}))


def test_a_layer_that_is_in_the_file_without_its_blobs_is_refused(tmp_path: Path) -> None:
    text = input_layer(2, 6) + product("a", "") + product("new", "", FILLED % "'constant'")
    with pytest.raises(PortsideError, match=r"layer 'new': its bias is missing: the file holds 1 blobs"):
        open_network(write_caffe(tmp_path, text, {"a": [noise(4, 6), noise(4)], "new": [noise(4, 6)]}))


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (3, 2), (5, 3)])
def test_the_bilinear_filler_enlarges_a_constant_map_to_the_same_constant(
    tmp_path: Path, kernel: int, stride: int
) -> None:
    parameters = (
        f"convolution_param {{ num_output: 2 group: 2 kernel_size: {kernel} stride: {stride} bias_term: false"
        ' weight_filler { type: "bilinear" } }'
    )
    text = layer("ReLU", top="r") + layer("Deconvolution", parameters, bottom="r")
    text += layer("PReLU", top="p")
    y = forward(tmp_path, text, np.ones((1, 2, 5, 5), np.float32), {"p": [noise(2)]})["y"]
    centre = y[:, :, kernel:-kernel, kernel:-kernel]
    # filler.hpp's own formula; a kernel of twice the stride makes the tents add up to one everywhere.
    if kernel == 2 * stride:
        np.testing.assert_allclose(centre, np.ones_like(centre), rtol=1e-6)
    factor = -(-kernel // 2)
    middle = (2 * factor - 1 - factor % 2) / (2 * factor)
    tent = [1 - abs(i / factor - middle) for i in range(kernel)]
    np.testing.assert_allclose(y[0, 0, 0, 0], tent[0] ** 2, rtol=1e-6)
    np.testing.assert_allclose(y[0, 1, 0, 1], tent[0] * tent[1], rtol=1e-6)
