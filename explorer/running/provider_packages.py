"""Which of onnxruntime's packages are installed, and whether two of them lie on top of one another."""

from __future__ import annotations

from importlib import metadata

RUNTIMES = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-directml",
    "onnxruntime-openvino",
    "onnxruntime-webgpu",
    "onnxruntime-rocm",
    "onnxruntime-qnn",
    "onnxruntime-training",
)
"""Packages that all bring the folder ``onnxruntime``: of two in one environment each overwrites the other's files."""


def installed(package: str) -> str | None:
    """The version of an installed package; None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def overlapping() -> tuple[str, ...]:
    """The packages that share one folder ``onnxruntime``; empty where every one has its own."""
    places: dict[str, list[str]] = {}
    for package in RUNTIMES:
        try:
            found = metadata.distribution(package)
        except metadata.PackageNotFoundError:
            continue
        places.setdefault(str(found.locate_file("onnxruntime")), []).append(package)
    return next((tuple(packages) for packages in places.values() if len(packages) > 1), ())


def overlap_sentence() -> str | None:
    """What is wrong with the packages that are installed together, and what to type; None where all is well."""
    packages = overlapping()
    if not packages:
        return None
    wanted = next((package for package in packages if package != "onnxruntime"), packages[0])
    names = " and ".join(packages)
    return (
        f"{names} are installed together, and each overwrites files of the other: keep one of them "
        f"(pip uninstall {' '.join(packages)}, then pip install {wanted})"
    )
