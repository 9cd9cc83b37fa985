"""Make this checkout runnable: Qt's system libraries, a virtual environment, and Portside in it.

The Makefile runs this before everything else, so it must be safe to repeat and quick when nothing is missing.
It needs nothing but a Python of 3.11 or newer. It changes nothing outside the checkout, save that on Debian
and its kin it installs the system packages that are missing, where it may.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = VENV / "portside-set-up"

# The libraries that Qt is linked against and the Debian package of each: without these not even an offscreen
# window opens, ...
OFFSCREEN_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
# ... and without these there is none on an X display.
DISPLAY_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# Debian 13 and Ubuntu 24.04 renamed this one when time_t became 64 bits wide.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = {".ttf", ".otf", ".ttc", ".pfb"}


def main() -> int:
    """Bring the checkout up to date; returns the exit status, 0 when Portside can be started."""
    if sys.platform.startswith("linux"):
        install_packages(missing_packages())
    state = wanted_state()
    if VENV_PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == state:
        return 0
    return build_environment(state)


def missing_packages() -> list[str]:
    """The Debian packages of everything that is missing on this machine, in the order of the tables."""
    libraries = OFFSCREEN_LIBRARIES | DISPLAY_LIBRARIES
    names = [package for library, package in libraries.items() if not is_loadable(library)]
    if not has_font():
        names.append("fonts-dejavu-core")
    if not STAMP.exists() and importlib.util.find_spec("ensurepip") is None:
        names.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return list(dict.fromkeys(names))


def is_loadable(library: str) -> bool:
    """Whether the dynamic linker finds ``library`` for this interpreter's own architecture."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font() -> bool:
    """Whether any font lies where fontconfig looks; without one, Qt draws no text."""
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(
        Path(file).suffix.lower() in FONT_SUFFIXES
        for folder in folders
        for _, _, files in os.walk(folder)
        for file in files
    )


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian ``packages``, or say in one sentence what to type where that is not for us to do."""
    if not packages:
        return
    if shutil.which("apt-get") is None:
        say(f"These are missing here (by Debian's names), install what holds them: {' '.join(packages)}")
        return
    prefix = root_prefix()
    if prefix is None:
        say(f"System packages are missing; please type: sudo apt-get install {' '.join(packages)}")
        return
    say(f"Installing {len(packages)} system packages for Qt with apt-get: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "apt-get", "-qq"]
    apt += ["-o", "DPkg::Lock::Timeout=120"]
    # A list that cannot be refreshed may still do; the installation tells.
    run_quietly([*apt, "update"])
    names = [RENAMED[name] if is_renamed(name) else name for name in packages]
    install = run_quietly([*apt, "install", "--yes", "--no-install-recommends", *names])
    if install.returncode != 0:
        say(install.stdout.strip())
        say(f"apt-get could not install them; please type: sudo apt-get install {' '.join(names)}")


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root: nothing, sudo, or ``None`` where we may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and run_quietly(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n"]
    return None


def is_renamed(package: str) -> bool:
    """Whether this release of Debian or Ubuntu has ``package`` under its newer name."""
    return package in RENAMED and run_quietly(["apt-cache", "show", RENAMED[package]]).returncode == 0


def wanted_state() -> str:
    """What the environment must have been built for; any other content of the stamp means: build again."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    # Scripts in a virtual environment hold its path, so a moved or copied checkout needs a new one.
    return f"{ROOT}\npython {sys.version_info.major}.{sys.version_info.minor}\npyproject.toml {wanted}\n"


def build_environment(state: str) -> int:
    """Create ``.venv`` unless it serves, install Portside and its checks, and stamp it with ``state``."""
    STAMP.unlink(missing_ok=True)
    if not serves(state):
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip") is None:
            say(f"{sys.executable} has no ensurepip module, so it cannot make a virtual environment.")
            return 1
        say(f"Creating .venv with Python {sys.version.split()[0]}")
        created = run_quietly([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if created.returncode != 0:
            say(created.stdout.strip())
            return 1
    say("Installing Portside and what it needs into .venv (a few hundred megabytes the first time)")
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    if subprocess.run([*pip, "install", "--editable", f"{ROOT}[dev]"], check=False).returncode != 0:
        say("pip could not install Portside: see above.")
        return 1
    STAMP.write_text(state, encoding="utf-8")
    say("Ready")
    return 0


def serves(state: str) -> bool:
    """Whether ``.venv`` was made for this very folder, with a working pip and the wanted Python."""
    config = VENV / "pyvenv.cfg"
    if not VENV_PYTHON.exists() or not config.exists():
        return False
    activate = VENV_PYTHON.parent / "activate"
    if not activate.exists() or str(VENV) not in activate.read_text(encoding="utf-8"):
        return False
    program = "import pip, sys; print(f'python {sys.version_info.major}.{sys.version_info.minor}')"
    answer = run_quietly([str(VENV_PYTHON), "-c", program])
    return answer.returncode == 0 and answer.stdout.strip() in state.splitlines()


def run_quietly(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in ``folder`` with no input; its output, both streams together, is kept for when it fails."""
    return subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def say(text: str) -> None:
    """Show one line of progress at once, whatever standard output is."""
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
