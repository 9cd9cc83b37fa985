"""What a run has left out is computed behind it."""

from __future__ import annotations

from typing import Any

from explorer.errors import PortsideError
from explorer.running.activations import Activations
from explorer.session.jobs import Jobs
from explorer.session.looking_ahead import LookingAhead
from explorer.session.session import Session


class Values(dict[str, Any]):
    """Values that note that they were looked ahead for, and may fail at it."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.fails, self.times = fails, 0

    def look_ahead(self, cancelled) -> None:
        self.times += 1
        assert not cancelled()
        if self.fails:
            raise PortsideError("no room")


def run_of(values) -> Activations:
    return Activations(values, {}, "cpu", 1.0)


def test_every_run_is_looked_ahead_of(qtbot):
    session, jobs = Session(), Jobs(serial=True)
    LookingAhead(session, jobs, session)
    picture, reference = Values(), Values()
    session.put(picture_run=run_of(picture))
    assert (picture.times, reference.times) == (1, 0)
    session.put(reference_run=run_of(reference))
    assert (picture.times, reference.times) == (1, 1)
    session.put(picture_run=None)
    assert not jobs.is_busy()


def test_what_can_not_be_computed_is_no_problem_yet(qtbot):
    session, jobs = Session(), Jobs(serial=True)
    LookingAhead(session, jobs, session)
    problems: list[str] = []
    jobs.failed.connect(problems.append)
    values = Values(fails=True)
    session.put(picture_run=run_of(values))
    assert (values.times, problems) == (1, [])


def test_a_run_whose_values_are_all_there_needs_nothing(qtbot):
    session, jobs = Session(), Jobs(serial=True)
    LookingAhead(session, jobs, session)
    session.put(picture_run=run_of({}))
    assert not jobs.is_busy()
