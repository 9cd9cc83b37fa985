"""Does to the real window what a person does, and says when it was painted: one request a line.

`open FILE…` (parted by tabs): milliseconds from the drop to the painted graph, and the longest time in which the window
did not come to its own work until all was done. `click LAYER`: milliseconds from a click in the graph to the painted
maps. `layers`: the layers that can be clicked. `frames N`: milliseconds of N frames of panning and of N of zooming, all
in view. `memory`: the process's megabytes now, and at most.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

LONGEST = 120_000
"""Milliseconds to wait for anything."""

BETWEEN_CLICKS = 150
"""Milliseconds, as short as a person's pause gets: by then the plots beside the maps of the last layer are drawn."""

AFTERWARDS = 300
"""Milliseconds in which frames are still watched when all is done."""


def main() -> int:
    """Serve until the input ends."""
    from explorer.app import warm_up
    from explorer.ui.assembly import make_application, make_window

    application = make_application(offscreen=True)
    with tempfile.TemporaryDirectory() as folder:
        window = make_window(Path(folder), mode="light")
        window.show()
        warm_up(window, [])
        window.jobs.wait_until_idle(LONGEST)
        _wait(AFTERWARDS)
        person = _Person(window)
        for line in sys.stdin:
            what, _, rest = line.rstrip("\n").partition(" ")
            print(json.dumps(person.requests[what](rest)), flush=True)
        window.close()
        window.deleteLater()
        application.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return 0


class _Person:
    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.requests: Mapping[str, Callable[[str], Any]] = {
            "open": self._open,
            "layers": self._layers,
            "click": self._click,
            "frames": self._frames,
            "memory": lambda _: _memory(),
        }

    def _open(self, files: str) -> Mapping[str, float]:
        from explorer.ui.pictures import drop_files

        window = self._window
        before = window.session.network
        watch = _Watch()
        start = time.perf_counter()
        drop_files(window, files.split("\t"))
        painted = _Painted(window.graph_view, lambda: window.session.network is not before)
        opened = painted.wait() - start
        window.jobs.wait_until_idle(LONGEST)
        _wait(AFTERWARDS)
        return {"milliseconds": opened * 1e3, "worst_frame": watch.stop() * 1e3}

    def _layers(self, _: str) -> list[str]:
        network = self._window.session.network
        assert network is not None
        self._window.graph_view.open_all()
        return [layer.name for layer in network.layers]

    def _click(self, layer: str) -> float:
        window, view = self._window, self._window.graph_view
        assert view.scene is not None
        place = view.scene.place_of(layer)
        view.bring_into_view(place)
        _wait(BETWEEN_CLICKS)
        spot = view.in_view(place).center()
        seen: list[float] = []
        taken = window.page_link.looking.seen.connect(lambda _: seen.append(time.perf_counter()))
        painted = _Painted(window.maps_view, lambda: bool(seen))
        start = time.perf_counter()
        _mouse(view, QEvent.Type.MouseButtonPress, spot, Qt.MouseButton.LeftButton)
        _mouse(view, QEvent.Type.MouseButtonRelease, spot, Qt.MouseButton.NoButton)
        took = painted.wait() - start
        window.page_link.looking.seen.disconnect(taken)
        window.jobs.wait_until_idle(LONGEST)
        if window.session.layer != layer:
            raise RuntimeError(f"the click on {layer} chose {window.session.layer}")
        return took * 1e3

    def _frames(self, count: str) -> Mapping[str, Any]:
        view = self._window.graph_view
        view.open_all()
        view.fit_all()
        _wait(AFTERWARDS)
        assert view.scene is not None
        steps: dict[str, Callable[[int], None]] = {"pan": self._pan, "zoom": self._zoom}
        frames: dict[str, list[float]] = {name: [] for name in steps}
        _mouse(view, QEvent.Type.MouseButtonPress, QPointF(view.rect().center()), Qt.MouseButton.MiddleButton)
        for name, step in steps.items():
            for index in range(int(count)):
                start = time.perf_counter()
                step(index)
                QApplication.sendPostedEvents()
                view.repaint()
                frames[name].append((time.perf_counter() - start) * 1e3)
        return {"nodes": len(view.scene.names), **frames}

    def _pan(self, index: int) -> None:
        view = self._window.graph_view
        spot = QPointF(view.rect().center()) + QPointF(7 * ((index + 1) % 5), 5 * ((index + 1) % 7))
        _mouse(view, QEvent.Type.MouseMove, spot, Qt.MouseButton.MiddleButton)

    def _zoom(self, index: int) -> None:
        view = self._window.graph_view
        place = QPointF(view.rect().center())
        event = QWheelEvent(
            place,
            view.mapToGlobal(place),
            QPoint(),
            QPoint(0, 30 if index % 2 else -30),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)


class _Painted(QObject):
    """Waits until a widget, or one inside it, is painted after ``is_due()`` is true."""

    def __init__(self, widget: QWidget, is_due: Callable[[], bool]) -> None:
        super().__init__()
        self._widget, self._is_due = widget, is_due
        self._loop = QEventLoop()
        self._ended = 0.0
        self._is_seen = False
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def wait(self) -> float:
        """When the frame was done."""
        QTimer.singleShot(LONGEST, self._loop, self._loop.quit)
        self._loop.exec()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        if not self._ended:
            raise RuntimeError("nothing was painted")
        return self._ended

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._is_seen and self._is_due() and self._is_inside(watched):
            self._is_seen = True
            # Everything that is to be painted is painted in one go, and timers wait for its end.
            QTimer.singleShot(0, self, self._end)
        return False

    def _end(self) -> None:
        self._ended = time.perf_counter()
        self._loop.quit()

    def _is_inside(self, watched: QObject) -> bool:
        return isinstance(watched, QWidget) and (watched is self._widget or self._widget.isAncestorOf(watched))


class _Watch(QObject):
    """The longest time between two turns of the window's loop."""

    def __init__(self) -> None:
        super().__init__()
        self._last, self._worst = time.perf_counter(), 0.0
        self._timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def stop(self) -> float:
        """Seconds."""
        self._timer.stop()
        return self._worst

    def _turn(self) -> None:
        now = time.perf_counter()
        self._worst, self._last = max(self._worst, now - self._last), now


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop, loop.quit)
    loop.exec()


def _mouse(widget: QWidget, kind: QEvent.Type, spot: QPointF, held: Qt.MouseButton) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    if held != Qt.MouseButton.NoButton and kind != QEvent.Type.MouseMove:
        button = held
    event = QMouseEvent(kind, spot, widget.mapToGlobal(spot), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def _memory() -> Mapping[str, float]:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    kilobytes = {
        name: float(value.split()[0]) for name, _, value in (line.partition(":\t") for line in lines if "kB" in line)
    }
    return {"now": kilobytes["VmRSS"] * 1024 / 1e6, "peak": kilobytes["VmHWM"] * 1024 / 1e6}


if __name__ == "__main__":
    sys.exit(main())
