"""Modules of others that are only loaded when somebody uses what is in them."""

from __future__ import annotations

import importlib.machinery
import sys
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

LATER = frozenset({"sympy", "onnx_ir._symbolic_shapes"})
"""onnx_ir imports sympy for arithmetic with open sizes, which Portside never does: 0.15 s and 30 MB of each process."""

_LOCK = threading.RLock()


def load_later() -> None:
    """From now on load the modules ``LATER`` when the first of their names is used; called before any is imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in LATER:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Loader", _Loader(spec.loader))
        return spec


class _Loader:
    def __init__(self, real: Any) -> None:
        self._real = real

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__loader__"] = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Asked by the import system itself, which must not load it.
            raise AttributeError(name)
        with _LOCK:
            if type(self) is _Module:
                if "_is_loading" in self.__dict__:
                    # By itself, while it is loaded: not there yet.
                    raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
                self.__dict__["_is_loading"] = True
                loader: Any = self.__dict__["__loader__"]
                loader.exec_module(self)
                del self.__dict__["_is_loading"]
                self.__class__ = ModuleType  # type: ignore[assignment] # as Python's own lazy loader does
        return getattr(self, name)
