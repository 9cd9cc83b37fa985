"""The shared libraries that a provider needs beside onnxruntime, and which of them can't be loaded here."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class _Part:
    """Something that a provider needs: what to say where it is missing, and its libraries on Linux and Windows."""

    missing: str
    linux: tuple[str, ...]
    windows: tuple[str, ...]


_DRIVER = _Part("no NVIDIA driver", ("libcuda.so.1",), ("nvcuda.dll",))
_CUDNN = _Part("cuDNN 9 not found", ("libcudnn.so.9",), ("cudnn64_9.dll",))
_TENSORRT = _Part(
    "TensorRT 10 not found",
    ("libnvinfer.so.10", "libnvonnxparser.so.10"),
    ("nvinfer_10.dll", "nvonnxparser_10.dll"),
)
_VULKAN = _Part("no Vulkan loader", ("libvulkan.so.1",), ())


def missing_libraries(name: str) -> str | None:
    """What the provider of that name lacks, with the names of the libraries; None where all can be loaded.

    ``CUDA 13 runtime not found (libcudart.so.13 and 3 more)``. What is asked for is loaded by that, as onnxruntime
    would do when the provider is taken.
    """
    lacking = [text for part in _parts(name) if (text := _lacking(part)) is not None]
    return ", ".join(lacking) or None


def preload_cuda() -> None:
    """Load the CUDA and cuDNN libraries of NVIDIA's Python packages, where the linker would not look for them."""
    import onnxruntime

    if _cuda_version() and hasattr(onnxruntime, "preload_dlls"):
        # It prints what it doesn't find, and standard output may be a JSON document.
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()


def is_loadable(library: str) -> bool:
    """Whether the dynamic linker finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _parts(name: str) -> tuple[_Part, ...]:
    if name == "cuda":
        return (_DRIVER, _runtime(), _CUDNN)
    if name == "tensorrt":
        return (_DRIVER, _runtime(), _CUDNN, _TENSORRT)
    return (_VULKAN,) if name == "webgpu" else ()


def _runtime() -> _Part:
    major = _cuda_version().partition(".")[0] or "12"
    return _Part(
        f"CUDA {major} runtime not found",
        (f"libcudart.so.{major}", f"libcublasLt.so.{major}", f"libcublas.so.{major}", "libcurand.so.10"),
        (f"cudart64_{major}.dll", f"cublasLt64_{major}.dll", f"cublas64_{major}.dll"),
    )


def _cuda_version() -> str:
    """The CUDA version that the installed onnxruntime was built with, as ``13.0``; empty for one without CUDA."""
    import onnxruntime

    return str(getattr(onnxruntime, "cuda_version", "") or "")


def _lacking(part: _Part) -> str | None:
    wanted = {"linux": part.linux, "win32": part.windows}.get(sys.platform, ())
    absent = [library for library in wanted if not is_loadable(library)]
    if not absent:
        return None
    more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    return f"{part.missing} ({absent[0]}{more})"
