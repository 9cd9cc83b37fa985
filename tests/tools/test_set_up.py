import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import set_up


class Commands:
    """Stands in for running commands: keeps them, and lets those that hold a refused word fail."""

    def __init__(self, *refused: str) -> None:
        self.ran: list[list[str]] = []
        self.refused = refused

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.ran.append(list(command))
        failed = any(word in command for word in self.refused)
        return subprocess.CompletedProcess(command, int(failed), "E: no such package\n" if failed else "")


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)


def test_nothing_missing_runs_nothing(monkeypatch: pytest.MonkeyPatch, debian: None) -> None:
    commands = Commands()
    monkeypatch.setattr(set_up, "run_quietly", commands)
    set_up.install_packages([])
    assert commands.ran == []


def test_each_missing_library_asks_for_its_package_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    absent = {"libgthread-2.0.so.0", "libglib-2.0.so.0", "libxcb-cursor.so.0"}
    monkeypatch.setattr(set_up, "is_loadable", lambda library: library not in absent)
    monkeypatch.setattr(set_up, "has_font", lambda: False)
    stamp = tmp_path / "stamp"
    stamp.touch()
    monkeypatch.setattr(set_up, "STAMP", stamp)
    assert set_up.missing_packages() == ["libglib2.0-0", "libxcb-cursor0", "fonts-dejavu-core"]


def test_root_installs_under_the_name_that_this_release_has(monkeypatch: pytest.MonkeyPatch, debian: None) -> None:
    commands = Commands()
    monkeypatch.setattr(set_up, "run_quietly", commands)
    set_up.install_packages(["libegl1", "libglib2.0-0"])
    assert commands.ran[-1][-4:] == ["--yes", "--no-install-recommends", "libegl1", "libglib2.0-0t64"]


def test_an_older_release_keeps_the_older_name(monkeypatch: pytest.MonkeyPatch, debian: None) -> None:
    commands = Commands("show")
    monkeypatch.setattr(set_up, "run_quietly", commands)
    set_up.install_packages(["libegl1", "libglib2.0-0"])
    assert commands.ran[-1][-2:] == ["libegl1", "libglib2.0-0"]


def test_without_the_right_to_install_one_sentence_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, debian: None, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands("sudo")
    monkeypatch.setattr(set_up, "run_quietly", commands)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    set_up.install_packages(["libegl1", "libgl1"])
    assert commands.ran == [["sudo", "-n", "true"]]
    assert capsys.readouterr().out == (
        "set-up: System packages are missing; please type: sudo apt-get install libegl1 libgl1\n"
    )


def test_sudo_without_a_password_is_used(monkeypatch: pytest.MonkeyPatch, debian: None) -> None:
    commands = Commands()
    monkeypatch.setattr(set_up, "run_quietly", commands)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    set_up.install_packages(["libegl1"])
    assert commands.ran[-1][:3] == ["sudo", "-n", "env"]
    assert commands.ran[-1][-1] == "libegl1"


def test_a_refused_installation_is_told_and_does_not_end_the_set_up(
    monkeypatch: pytest.MonkeyPatch, debian: None, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "run_quietly", Commands("install"))
    set_up.install_packages(["libegl1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "set-up: E: no such package"
    assert lines[2].endswith("please type: sudo apt-get install libegl1")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    (folder / "bin" / "python").touch()
    (folder / "bin" / "activate").write_text(f"VIRTUAL_ENV={folder}\n", encoding="utf-8")
    monkeypatch.setattr(set_up, "VENV", folder)
    monkeypatch.setattr(set_up, "VENV_PYTHON", folder / "bin" / "python")
    return folder


@pytest.mark.parametrize(("answer", "serves"), [("python 3.11\n", True), ("python 3.12\n", False)])
def test_an_environment_of_another_python_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, environment: Path, answer: str, serves: bool
) -> None:
    def answering(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, answer)

    monkeypatch.setattr(set_up, "run_quietly", answering)
    assert set_up.serves("/somewhere\npython 3.11\n") is serves


def test_an_environment_copied_from_another_folder_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, environment: Path
) -> None:
    monkeypatch.setattr(set_up, "run_quietly", Commands())
    (environment / "bin" / "activate").write_text("VIRTUAL_ENV=/elsewhere/.venv\n", encoding="utf-8")
    assert not set_up.serves("python 3.11\n")


def test_a_changed_pyproject_asks_for_another_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    before = set_up.wanted_state()
    assert set_up.wanted_state() == before
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'portside'\n", encoding="utf-8")
    assert set_up.wanted_state() != before
