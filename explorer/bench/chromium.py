"""Chromium without a window, driven over a pipe by its own protocol (https://chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer.errors import PortsideError

PATIENCE = 120.0
"""Seconds that a page may take."""

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--window-size=1440,900",
)

_IN, _OUT = 3, 4
"""The descriptors on which Chromium reads and writes."""


class Chromium:
    """One browser with one page."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="portside-bench-", ignore_cleanup_errors=True)
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()

        def take_pipes() -> None:
            # Out of the way first: either may have the number that the other is to get.
            high = [os.dup(each) for each in (commands, answers)]
            for number, each in zip((_IN, _OUT), high, strict=True):
                os.dup2(each, number)

        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=take_pipes,  # noqa: PLW1509 - the bench has one thread
        )
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        pages = [each for each in self._ask("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        attached = self._ask("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = attached["sessionId"]

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def go_to(self, address: str) -> None:
        """Begin to load a page."""
        self._ask("Page.navigate", url=address)

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true and the next frame was painted.

        :raises PortsideError: after ``PATIENCE`` seconds.
        """
        end = time.monotonic() + PATIENCE
        while not self.value(expression):
            if time.monotonic() > end:
                raise PortsideError(f"the page does not come to {expression}", file="chromium")
            time.sleep(0.01)
        self.value("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true), 0)))")

    def value(self, expression: str) -> Any:
        """What the expression gives in the page."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        return self._ask("Runtime.evaluate", **asked)["result"].get("value")

    def resident_bytes(self) -> int:
        """The memory of the browser's processes together, what they share counted once (Linux alone)."""
        parents: dict[int, int] = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
        family = {self._process.pid}
        while more := {each for each, parent in parents.items() if parent in family} - family:
            family |= more
        return sum(_share_of(each) for each in family)

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" not in self._buffer:
                if not select.select([self._answers], [], [], max(0.0, end - time.monotonic()))[0]:
                    raise PortsideError(f"does not answer {method}", file="chromium")
                received = os.read(self._answers, 1 << 16)
                if not received:
                    raise PortsideError("ended by itself", file="chromium")
                self._buffer += received
            text, _, self._buffer = self._buffer.partition(b"\0")
            answer = json.loads(text)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PortsideError(f"{method}: {answer['error']['message']}", file="chromium")
                return answer["result"]


def _share_of(number: int) -> int:
    """A process's bytes, those that it shares with others divided by their number (PSS)."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
