"""Opens a window of PySide6 with nothing but an empty view of pyqtgraph, says when it is painted, and closes it."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Gives the exit status."""
    os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
    import pyqtgraph
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class View(pyqtgraph.GraphicsLayoutWidget):  # type: ignore[misc]
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, leave)

    def leave() -> None:
        print("painted", flush=True)
        application.exit(0)

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(View())
    window.resize(1440, 900)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
