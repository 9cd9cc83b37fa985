"""The graph drawn in a worker's thread, and what may happen to the window meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QFont

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.metrics import Errors
from explorer.network.modules import find_modules
from explorer.running.timing import LayerTime, Timing
from explorer.session.answers import Timed
from explorer.ui import graph_drawn, graph_view
from explorer.ui.assembly import make_window
from explorer.ui.graph_drawn import draw
from explorer.ui.graph_scene import GraphScene
from explorer.ui.layer_model import ERROR, TIME
from explorer.ui.layer_rows import RowTree, layer_rows
from explorer.ui.main_window import MainWindow
from tests.network.graphs import graph_of
from tests.small_network import LAYERS, small_network
from tests.ui.graphs import network_of

WAIT = 20_000


def _modules(network):
    return find_modules(network.graph)


def _comparison(culprit: str) -> Comparison:
    errors = Errors(0.5, 0.5, 0.9)
    return Comparison(
        "model",
        "reference",
        tuple(
            LayerComparison(name, "", isolated=errors, verdict="culprit" if name == culprit else "match")
            for name in LAYERS
        ),
    )


def _timed() -> Timed:
    return Timed(Timing(tuple(LayerTime(name, 0.25) for name in LAYERS), 2.5, 0.0, 0.25, 3, 1, "cpu"), {})


def _drawn(network, before=None):
    return draw(network, _modules(network), QFont(), before)


class Gate:
    """Holds workers in front of the drawing until it is opened."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.threads: list[threading.Thread] = []
        self._real = real

    def __call__(self, *arguments: Any) -> Any:
        self.threads.append(threading.current_thread())
        self.reached.set()
        assert self.opened.wait(WAIT / 1000)
        return self._real(*arguments)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(graph_drawn.draw)
    monkeypatch.setattr(graph_drawn, "draw", made)
    yield made
    made.opened.set()


@pytest.fixture
def never_in_the_windows_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        pytest.fail("drawn in the window's thread")

    monkeypatch.setattr(graph_view, "draw", fail)


@pytest.fixture
def threaded(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with threads, as a person has it."""
    made = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


def _open(window: MainWindow, **values: Any) -> Any:
    network = small_network()
    window.session.put(network=network, modules=_modules(network), **values)
    return network


def _finish(window: MainWindow, gate: Gate) -> None:
    gate.opened.set()
    assert window.jobs.wait_until_idle(WAIT)


def test_the_first_network_has_its_modules_open_and_stays_where_nothing_was(qapp):
    drawn = _drawn(small_network())
    assert drawn.scene.opened == {"fork"}
    assert not drawn.stays
    assert [name for name in drawn.scene.names if name.startswith("fork/")] == ["fork/left", "fork/right", "fork/join"]


def test_a_network_with_the_very_layers_keeps_what_was_closed(qapp):
    first = _drawn(small_network())
    closed = GraphScene(first.scene.drawing, ())
    again = _drawn(small_network(shifted="fc"), closed)
    assert again.stays
    assert again.scene.opened == frozenset()
    other = network_of(graph_of("a Input", "b ReLU < a"))
    assert not _drawn(other, closed).stays


def test_a_worker_draws_what_the_windows_thread_would(qapp):
    network = small_network()
    found: list[graph_drawn.Drawn] = []
    thread = threading.Thread(target=lambda: found.append(_drawn(network)))
    thread.start()
    thread.join()
    here = _drawn(network)
    assert found[0].scene.names == here.scene.names
    np.testing.assert_array_equal(found[0].scene.places, here.scene.places)
    # Modules are opened and closed in the window's thread, with the worker's font metrics.
    for name in ("fork", *LAYERS):
        assert found[0].scene.drawing.size_of(name) == here.scene.drawing.size_of(name)


def test_what_was_drawn_holds_until_modules_layers_or_font_are_others(qapp):
    first = _drawn(small_network())
    drawn = _drawn(small_network(), first.scene)
    assert drawn.follows(first.scene, QFont())
    assert drawn.follows(first.scene.compared(_comparison("fc")), QFont())
    assert not drawn.follows(GraphScene(first.scene.drawing, ()), QFont())
    assert not drawn.follows(None, QFont())
    assert not drawn.follows(_drawn(small_network()).scene, QFont())
    larger = QFont()
    larger.setPixelSize(31)
    assert not drawn.follows(first.scene, larger)
    assert first.follows(None, QFont())
    assert not first.follows(drawn.scene, QFont())


def test_modules_of_another_network_may_be_closed_meanwhile(qapp):
    other = network_of(graph_of("a Input", "b ReLU < a"))
    first = _drawn(small_network())
    drawn = _drawn(other, first.scene)
    assert drawn.follows(GraphScene(first.scene.drawing, ()), QFont())


def test_the_window_draws_in_a_worker_and_shows_all_at_once(threaded, gate, never_in_the_windows_thread):
    network = _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    assert threaded.layers.proxy.rowCount() == 0
    assert threaded.empty.isVisible()
    _finish(threaded, gate)
    assert gate.threads[0] is not threading.main_thread()
    assert threaded.layers.proxy.rowCount() == 7
    assert threaded.graph_view.scene is not None
    assert threaded.graph_view.scene.names[0] == "data"
    assert not threaded.empty.isVisible()
    assert threaded.session.network is network


def test_a_corrected_network_is_drawn_once_though_the_comparison_of_the_one_before_goes(
    threaded, never_in_the_windows_thread
):
    _open(threaded, comparison=_comparison("fc"))
    assert threaded.jobs.wait_until_idle(WAIT)
    threaded.graph_view.close_module("fork")
    assert threaded.graph_view.scene.verdicts["fc"] == "culprit"
    corrected = _open(threaded)
    assert threaded.session.comparison is None
    assert threaded.jobs.wait_until_idle(WAIT)
    assert threaded.graph_view.scene.verdicts == {}
    assert threaded.graph_view.opened == frozenset()
    assert threaded.session.network is corrected


def test_a_module_that_is_opened_while_the_correction_is_drawn_stays_open(threaded, gate):
    gate.opened.set()
    _open(threaded)
    assert threaded.jobs.wait_until_idle(WAIT)
    threaded.graph_view.close_all()
    gate.opened.clear()
    _open(threaded)
    threaded.graph_view.open_module("fork")
    _finish(threaded, gate)
    assert threaded.graph_view.opened == {"fork"}


def test_a_network_that_is_replaced_while_it_is_drawn_never_shows(threaded, gate):
    _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    other = network_of(graph_of("a Input", "b ReLU < a"))
    threaded.session.put(network=other, modules=_modules(other))
    shown: list[int] = []
    threaded.layers.model.modelReset.connect(lambda: shown.append(threaded.layers.model.rowCount()))
    _finish(threaded, gate)
    assert threaded.graph_view.scene.names == ["a", "b"]
    assert shown == [2]


def test_a_network_that_is_closed_while_it_is_drawn_never_shows(threaded, gate):
    _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    threaded.desk.close()
    _finish(threaded, gate)
    assert threaded.graph_view.scene is None
    assert threaded.layers.proxy.rowCount() == 0
    assert threaded.empty.isVisible()


def test_layer_comparison_and_times_that_come_before_the_graph_are_shown_with_it(
    threaded, gate, never_in_the_windows_thread
):
    _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    threaded.session.put(layer="fork/right")
    threaded.session.put(comparison=_comparison("fork/left"))
    threaded.session.put(timed=_timed())
    _finish(threaded, gate)
    view, proxy = threaded.layers.view, threaded.layers.proxy
    assert view.currentIndex().data() == "right"
    assert not view.isColumnHidden(ERROR)
    assert not view.isColumnHidden(TIME)
    index = proxy.mapFromSource(threaded.layers.model.index_of("fork/left"))
    assert [index.siblingAtColumn(column).data() for column in (ERROR, TIME)] == ["0.5", "0.250"]
    assert threaded.graph_view.scene.verdicts["fork/left"] == "culprit"
    assert "fork/right" in threaded.graph_view.accessibleDescription()


def test_a_comparison_that_comes_after_the_graph_is_shown_too(threaded, never_in_the_windows_thread):
    _open(threaded)
    assert threaded.jobs.wait_until_idle(WAIT)
    threaded.session.put(comparison=_comparison("fc"))
    assert threaded.graph_view.scene.verdicts["fc"] == "culprit"
    assert not threaded.layers.view.isColumnHidden(ERROR)


def test_commands_on_the_graph_may_come_before_it(threaded, gate):
    _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    for command in ("view.fit_graph", "view.open_modules", "view.close_modules"):
        threaded.commands.run(command)
    assert threaded.graph_view.scene is None
    _finish(threaded, gate)
    assert threaded.graph_view.scene is not None


def test_the_window_closes_while_a_network_is_drawn(threaded, gate, qtbot):
    _open(threaded)
    assert gate.reached.wait(WAIT / 1000)
    opening = threading.Timer(0.05, gate.opened.set)
    opening.start()
    threaded.close()
    opening.join()
    assert not threaded.isVisible()
    qtbot.wait(20)
    assert threaded.graph_view.scene is None


def test_the_rows_of_the_table_serve_the_graph_too(qapp):
    network = small_network()
    modules = _modules(network)
    tree = RowTree(layer_rows(network, modules))
    drawn = draw(network, modules, QFont(), None, tree.by_name)
    alone = draw(network, modules, QFont(), None)
    assert list(drawn.scene.drawing.rows) == list(alone.scene.drawing.rows) == list(LAYERS)
    assert all(drawn.scene.drawing.rows[name] is tree.by_name[name] for name in LAYERS)
    assert [drawn.scene.describe(name) for name in LAYERS] == [alone.scene.describe(name) for name in LAYERS]


def test_a_comparison_alters_no_line_of_the_graph(qapp):
    scene = _drawn(small_network()).scene
    compared = scene.compared(_comparison("fc"))
    assert compared.shapes is scene.shapes
    assert compared.verdicts["fc"] == "culprit"
    assert set(scene.shapes.blocks) == {scene.drawing.card(name).kind for name in scene.names}
