"""Files that were meddled with: a network, or one sentence; never a traceback, and never more memory than they have."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from tests.caffe_files import Weights, caffemodel_bytes, input_layer
from tests.caffe_forward import layer, noise

TEXT = (
    input_layer(2, 4, 9, 8)
    + layer("Convolution", "convolution_param { num_output: 6 kernel_size: 3 pad: 1 stride: 2 group: 2 }", top="c")
    + layer("BatchNorm", "batch_norm_param { eps: 0.01 }", bottom="c", top="c", name="bn")
    + layer("Scale", "scale_param { axis: 1 num_axes: 1 bias_term: true }", bottom="c", top="c", name="s")
    + layer("PReLU", bottom="c", top="c", name="pr")
    + layer("LRN", "lrn_param { local_size: 3 alpha: 0.1 }", bottom="c", top="n")
    + layer("Pooling", "pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }", bottom="n", top="p m")
    + layer("Pooling", "pooling_param { pool: AVE kernel_h: 2 kernel_w: 3 stride: 3 }", bottom="n", top="a")
    + layer("SPP", "spp_param { pyramid_height: 2 }", bottom="n", top="spp")
    + layer("Deconvolution", "convolution_param { num_output: 6 kernel_size: 4 stride: 2 pad: 1 }", bottom="p", top="d")
    + layer("Crop", "crop_param { axis: 2 offset: 1 }", bottom="d n", top="cr")
    + layer("Eltwise", "eltwise_param { operation: SUM coeff: 1 coeff: 2 }", bottom="cr n", top="e")
    + layer("Slice", "slice_param { axis: 1 slice_point: 2 slice_point: 3 }", bottom="e", top="x y z")
    + layer("Concat", "concat_param { axis: 1 }", bottom="x y z", top="xyz")
    + layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }", bottom="xyz", top="t")
    + layer("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 3 } axis: 0 num_axes: -1 }", bottom="t", top="r")
    + layer("Softmax", "softmax_param { axis: 2 }", bottom="r", top="sm")
    + layer("Flatten", "flatten_param { axis: 1 end_axis: -1 }", bottom="sm", top="f")
    + layer("Tile", "tile_param { axis: 1 tiles: 2 }", bottom="f", top="ti")
    + layer("InnerProduct", "inner_product_param { num_output: 5 axis: 1 }", bottom="ti", top="fc")
    + layer("ArgMax", "argmax_param { axis: 1 top_k: 2 }", bottom="fc", top="am")
    + layer("Embed", "embed_param { input_dim: 5 num_output: 3 }", bottom="am", top="em")
    + layer("Reduction", "reduction_param { operation: MEAN axis: 1 }", bottom="em", top="re")
    + layer("MVN", "mvn_param { eps: 0.1 }", bottom="a", top="mv")
    + layer("Power", "power_param { power: 2 scale: 3 shift: 1 }", bottom="mv", top="pw")
    + layer("Normalize", "norm_param { across_spatial: false channel_shared: false }", bottom="pw", top="no")
    + layer("Interp", "interp_param { zoom_factor: 2 pad_beg: 0 }", bottom="no", top="i")
    + layer("ShuffleChannel", "shuffle_channel_param { group: 3 }", bottom="i", top="sh")
    + layer(
        "PriorBox",
        "prior_box_param { min_size: 3 max_size: 5 aspect_ratio: 2 variance: 0.1 }",
        bottom="n data",
        top="pb",
    )
)
WEIGHTS: Weights = {
    "c": [noise(6, 2, 3, 3), noise(6)],
    "bn": [noise(6), np.abs(noise(6)), np.ones(1, np.float32)],
    "s": [noise(6), noise(6)],
    "pr": [noise(6)],
    "d": [noise(6, 6, 4, 4), noise(6)],
    "fc": [noise(5, 240), noise(5)],
    "em": [noise(5, 3), noise(3)],
    "no": [noise(6)],
}
NUMBERS = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "64",
    "65536",
    "2147483647",
    "4294967295",
    "-2147483648",
    "9223372036854775807",
    "1e38",
    "nan",
    "inf",
    "-0.5",
    "true",
]
WORDS = re.compile(r'(?<=: )(?:-?[\d.]+|[A-Za-z]+|"[A-Za-z0-9]+")')


def meddled(text: str, draw: random.Random) -> str:
    """``text`` with some numbers, words or names put in the place of others."""
    for _ in range(draw.choice([1, 1, 2, 4])):
        places = list(WORDS.finditer(text))
        place = draw.choice(places)
        new = (
            draw.choice(places).group()
            if place.group().startswith('"') or draw.random() < 0.3
            else draw.choice(NUMBERS)
        )
        text = text[: place.start()] + new + text[place.end() :]
    return text


def test_the_network_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(TEXT)
    (tmp_path / "net.caffemodel").write_bytes(caffemodel_bytes(WEIGHTS))
    assert len(open_network(tmp_path / "net.prototxt").layers) == 29


def test_other_numbers_and_names_in_a_prototxt_give_a_network_or_a_sentence(tmp_path: Path) -> None:
    draw, path, weights = random.Random(5), tmp_path / "net.prototxt", tmp_path / "w.bin"
    weights.write_bytes(caffemodel_bytes(WEIGHTS))
    refused = 0
    for _ in range(400):
        path.write_text(meddled(TEXT, draw))
        choices = Choices(allow_unknown=draw.random() < 0.3)
        try:
            open_network(path, weights=draw.choice([None, weights]), choices=choices)
        except PortsideError as error:
            refused += 1
            sentence = str(error)
            assert "\n" not in sentence, sentence
            assert tmp_path.name in sentence, sentence
    assert 50 < refused < 400


def test_other_bytes_in_a_caffemodel_give_a_network_or_a_sentence(tmp_path: Path) -> None:
    draw, path, weights = random.Random(6), tmp_path / "net.prototxt", tmp_path / "w.bin"
    path.write_text(TEXT)
    whole = caffemodel_bytes(WEIGHTS)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(draw.choice([1, 2, 5])):
            data[draw.randrange(len(data))] = draw.randrange(256)
        if draw.random() < 0.2:
            del data[draw.randrange(1, len(data)) :]
        weights.write_bytes(data)
        with suppress(PortsideError):
            open_network(path, weights=weights)
