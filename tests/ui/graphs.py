"""Networks for the graph's tests, whose values are all alike, what a reference says of them, and a person's hands."""

import onnx_ir as ir
from PySide6.QtCore import QPoint, QRectF, Qt

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.network.builder import NetworkBuilder
from explorer.network.layer_graph import LayerGraph
from explorer.network.layout import FRAME_HEAD
from explorer.network.network import Network, Source
from explorer.ui.graph_scene import CHEVRON_ROOM, PADDING, GraphScene
from explorer.ui.graph_view import GraphView
from explorer.ui.theme import Theme
from tests.network.graphs import googlenet, graph_of, inception

SHAPE = ("N", 64, 28, 28)


def network_of(graph: LayerGraph) -> Network:
    """A network with the graph's layers; every value is N×64×28×28."""
    builder = NetworkBuilder("drawn")
    values: dict[str, ir.Value] = {}
    for name, layer_type in graph.types.items():
        sources = [values[source] for source in graph.inputs[name]]
        if not sources:
            values[name] = builder.input(name, SHAPE, kind=layer_type)
            continue
        layer = builder.layer(name, layer_type)
        values[name] = layer.top(layer.node("Sum", sources, SHAPE), name)
    return builder.build(Source("caffe"))


def small_network() -> Network:
    """One convolution, two inception modules one behind the other, and a classifier."""
    return network_of(
        graph_of(
            "data Input",
            "conv1 Convolution < data",
            "relu1 ReLU < conv1",
            *inception("inception_3a", "relu1"),
            *inception("inception_3b", "inception_3a/output"),
            "classifier InnerProduct < inception_3b/output",
            "prob Softmax < classifier",
        )
    )


def large_network() -> Network:
    """GoogLeNet's 143 layers."""
    return network_of(googlenet())


def verdicts(network: Network, **special: Verdict) -> Comparison:
    """All layers match but those named (with ``__`` for a slash)."""
    wrong = {name.replace("__", "/"): verdict for name, verdict in special.items()}
    rows = [LayerComparison(layer.name, layer.type, verdict=wrong.get(layer.name, "match")) for layer in network.layers]
    return Comparison("drawn", "reference.npz", tuple(rows))


def shown_graph(qtbot, theme: Theme, network: Network) -> GraphView:
    """A window that shows the network's graph."""
    view = GraphView(theme)
    qtbot.addWidget(view)
    view.resize(640, 720)
    view.show_network(network)
    view.show()
    return view


def scene(view: GraphView) -> GraphScene:
    """What stands where."""
    assert view.scene is not None
    return view.scene


def place(view: GraphView, name: str) -> QRectF:
    """Where a layer or module is in the widget."""
    return view.in_view(scene(view).place_of(name))


def spot(view: GraphView, name: str) -> QPoint:
    """The middle of a layer or module in the widget."""
    return place(view, name).center().toPoint()


def chevron(view: GraphView, name: str) -> QPoint:
    """Where a click opens or closes the module."""
    rect = scene(view).place_of(name)
    down = FRAME_HEAD / 2 if name in scene(view).frames else rect.height() / 2
    return view.in_view(QRectF(rect.x() + PADDING + CHEVRON_ROOM / 4, rect.y() + down, 0, 0)).topLeft().toPoint()


def click(qtbot, view: GraphView, where: QPoint) -> None:
    """Press and release the left button."""
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=where)


def double_click(qtbot, view: GraphView, where: QPoint) -> None:
    """All that a mouse sends: press, release, second press as a double click, release."""
    click(qtbot, view, where)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=where)
