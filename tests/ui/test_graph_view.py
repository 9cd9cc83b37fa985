import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QImage, QRegion
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from explorer.network.network import Network
from explorer.ui.graph_scene import OPEN_AT_FIRST, PADDING
from explorer.ui.graph_view import GraphView
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, SMALL, mark_colour
from tests.network.graphs import chain, graph_of, residual
from tests.ui.graphs import (
    chevron,
    click,
    double_click,
    large_network,
    network_of,
    place,
    scene,
    shown_graph,
    small_network,
    spot,
    verdicts,
)
from tests.ui.person import colour_at, colours_of, leave, point_at, turn_wheel


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def view(qtbot, light, network) -> GraphView:
    return shown_graph(qtbot, light, network)


def colours_in(view: GraphView, name: str) -> set[str]:
    image = view.grab(place(view, name).toRect()).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_a_click_on_a_layer_chooses_it_and_outlines_it(view, qtbot, light):
    border = place(view, "inception_3a/1x1")
    assert view.camera.scale == 1.0
    assert colour_at(view, border.left() + 20, border.top()) == light.frame_line
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, spot(view, "inception_3a/1x1"))
    assert chosen.args == ["inception_3a/1x1"]
    assert colour_at(view, border.left() + 20, border.top()) == light.accent
    assert colour_at(view, border.left() + 2, border.center().y()) == light.selection


def test_a_follower_is_chosen_by_its_own_part_of_the_card(view, qtbot):
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, spot(view, "inception_3a/relu_1x1"))
    assert chosen.args == ["inception_3a/relu_1x1"]


def test_a_click_beside_everything_chooses_nothing(view, qtbot):
    with qtbot.assertNotEmitted(view.layer_chosen):
        click(qtbot, view, QPoint(3, 300))


def test_the_chevron_closes_an_open_module_and_opens_a_closed_one(view, qtbot):
    below = scene(view).place_of("inception_3b").y()
    with qtbot.waitSignal(view.module_toggled) as toggled, qtbot.assertNotEmitted(view.layer_chosen):
        click(qtbot, view, chevron(view, "inception_3a"))
    assert toggled.args == ["inception_3a", False]
    assert "inception_3a/1x1" not in scene(view).index
    assert scene(view).place_of("inception_3b").y() < below
    with qtbot.waitSignal(view.module_toggled) as toggled:
        click(qtbot, view, chevron(view, "inception_3a"))
    assert toggled.args == ["inception_3a", True]
    assert scene(view).place_of("inception_3b").y() == below


def test_what_is_above_a_module_stays_where_it_is_on_screen_when_it_closes(view, qtbot):
    before = place(view, "conv1"), place(view, "inception_3a").top()
    click(qtbot, view, chevron(view, "inception_3a"))
    assert (place(view, "conv1"), place(view, "inception_3a").top()) == before


def test_a_double_click_opens_and_closes_a_module(view, qtbot):
    title = place(view, "inception_3a").topLeft().toPoint() + QPoint(90, 14)
    with qtbot.waitSignal(view.module_toggled) as toggled:
        double_click(qtbot, view, title)
    assert toggled.args == ["inception_3a", False]
    with qtbot.waitSignal(view.module_toggled) as toggled:
        double_click(qtbot, view, spot(view, "inception_3a"))
    assert toggled.args == ["inception_3a", True]


def test_a_double_click_on_a_chevron_is_no_click_too_many(view, qtbot):
    seen: list[tuple[str, bool]] = []
    view.module_toggled.connect(lambda name, is_open: seen.append((name, is_open)))
    double_click(qtbot, view, chevron(view, "inception_3a"))
    assert seen == [("inception_3a", False)]


def test_a_click_on_a_module_chooses_the_layer_that_gives_its_output(view, qtbot):
    view.close_all()
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, spot(view, "inception_3a"))
    assert chosen.args == ["inception_3a/output"]


def test_a_closed_module_is_outlined_for_the_layer_in_it(view, light):
    view.close_all()
    view.show_layer("inception_3b/3x3")
    border = place(view, "inception_3b")
    assert colour_at(view, border.center().x(), border.top()) == light.accent


def test_open_all_and_close_all_tell_each_module_once(view):
    seen: list[tuple[str, bool]] = []
    view.module_toggled.connect(lambda name, is_open: seen.append((name, is_open)))
    view.close_all()
    view.close_all()
    view.open_all()
    assert seen == [
        ("inception_3a", False),
        ("inception_3b", False),
        ("inception_3a", True),
        ("inception_3b", True),
    ]


def test_a_module_can_be_opened_and_closed_by_name(view):
    view.close_module("inception_3a")
    assert view.opened == {"inception_3b"}
    view.open_module("inception_3a")
    view.open_module("nothing like it")
    assert view.opened == {"inception_3a", "inception_3b"}


def test_pointing_at_a_layer_outlines_it(view, light):
    where = place(view, "inception_3a/5x5")
    point_at(view, where.center().x(), where.center().y())
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert colour_at(view, where.left() + 3, where.center().y()) == light.raised
    leave(view)
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert colour_at(view, where.left() + 3, where.center().y()) == light.panel


def test_a_layer_chosen_elsewhere_is_brought_into_view_without_telling(view, qtbot):
    assert not QRectF(view.rect()).contains(place(view, "prob"))
    with qtbot.assertNotEmitted(view.layer_chosen):
        view.show_layer("prob")
    assert QRectF(view.rect()).contains(place(view, "prob"))


def test_a_layer_that_is_in_view_moves_nothing(view):
    camera = view.camera
    view.show_layer("inception_3a/1x1")
    assert view.camera == camera


def test_reveal_opens_the_module_and_puts_the_layer_into_the_middle(view):
    view.close_all()
    view.reveal("inception_3b/3x3")
    assert view.opened == {"inception_3b"}
    middle = QPointF(view.rect().center()) - QPointF(0, view.legend.height() / 2)
    assert (place(view, "inception_3b/3x3").center() - middle).manhattanLength() <= 2


def test_an_unknown_layer_is_no_layer(view):
    view.show_layer("nothing like it")
    view.reveal("nothing like it")
    assert view.accessibleDescription() == ""


def test_a_layer_that_is_not_drawn_yet_takes_the_outline_from_the_one_before(view, light):
    view.show_layer("inception_3a/1x1")
    camera = view.camera
    view.show_layer("conv9")
    border = place(view, "inception_3a/1x1")
    assert colour_at(view, border.left() + 20, border.top()) == light.frame_line
    assert view.camera == camera


def test_verdicts_stand_on_layers_and_the_worst_on_their_module(view, network, light):
    culprit, agrees = mark_colour(light, "culprit"), mark_colour(light, "match")
    view.show_comparison(verdicts(network, inception_3a__3x3="culprit", inception_3b__1x1="inherited"))
    assert culprit in colours_in(view, "inception_3a/3x3")
    assert culprit not in colours_in(view, "inception_3a/1x1")
    assert agrees in colours_in(view, "inception_3a/1x1")
    view.close_all()
    assert culprit in colours_in(view, "inception_3a")
    assert mark_colour(light, "inherited") in colours_in(view, "inception_3b")
    view.show_comparison(None)
    assert culprit not in colours_of(view)
    assert agrees not in colours_of(view)


def test_a_culprit_is_seen_from_afar(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.resize(400, 300)
    network = large_network()
    view.show_network(network)
    view.fit_all()
    view.show_comparison(verdicts(network, inception_3a__3x3="culprit"))
    view.legend.hide()
    assert mark_colour(light, "culprit") in colours_of(view)
    assert mark_colour(light, "match") not in colours_of(view)


def test_edges_of_the_chosen_layer_are_pointed_out(view, light):
    between = QRectF(place(view, "conv1").center().x() - 3, place(view, "relu1").bottom() + 2, 6, 8).toRect()
    image = view.grab(between).toImage()
    assert light.accent not in {image.pixelColor(x, 4).name() for x in range(6)}
    view.show_layer("conv1")
    image = view.grab(between).toImage()
    assert light.accent in {image.pixelColor(x, 4).name() for x in range(6)}


def test_the_tool_tip_says_the_full_name_type_and_shape(view):
    where = spot(view, "inception_3a/3x3")
    QApplication.sendEvent(view, QHelpEvent(QHelpEvent.Type.ToolTip, where, view.mapToGlobal(where)))
    text = QToolTip.text()
    QToolTip.hideText()
    assert text.splitlines() == ["inception_3a/3x3", "Convolution · 64×28×28"]


def test_who_listens_hears_the_chosen_layer(view, network):
    view.show_comparison(verdicts(network, inception_3a__3x3="culprit"))
    view.show_layer("inception_3a/3x3")
    assert view.accessibleName() == "Network graph"
    assert view.accessibleDescription() == "inception_3a/3x3\nConvolution · 64×28×28\nculprit"


def test_a_huge_network_opens_closed(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.show_network(network_of(residual(OPEN_AT_FIRST)))
    assert view.opened == frozenset()
    assert "res7 block" in scene(view).index


def test_the_same_network_again_changes_nothing(view, network):
    view.close_all()
    view.zoom_in()
    camera = view.camera
    view.show_network(network)
    assert view.opened == frozenset()
    assert view.camera == camera


def test_another_network_forgets_the_layer_and_the_verdicts(view, network, light):
    view.show_comparison(verdicts(network, conv1="culprit"))
    view.show_layer("conv1")
    view.show_network(large_network())
    colours = colours_of(view)
    assert light.accent not in colours - colours_of(view.minimap)
    assert mark_colour(light, "culprit") not in colours
    assert view.accessibleDescription() == ""


def test_without_a_network_there_is_an_empty_canvas(view, light, qtbot):
    view.show_network(None)
    view.show_layer("conv1")
    view.open_all()
    view.fit_all()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    click(qtbot, view, QPoint(300, 100))
    turn_wheel(view, 1, 300, 100)
    assert colours_of(view) == {light.window}


def test_the_other_theme_is_taken_at_once(view, dark):
    view.show_theme(dark)
    assert colour_at(view, 2, 2) == dark.window
    border = place(view, "inception_3a/1x1")
    assert colour_at(view, border.left() + 3, border.center().y()) == dark.panel


def test_names_are_written_whole(view):
    name_width = QFontMetricsF(sized(view.font(), BODY, bold=True)).horizontalAdvance
    type_width = QFontMetricsF(sized(view.font(), SMALL)).horizontalAdvance
    for name in scene(view).names:
        card = scene(view).drawing.card(name)
        room = scene(view).place_of(name).width() - 2 * PADDING
        assert type_width(card.type) < room
        if not card.is_follower:
            assert max(name_width(card.label), type_width(card.shape)) < room


def test_a_large_network_from_afar_is_blocks_of_colour(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.resize(500, 500)
    view.show_network(network_of(graph_of("data Input", *chain("conv", 3000, "data"))))
    view.fit_all()
    view.legend.hide()
    assert light.kinds["convolution"] in colours_of(view)
    assert light.text not in colours_of(view)


def test_what_is_painted_again_where_another_layer_is_chosen_is_all_that_changes(view, qtbot, light):
    def painted(part: QRect | None = None, onto: QImage | None = None) -> QImage:
        image = QImage(view.size(), QImage.Format.Format_ARGB32_Premultiplied) if onto is None else onto
        region = QRegion() if part is None else QRegion(part)
        view.render(image, QPoint(part.topLeft() if part else QPoint()), region, QWidget.RenderFlag(0))
        return image

    updated: list[QRect] = []
    for before, after in (("inception_3a/1x1", "inception_3a/relu_3x3"), ("inception_3a/relu_3x3", "conv1")):
        view.show_layer(before)
        image = painted()
        update = view.update
        view.update = updated.append
        view.show_layer(after)
        view.update = update
        assert 0 < len(updated) <= 2
        for part in updated:
            painted(part.intersected(view.rect()), image)
        assert image == painted()
        updated.clear()
