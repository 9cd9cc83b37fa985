"""The recorders as tests run them: in this process beside a made-up framework, or by the Python of a real one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.command_line.recorders import recorders
from explorer.running.activations import Array
from explorer.running.reference import open_reference

NAMES = tuple(recorders())


def load(name: str) -> ModuleType:
    """The script as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"record_{name}", recorders()[name])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *arguments: str | Path) -> None:
    """The script's command line, in this process."""
    monkeypatch.setattr("sys.argv", [f"{module.__name__}.py", *map(str, arguments)])
    module.main()


def told(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *arguments: str | Path) -> str:
    """The sentence with which a wrong request ends."""
    with pytest.raises(module.RequestError) as caught:
        run(monkeypatch, module, *arguments)
    return str(caught.value)


def recorded(path: Path) -> dict[str, Array]:
    """The arrays of a reference, in the file's order."""
    return dict(open_reference(path).arrays)


def tensor(folder: Path, *shape: int, name: str = "tensor", seed: int = 0) -> Path:
    """A ``.npy`` of normal numbers."""
    path = folder / f"{name}.npy"
    np.save(path, np.random.default_rng(seed).standard_normal(shape).astype(np.float32))
    return path


def picture(folder: Path, height: int = 30, width: int = 40) -> Path:
    """A ``.png`` of noise."""
    path = folder / "picture.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)).save(path)
    return path


class RealFramework:
    """The Python that has the original's framework, which an environment variable names."""

    def __init__(self, name: str) -> None:
        variable = f"PORTSIDE_RECORDER_{name.upper()}"
        self.python = os.environ.get(variable, "")
        if not self.python:
            pytest.skip(f"needs {name} itself: {variable} is the path of a Python that has it")
        self.script = recorders()[name]

    def __call__(self, *arguments: str | Path, cwd: Path) -> str:
        """Run that Python and give what it prints; nothing of Portside is within its reach."""
        done = subprocess.run(
            [self.python, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=280, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def record(self, *arguments: str | Path, cwd: Path) -> str:
        """Run the script."""
        return self(self.script, *arguments, cwd=cwd)


def made_up(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> ModuleType:
    """A module of that name that ``import`` finds."""
    module = ModuleType(name)
    for key, value in members.items():
        setattr(module, key, value)
    monkeypatch.setitem(sys.modules, name, module)
    return module
