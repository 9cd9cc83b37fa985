"""The GPU in software for the tests: what it is made of, and what is said where it can't be had."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import set_up_software_gpu as software_gpu


class Machine:
    """Stands in for pip, apt-get and dpkg-deb: what is downloaded is empty files of the right names."""

    def __init__(self, *refused: str) -> None:
        self.ran: list[list[str]] = []
        self.refused = refused

    def __call__(self, command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        self.ran.append(list(command))
        if any(word in command for word in self.refused):
            return subprocess.CompletedProcess(command, 1, "reading\nE: no such thing\n")
        if "download" in command and folder is not None:
            (folder / f"{software_gpu.PACKAGE}_1.deb").touch()
        if "--extract" in command:
            inside = Path(command[-1]) / "usr/lib/chromium"
            inside.mkdir(parents=True)
            for name in software_gpu.DRIVER:
                (inside / name).write_text(name)
        return subprocess.CompletedProcess(command, 0, "")

    def packages(self) -> list[str]:
        return [command[-1] for command in self.ran if "pip" in command]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Debian that has no Vulkan, and a checkout without the folder."""
    folder = tmp_path / ".software-gpu"
    monkeypatch.setattr(software_gpu, "FOLDER", folder)
    monkeypatch.setattr(software_gpu, "STAMP", folder / "set-up")
    monkeypatch.setattr(software_gpu, "INSTALLED", Path("/usr/lib/chromium"))
    has_driver = software_gpu.has_driver
    monkeypatch.setattr(
        software_gpu, "has_driver", lambda place: place != Path("/usr/lib/chromium") and has_driver(place)
    )
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(software_gpu, "root_prefix", list)
    return folder


def test_the_driver_is_unpacked_and_not_installed(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    machine = Machine()
    monkeypatch.setattr(software_gpu, "run_quietly", machine)
    assert software_gpu.main() == 0
    assert sorted(path.name for path in (bare / "vulkan").iterdir()) == sorted(software_gpu.DRIVER)
    assert machine.packages() == ["onnxruntime-ep-webgpu>=0.4", "onnxruntime-webgpu>=1.27"]
    assert not any("install" in command for command in machine.ran if "apt-get" in command)
    # And nothing is done again.
    machine.ran.clear()
    assert software_gpu.main() == 0
    assert machine.ran == []


def test_what_can_not_be_had_is_said_and_looked_for_again(
    monkeypatch: pytest.MonkeyPatch, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine("download")
    monkeypatch.setattr(software_gpu, "run_quietly", machine)
    assert software_gpu.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "set-up: apt-get could not download chromium-common: E: no such thing; the tests that need it will be skipped"
    )
    # The list of packages was fetched before it was given up.
    assert ["apt-get", "-qq", "update"] in machine.ran
    assert not (bare / "set-up").exists()


def test_pips_reason_is_told(monkeypatch: pytest.MonkeyPatch, bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(software_gpu, "run_quietly", Machine("onnxruntime-ep-webgpu>=0.4"))
    assert software_gpu.main() == 0
    assert "pip could not install onnxruntime-ep-webgpu>=0.4: E: no such thing" in capsys.readouterr().out


def test_other_systems_are_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(software_gpu, "run_quietly", Machine())
    assert software_gpu.main() == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert not bare.exists()
