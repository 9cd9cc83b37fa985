import pytest
from PySide6.QtCore import Qt

from explorer.network.network import Network
from explorer.ui.graph_view import GraphView
from tests.ui.graphs import (
    place,
    shown_graph,
    small_network,
)


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def view(qtbot, light, network) -> GraphView:
    return shown_graph(qtbot, light, network)


def press(qtbot, view: GraphView, *keys: Qt.Key) -> list[str]:
    """The layers that pressing the keys chooses."""
    chosen: list[str] = []
    view.layer_chosen.connect(chosen.append)
    for key in keys:
        qtbot.keyClick(view, key)
    view.layer_chosen.disconnect(chosen.append)
    return chosen


def test_arrow_keys_walk_along_the_data(view, qtbot):
    view.show_layer("conv1")
    assert press(qtbot, view, Qt.Key.Key_Down) == ["relu1"]
    assert press(qtbot, view, Qt.Key.Key_Down)[0] in ("inception_3a/3x3_reduce", "inception_3a/5x5_reduce")
    assert press(qtbot, view, Qt.Key.Key_Up) == ["relu1"]
    assert press(qtbot, view, Qt.Key.Key_Up, Qt.Key.Key_Up) == ["conv1", "data"]
    assert press(qtbot, view, Qt.Key.Key_Up) == []


def test_arrow_keys_walk_to_what_stands_beside(view, qtbot):
    view.show_layer("inception_3a/1x1")
    beside = press(qtbot, view, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert beside == ["inception_3a/3x3_reduce", "inception_3a/5x5_reduce", "inception_3a/pool"]
    assert press(qtbot, view, Qt.Key.Key_Left) == ["inception_3a/5x5_reduce"]


def test_beside_a_branch_that_has_ended_is_the_nearest_of_its_module(view, qtbot):
    view.show_layer("inception_3a/3x3")
    assert press(qtbot, view, Qt.Key.Key_Left) == ["inception_3a/relu_1x1"]
    view.show_layer("classifier")
    assert press(qtbot, view, Qt.Key.Key_Left) == []


def test_arrow_keys_step_over_a_closed_module(view, qtbot):
    view.close_all()
    view.show_layer("relu1")
    down = press(qtbot, view, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert down == ["inception_3a/output", "inception_3b/output", "classifier"]


def test_the_first_key_chooses_the_first_layer(view, qtbot):
    assert press(qtbot, view, Qt.Key.Key_Down) == ["data"]


def test_home_and_end_go_to_the_ends(view, qtbot):
    assert press(qtbot, view, Qt.Key.Key_End) == ["prob"]
    assert place(view, "prob").bottom() <= view.height()
    assert press(qtbot, view, Qt.Key.Key_Home) == ["data"]


def test_enter_closes_the_module_around_the_layer_and_opens_it_again(view, qtbot):
    view.show_layer("inception_3a/3x3")
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.opened == {"inception_3b"}
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.opened == {"inception_3a", "inception_3b"}
