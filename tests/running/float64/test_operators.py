import ml_dtypes
import numpy as np
import onnx_ir as ir
import pytest

from explorer.running.float64 import OPERATORS, UnsupportedOperator
from explorer.running.float64.operators import Array, Attributes, Operator, OperatorTable, check_size, widened


def test_operator_is_defined_once() -> None:
    table = OperatorTable()

    @table.operator("Twice", "Double")
    def twice(attributes: Attributes, x: Array) -> Array:
        return 2 * x

    assert set(table) == {"Twice", "Double"}
    assert table["Twice"] == Operator(twice)
    with pytest.raises(ValueError, match="operator Double is defined twice"):
        table.operator("Double")(twice)
    with pytest.raises(ValueError, match="operator Twice is defined twice"):
        OperatorTable(table, table)


def test_table_holds_what_convolutional_networks_are_made_of() -> None:
    assert len(OPERATORS) == len(set(OPERATORS)) > 120
    needed = {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LRN", "Gemm", "BatchNormalization", "Resize"}
    assert needed <= OPERATORS.keys()


def test_attributes_are_read_by_their_type() -> None:
    node = ir.node("Any", [], {"i": 3, "is": [1, 2], "f": 0.1, "fs": [0.1], "s": "text"}, num_outputs=2)
    attributes = Attributes(node, 13)
    assert attributes.integer("i") == 3
    assert attributes.flag("i")
    assert not attributes.flag("none")
    assert attributes.integers("is") == (1, 2)
    assert attributes.real("f") == float(np.float32(0.1))
    assert attributes.reals("fs") == (float(np.float32(0.1)),)
    assert attributes.text("s") == "text"
    assert attributes.outputs == 2
    assert attributes.integer("other", 5) == 5
    with pytest.raises(ValueError, match="the attribute 'other' is missing"):
        attributes.integer("other")
    with pytest.raises(TypeError):
        attributes.integer("s")


def test_refusal_names_operator_domain_and_node() -> None:
    node = ir.node("FancyRelu", [], domain="com.acme", name="odd\nnode")
    error = UnsupportedOperator(node, "nobody knows it")
    assert (error.operator, error.node) == ("com.acme::FancyRelu", "odd\nnode")
    expected = "operator com.acme::FancyRelu cannot be computed in double precision: nobody knows it"
    assert str(error) == f"layer 'odd node': {expected}"


def test_node_without_a_name_is_called_after_its_output() -> None:
    node = ir.node("FancyRelu", [])
    assert UnsupportedOperator(node).node == "FancyRelu"
    node.outputs[0].name = "conv1"
    assert UnsupportedOperator(node).node == "conv1"


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
def test_real_numbers_of_any_width_become_double(kind: type) -> None:
    array = widened(np.array([0.5, -2.0], kind))
    assert array.dtype == np.float64
    assert array.tolist() == [0.5, -2.0]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.bool_, ml_dtypes.int4])
def test_whole_numbers_stay_as_they_are(kind: type) -> None:
    array: Array = np.array([0, 1], kind)
    assert widened(array) is array


def test_sizes_are_checked() -> None:
    assert check_size([2, 3]) == (2, 3)
    with pytest.raises(ValueError, match="too large"):
        check_size([2**20, 2**20])
    with pytest.raises(ValueError, match="negative size"):
        check_size([-1, 3])
