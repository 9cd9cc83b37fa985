"""Opens the program's own empty window, says when it is painted, and closes it."""

from __future__ import annotations

import sys


def main() -> int:
    """Gives the exit status."""
    from explorer.app import run_window

    return run_window([], when_painted=_leave)


def _leave(window: object) -> None:
    from PySide6.QtCore import QCoreApplication

    print("painted", flush=True)
    QCoreApplication.exit(0)


if __name__ == "__main__":
    sys.exit(main())
