"""The recorders of TensorFlow 1 and 2: which operations can be asked for, and under which names they stand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.running.activations import Array
from tests.oracles import compared
from tests.recorders.scripts import RealFramework, load, made_up, picture, recorded, tensor

NETWORK_1 = """
import tensorflow
tf = tensorflow.compat.v1
tf.disable_eager_execution()
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, (None, 16, 16, 3), name="input")
rate = tf.placeholder(tf.float32, (), name="rate")
labels = tf.placeholder(tf.float32, (None, 4), name="labels")


def variable(name, *shape):
    return tf.get_variable(name, shape, initializer=tf.random_normal_initializer(stddev=0.3))


t = tf.nn.relu(tf.nn.conv2d(x, variable("w1", 3, 3, 3, 6), strides=2, padding="SAME", name="conv1"), name="relu1")
t = tf.nn.max_pool(t, 2, 2, "SAME", name="pool")
a = tf.nn.conv2d(t, variable("w2", 1, 1, 6, 4), strides=1, padding="SAME", name="a")
b = tf.nn.conv2d(t, variable("w3", 3, 3, 6, 4), strides=1, padding="SAME", name="b")
t = tf.reduce_mean(tf.concat([a, b], 3, name="cat"), [1, 2], name="gap")
t = tf.matmul(t, variable("w4", 8, 4), name="fc")
y = tf.nn.softmax(t, name="prob")
loss = tf.reduce_mean(tf.square(y - labels), name="loss")
tf.train.GradientDescentOptimizer(rate).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    graph = tf.graph_util.convert_variables_to_constants(session, tf.get_default_graph().as_graph_def(), ["prob"])
with open("network.pb", "wb") as file:
    file.write(graph.SerializeToString())
"""

NETWORK_2 = """
import tensorflow as tf
tf.random.set_seed(1)


class Network(tf.Module):
    def __init__(self):
        self.w1 = tf.Variable(tf.random.normal((3, 3, 3, 6), stddev=0.3))
        self.w2 = tf.Variable(tf.random.normal((6, 4), stddev=0.3))

    @tf.function(input_signature=[tf.TensorSpec((None, 16, 16, 3), tf.float32, name="image")])
    def __call__(self, image):
        t = tf.nn.relu(tf.nn.conv2d(image, self.w1, 2, "SAME", name="conv1"), name="relu1")
        return tf.nn.softmax(tf.matmul(tf.reduce_mean(t, [1, 2]), self.w2, name="fc"), name="prob")


network = Network()
tf.saved_model.save(network, "saved", signatures=network.__call__)
"""


class Op:
    """An operation of one output, unless it changes something and has none."""

    def __init__(self, name: str, kind: str, *reads: Op, dtype: str = "float", control: tuple[Op, ...] = ()) -> None:
        self.name, self.type, self.control_inputs = name, kind, control
        self.inputs = [read.outputs[0] for read in reads]
        kinds = SimpleNamespace(is_floating=dtype.startswith("float"), _is_ref_dtype=dtype == "float_ref")
        self.outputs: list[Any] = [SimpleNamespace(name=f"{name}:0", op=self, dtype=kinds)]


class Graph:
    def __init__(self, *ops: Op) -> None:
        self.ops = list(ops)

    def get_operations(self) -> list[Op]:
        return list(self.ops)


def branched() -> Graph:
    """An input, a branch on a setting, a loop, labels that nobody gives, and what trains."""
    x, flag = Op("x", "Placeholder"), Op("is_training", "Placeholder", dtype="bool")
    labels, weights = Op("labels", "Placeholder"), Op("w", "VariableV2", dtype="float_ref")
    read = Op("w/read", "Identity", weights)
    conv = Op("conv", "Conv2D", x, read)
    switch = Op("cond/Switch", "Switch", conv, flag)
    inside = Op("cond/double", "Mul", switch, switch)
    merge = Op("cond/Merge", "Merge", inside, switch)
    shape = Op("shape", "Shape", conv, dtype="int")
    loss = Op("loss", "Sub", merge, labels)
    enter = Op("while/Enter", "Enter", merge)
    turn = Op("while/Merge", "Merge", enter)
    body = Op("while/body", "Mul", turn, turn)
    again = Op("while/NextIteration", "NextIteration", body)
    turn.inputs.append(again.outputs[0])
    leave = Op("while/Exit", "Exit", Op("while/Switch", "Switch", turn, flag))
    update = Op("update", "AssignSub", weights, conv, dtype="float_ref")
    waits = Op("waits", "Identity", conv, control=(labels,))
    prob = Op("prob", "Softmax", leave)
    queue = Op("queue", "QueueDequeueV2")
    # A frozen graph lists what stands in it in any order.
    return Graph(
        prob,
        merge,
        x,
        flag,
        labels,
        weights,
        read,
        conv,
        switch,
        inside,
        shape,
        loss,
        enter,
        turn,
        body,
        again,
        leave,
        leave.inputs[0].op,
        update,
        waits,
        queue,
    )


def test_what_can_be_asked_for_stands_in_no_branch_and_waits_for_nothing() -> None:
    found = load("tensorflow1").recordable(branched(), ["x", "is_training"])
    assert {op.name for op in found} == {
        "x",
        "is_training",
        "conv",
        "cond/Merge",
        "shape",
        "while/Exit",
        "update",
        "prob",
    }


def test_values_are_recorded_under_the_operations_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up(monkeypatch, "tensorflow", __version__="1.15.0")
    x = np.ones((1, 2), np.float32)

    def run(names: list[str], feeds: dict[str, Any]) -> list[Array]:
        assert feeds["is_training:0"] is False
        return [feeds["x:0"] * number for number, _ in enumerate(names, 2)]

    session = SimpleNamespace(graph=branched(), run=run)
    module = load("tensorflow1")
    setting = module.setting("is_training=false")
    module.record(session, {"x": x}, str(tmp_path / "out.npz"), settings=[setting])
    found = recorded(tmp_path / "out.npz")
    assert list(found) == ["x", "prob", "cond/Merge", "conv", "while/Exit"]
    assert np.array_equal(found["cond/Merge"], 3 * x)


def test_a_concrete_function_is_recorded_as_one_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = Op("image", "Placeholder")
    conv = Op("net/conv", "Conv2D", x, Op("net/w", "Const"))
    graph = Graph(x, conv, Op("count", "Shape", conv, dtype="int"), Op("net/relu", "Relu", conv))
    graph.as_graph_def = lambda: SimpleNamespace(SerializeToString=lambda: b"the graph")  # type: ignore[attr-defined]

    class Session:
        def __init__(self, graph: Graph) -> None:
            pass

        def __enter__(self) -> Session:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def run(self, names: list[str], feeds: dict[str, Array]) -> list[Array]:
            assert names == ["net/conv:0", "net/relu:0"]
            return [feeds["image:0"] - 2, np.maximum(feeds["image:0"] - 2, 0)]

    given = SimpleNamespace(name="image:0", op=x, dtype=SimpleNamespace(name="float32"))
    frozen = SimpleNamespace(graph=graph, inputs=[given])
    constants = "tensorflow.python.framework.convert_to_constants"
    compat = SimpleNamespace(v1=SimpleNamespace(Session=Session))
    made_up(monkeypatch, "tensorflow", __version__="2.21.0", compat=compat)
    for name in ("tensorflow.python", "tensorflow.python.framework"):
        made_up(monkeypatch, name)
    made_up(monkeypatch, constants, convert_variables_to_constants_v2=lambda function, lower_control_flow: frozen)
    image = np.arange(4, dtype=np.float32)
    load("tensorflow2").record("function", {"image": image}, str(tmp_path / "out.npz"), None, str(tmp_path / "g.pb"))
    found = recorded(tmp_path / "out.npz")
    assert list(found) == ["image", "net/conv", "net/relu"]
    assert found["net/relu"].tolist() == [0, 0, 0, 1]
    assert (tmp_path / "g.pb").read_bytes() == b"the graph"


def test_a_folder_without_a_saved_model_is_one_sentence(tmp_path: Path) -> None:
    module = load("tensorflow2")
    with pytest.raises(module.RequestError, match=r"is no SavedModel, a folder that holds saved_model\.pb"):
        module.open_function(None, str(tmp_path), "serving_default")


def test_every_operation_of_the_real_first_one_matches(tmp_path: Path) -> None:
    real = RealFramework("tensorflow1")
    (tmp_path / "network.py").write_text(NETWORK_1)
    real("network.py", cwd=tmp_path)
    real.record("network.pb", picture(tmp_path), "out.npz", "--mean", "127.5", "--scale", "0.01", cwd=tmp_path)
    comparison = compared(open_network(tmp_path / "network.pb"), tmp_path / "out.npz")
    verdicts = {row.layer: row.verdict for row in comparison.layers}
    assert {"conv1", "relu1", "pool", "a", "b", "cat", "gap", "fc", "prob"} <= set(verdicts)
    assert set(verdicts.values()) == {"match"}


def test_every_operation_of_the_real_second_one_matches(tmp_path: Path) -> None:
    real = RealFramework("tensorflow2")
    (tmp_path / "network.py").write_text(NETWORK_2)
    real("network.py", cwd=tmp_path)
    given = tensor(tmp_path, 1, 16, 16, 3)
    real.record("saved", given, "out.npz", "--graph", "frozen.pb", cwd=tmp_path)
    comparison = compared(open_network(tmp_path / "frozen.pb"), tmp_path / "out.npz")
    assert {row.verdict for row in comparison.layers} == {"match"}
    assert sum(row.type in ("Conv2D", "MatMul", "Relu", "Softmax") for row in comparison.layers) == 4
