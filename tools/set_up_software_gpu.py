"""Make a GPU in software for the tests: WebGPU for onnxruntime, and a Vulkan driver that runs on the processor.

`make test` runs this after the set-up, by `python -m tools.set_up_software_gpu`. Everything goes into the folder
`.software-gpu` of the checkout: `plugin` holds onnxruntime-ep-webgpu, which adds WebGPU to the onnxruntime of `.venv`;
`wheel` holds onnxruntime-webgpu, which replaces it; `vulkan` holds the loader and SwiftShader out of Debian's package
chromium-common, which is unpacked and not installed. What can't be had is said, and its tests are skipped by name.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.set_up import ROOT, VENV_PYTHON, root_prefix, run_quietly, say

FOLDER = ROOT / ".software-gpu"
STAMP = FOLDER / "set-up"
WHEEL = "onnxruntime-webgpu>=1.27"
PACKAGE = "chromium-common"
DRIVER = ("libvulkan.so.1", "libvk_swiftshader.so", "vk_swiftshader_icd.json")
INSTALLED = Path("/usr/lib/chromium")


def main() -> int:
    """Bring the folder up to date; the exit status is 0 whatever could be had."""
    if not sys.platform.startswith("linux"):
        say("The tests on a GPU in software need Debian's Vulkan driver, so they will be skipped here")
        return 0
    state = wanted_state()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == state:
        return 0
    say("Setting up a GPU in software for the tests (about 80 megabytes the first time)")
    reasons = [reason for reason in (fetch_driver(), install("plugin", plugin()), install("wheel", WHEEL)) if reason]
    for reason in reasons:
        say(f"{reason}; the tests that need it will be skipped")
    if not reasons:
        STAMP.write_text(state, encoding="utf-8")
    return 0


def wanted_state() -> str:
    """What the folder must have been made for; any other content of the stamp means: make it again."""
    version = f"python {sys.version_info.major}.{sys.version_info.minor}"
    return f"{version}\n{plugin()}\n{WHEEL}\n{PACKAGE}\n"


def plugin() -> str:
    """The requirement of the extra `gpu` that is the plugin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return next(str(wanted) for wanted in project["optional-dependencies"]["gpu"] if "-ep-" in wanted)


def install(name: str, requirement: str) -> str | None:
    """Install a package without what it depends on, into a folder of its own; the reason why it can't be had."""
    target = FOLDER / name
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    done = run_quietly([*pip, "install", "--no-deps", "--target", str(target), requirement])
    return None if done.returncode == 0 else f"pip could not install {requirement}: {last_line(done.stdout)}"


def fetch_driver() -> str | None:
    """Put the Vulkan loader and driver into the folder; the reason why they can't be had."""
    target = FOLDER / "vulkan"
    if has_driver(target):
        return None
    if has_driver(INSTALLED):
        copy_driver(INSTALLED, target)
        return None
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return f"Debian's package {PACKAGE} can't be had without apt-get"
    with tempfile.TemporaryDirectory(prefix="portside-vulkan-") as folder:
        done = run_quietly(["apt-get", "-qq", "download", PACKAGE], Path(folder))
        prefix = root_prefix()
        if done.returncode != 0 and prefix is not None:
            # A bare machine has no list of packages yet.
            run_quietly([*prefix, "apt-get", "-qq", "update"])
            done = run_quietly(["apt-get", "-qq", "download", PACKAGE], Path(folder))
        archive = next(Path(folder).glob(f"{PACKAGE}_*.deb"), None)
        if done.returncode != 0 or archive is None:
            return f"apt-get could not download {PACKAGE}: {last_line(done.stdout)}"
        unpacked = Path(folder) / "unpacked"
        done = run_quietly(["dpkg-deb", "--extract", str(archive), str(unpacked)])
        inside = unpacked / INSTALLED.relative_to("/")
        if done.returncode != 0 or not has_driver(inside):
            return f"{PACKAGE} holds no Vulkan driver any more"
        copy_driver(inside, target)
    return None


def has_driver(folder: Path) -> bool:
    """Whether loader, driver and the file that names the driver lie there."""
    return all((folder / name).is_file() for name in DRIVER)


def copy_driver(source: Path, target: Path) -> None:
    """Copy the three files; the one that names the driver looks for it beside itself."""
    target.mkdir(parents=True, exist_ok=True)
    for name in DRIVER:
        shutil.copyfile(source / name, target / name)


def last_line(text: str) -> str:
    """What a command said last, which is its error."""
    return (text.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
