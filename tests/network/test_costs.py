"""Costs, against numbers worked out by hand and those of published networks."""

from pathlib import Path

from explorer.architectures.googlenet import googlenet
from explorer.importers import open_network
from explorer.network.costs import ReceptiveField, costs
from tests import keras_files
from tests.caffe_files import input_layer, write_caffe


def test_googlenet_costs_what_its_deployed_file_does() -> None:
    rows = {row.layer: row for row in costs(googlenet())}
    assert sum(row.parameters for row in rows.values()) == 6_998_552
    # The stem's three convolutions: 7·7·3·64·112² + 64·64·56² + 3·3·64·192·56².
    stem = [rows[name].macs for name in ("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3")]
    assert stem == [118_013_952, 12_845_056, 346_816_512]
    assert rows["inception_3a/output"].output_shape == (1, 256, 28, 28)
    assert rows["pool5/7x7_s1"].output_shape == (1, 1024, 1, 1)
    assert rows["conv1/7x7_s2"].activation_bytes == 64 * 112 * 112 * 4


def test_both_auxiliary_classifiers_add_their_layers() -> None:
    plain, trained = googlenet(width=0.25), googlenet(width=0.25, auxiliary=True)
    added = {layer.name for layer in trained.layers} - {layer.name for layer in plain.layers}
    assert {"loss1/ave_pool", "loss1/conv", "loss1/fc", "loss1/classifier", "loss2/conv", "loss2/prob"} <= added
    assert [value.name for value in trained.outputs] == ["loss1/prob", "loss2/prob", "prob"]


def test_vgg_like_layers_count_as_the_papers_do(tmp_path: Path) -> None:
    prototxt = input_layer(1, 64, 112, 112) + (
        'layer { name: "c" type: "Convolution" bottom: "data" top: "c"'
        " convolution_param { num_output: 128 kernel_size: 3 pad: 1 bias_term: false } }"
        'layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 stride: 2 } }'
        'layer { name: "d" type: "Convolution" bottom: "p" top: "d"'
        " convolution_param { num_output: 4 kernel_size: 3 dilation: 2 group: 2 } }"
    )
    rows = {row.layer: row for row in costs(open_network(write_caffe(tmp_path, prototxt)), batch=2)}
    assert rows["c"].parameters == 73_728
    assert rows["c"].macs == 2 * 112 * 112 * 73_728
    assert rows["d"].parameters == 4 * 64 * 9 + 4
    assert rows["c"].receptive_field == ReceptiveField((3, 3), (1, 1))
    assert rows["p"].receptive_field == ReceptiveField((4, 4), (2, 2))
    # A dilated 3×3 spans 5 positions, each 2 input positions from the next.
    assert rows["d"].receptive_field == ReceptiveField((12, 12), (2, 2))


def test_a_dense_layer_sees_the_whole_map_whatever_its_layout_and_one_on_maps_its_position(tmp_path: Path) -> None:
    layers = [
        keras_files.input_layer("x", 9, 5, 3),
        keras_files.layer("Conv2D", "c", {"filters": 4, "kernel_size": [3, 3]}, "x"),
        keras_files.layer("Dense", "each", {"units": 2}, "c"),
        keras_files.layer("Flatten", "f", {}, "each"),
        keras_files.layer("Dense", "all", {"units": 2}, "f"),
    ]
    path = keras_files.write_json(tmp_path, keras_files.functional(layers, ["all"]), keras_version="2.4.0")
    rows = {row.layer: row for row in costs(open_network(path))}
    assert rows["each"].receptive_field == ReceptiveField((3, 3), (1, 1))
    assert rows["all"].receptive_field == ReceptiveField((9, 5), (1, 1))
    assert rows["each"].macs == 7 * 3 * 4 * 2
