import numpy as np
import onnx

from explorer.bench.subjects import write_blocks, write_caffe, write_googlenet
from explorer.importers import open_network
from explorer.network.network import value_name


def test_caffes_files_hold_the_very_network_that_the_onnx_file_holds(tmp_path):
    ours = open_network(write_googlenet(tmp_path, 0.0625))
    theirs = open_network(write_caffe(tmp_path, 0.0625).network)
    assert theirs.source.format == "caffe"
    assert [(layer.name, layer.type) for layer in theirs.layers[1:]] == [
        (layer.name, layer.type) for layer in ours.layers[1:]
    ]
    assert len(ours.layers) == 143
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        assert [value.shape for value in mine.outputs] == [value.shape for value in other.outputs]
        for weight, same in zip(mine.weights, other.weights, strict=True):
            assert weight.const_value is not None
            assert same.const_value is not None
            np.testing.assert_array_equal(weight.const_value.numpy(), same.const_value.numpy(), value_name(weight))


def test_a_large_graph_has_as_many_nodes_as_asked_for(tmp_path):
    for nodes in (3, 8, 21):
        model = onnx.load(write_blocks(tmp_path / f"{nodes}.onnx", nodes))
        assert len(model.graph.node) == nodes
        onnx.checker.check_model(model)
