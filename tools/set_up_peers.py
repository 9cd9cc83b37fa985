"""Set up the programs that `portside bench` measures beside Portside: `python -m tools.set_up_peers`.

`make bench` runs this after the set-up. Each goes into an environment of its own in the folder `.peers` of the checkout
and never into `.venv`: Polygraphy and OpenCV bring libraries that Portside neither needs nor wants. What can't be had
is said, and the bench then says of each figure what is missing. Chromium and Caffe are not set up: the bench finds the
first where the system has it, and takes the second from `--caffe` (benchmarks/caffe_forward.cpp, built against it).
"""

from __future__ import annotations

import shutil
import sys
import venv
from collections.abc import Mapping

from tools.set_up import ROOT, run_quietly, say
from tools.set_up_software_gpu import last_line

FOLDER = ROOT / ".peers"

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "polygraphy": ("polygraphy>=0.53", "onnx>=1.18", "onnxruntime>=1.21"),
    "netron": ("netron>=9.0",),
    "opencv": ("opencv-python-headless>=4.10,<5",),
}
"""What is installed for each, by the name of its environment."""


def main() -> int:
    """Bring the folder up to date; the exit status is 0 whatever could be had."""
    for name, packages in PACKAGES.items():
        reason = set_up(name, packages)
        if reason is not None:
            say(f"{reason}; its figures will be missing")
    return 0


def set_up(name: str, packages: tuple[str, ...]) -> str | None:
    """Make an environment with these packages, unless it was made already; the reason why it can't be had."""
    place = FOLDER / name
    stamp = place / "portside-set-up"
    state = f"python {sys.version_info.major}.{sys.version_info.minor}\n{' '.join(packages)}\n"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return None
    say(f"Setting up {name} for the bench")
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    done = run_quietly([*pip, "install", *packages])
    if done.returncode != 0:
        return f"pip could not install {name}: {last_line(done.stdout)}"
    stamp.write_text(state, encoding="utf-8")
    return None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
