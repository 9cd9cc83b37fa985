import sys

import pytest

from explorer.bench.processes import Taker, run_timed, seconds_to_line
from explorer.errors import PortsideError

ECHO = "import sys\nfor line in sys.stdin: print(len(line.strip()), flush=True)"


def test_a_process_is_timed_and_its_memory_known():
    ended = run_timed([sys.executable, "-c", "bytearray(1 << 26)"])
    assert ended.seconds > 0
    assert ended.peak_bytes > 1 << 26


def test_a_process_that_fails_is_told_with_its_last_words():
    with pytest.raises(PortsideError, match="ended with 3: no such luck"):
        run_timed([sys.executable, "-c", "import sys; print('no such luck'); sys.exit(3)"])


def test_a_status_that_is_expected_is_no_failure():
    assert run_timed([sys.executable, "-c", "raise SystemExit(1)"], statuses=(0, 1)).seconds > 0


def test_a_taker_answers_line_by_line():
    with Taker([sys.executable, "-c", ECHO]) as taker:
        assert [taker.ask("abc"), taker.ask(""), taker.ask("a b")] == [3, 0, 3]


def test_a_taker_that_ends_is_told_with_its_last_words():
    command = [sys.executable, "-c", "import sys; sys.exit('out of breath')"]
    with Taker(command) as taker, pytest.raises(PortsideError, match="ended without an answer: out of breath"):
        taker.ask()


def test_a_process_that_never_says_a_line_is_told():
    with pytest.raises(PortsideError, match="without an answer"):
        seconds_to_line([sys.executable, "-c", "pass"], {})
