import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton

from explorer.session.jobs import Job
from explorer.ui.job_bar import JobBar


@pytest.fixture
def bar(qtbot, light):
    made = JobBar(light)
    qtbot.addWidget(made)
    made.resize(800, made.height())
    made.show()
    return made


def _text(bar):
    return bar.findChild(QLabel, "job_text").text()


def test_with_nothing_to_do_the_status_is_shown(bar):
    bar.show_status("small · 9 layers", "/folder/small.onnx")
    assert _text(bar) == "small · 9 layers"
    assert bar.toolTip() == "/folder/small.onnx"
    assert not bar.findChild(QProgressBar).isVisible()
    assert not bar.findChild(QPushButton).isVisible()


def test_a_job_is_shown_with_its_progress(bar):
    bar.show_status("small")
    bar.show_jobs((Job(1, "compare", "comparing with cat.npz: layer 3 of 7", 3, 7),))
    progress = bar.findChild(QProgressBar)
    assert _text(bar) == "Comparing with cat.npz: layer 3 of 7…"
    assert progress.isVisible()
    assert (progress.value(), progress.maximum()) == (3, 7)
    bar.show_jobs(())
    assert _text(bar) == "small"
    assert not progress.isVisible()


def test_work_of_unknown_length_is_shown_as_such(bar):
    bar.show_jobs((Job(1, "run", "running cat.jpg"),))
    assert (bar.findChild(QProgressBar).minimum(), bar.findChild(QProgressBar).maximum()) == (0, 0)


def test_further_jobs_are_counted(bar):
    bar.show_jobs((Job(1, "run", "running"), Job(2, "compare", "comparing"), Job(3, "save", "saving")))
    assert any(label.text() == "and 2 more" and label.isVisible() for label in bar.findChildren(QLabel))


def test_cancel_can_be_asked_for_once(bar, qtbot):
    bar.show_jobs((Job(1, "run", "running cat.jpg"),))
    button = bar.findChild(QPushButton)
    with qtbot.waitSignal(bar.cancel_requested):
        button.click()
    bar.show_jobs((Job(1, "run", "running cat.jpg", stopping=True),))
    assert _text(bar) == "Stopping: running cat.jpg"
    assert not button.isEnabled()
