"""Other processes: timed from start to end with their memory, or asked for one measurement after another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from explorer.errors import PortsideError

LONGEST = 300.0
"""Seconds that one process may take."""


@dataclass(frozen=True)
class Ended:
    """A process that is over: seconds from its start to its end, and the most memory in bytes that it took."""

    seconds: float
    peak_bytes: int


def run_timed(command: Sequence[str], *, statuses: Sequence[int] = (0,)) -> Ended:
    """Run a command to its end.

    :raises PortsideError: when its exit status is none of ``statuses``, with what it said last.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        peak = 0
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        else:
            process.wait(LONGEST)
        seconds = time.perf_counter() - start
        if process.returncode not in statuses:
            said.seek(0)
            raise PortsideError(f"ended with {process.returncode}: {_last_line(said.read())}", file=command[0])
    return Ended(seconds, peak)


def seconds_to_line(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds from the start of a process until it wrote its first line; it is left to end by itself.

    :raises PortsideError: when it ends without one.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.perf_counter() - start
    process.communicate(timeout=LONGEST)
    if not line:
        raise PortsideError(f"ended with {process.returncode} and without an answer", file=command[0])
    return seconds


class Taker:
    """A process that takes one measurement for each line that it is sent, and answers with one line of JSON."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._name = command[0]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self) -> Taker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=LONGEST)
        self._said.close()

    @property
    def number(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, text: str = "") -> Any:
        """What the process answers to that line.

        :raises PortsideError: when it ends instead, with what it said last.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{text}\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.wait(LONGEST)
            self._said.seek(0)
            raise PortsideError(f"ended without an answer: {_last_line(self._said.read())}", file=self._name)
        return json.loads(answer)


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a program of the bench."""
    return [sys.executable, "-m", f"explorer.bench.programs.{name}", *arguments]


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
