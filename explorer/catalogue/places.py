"""Where fetched networks lie, and where what is half fetched waits."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.catalogue.entry import Entry
from explorer.errors import PortsideError


@dataclass(frozen=True)
class Places:
    """``networks`` holds a folder for each network that was fetched, ``cache`` what a transfer left that broke off."""

    networks: Path
    cache: Path

    def folder(self, entry: Entry) -> Path:
        """Where that network's files are, once they are fetched."""
        return self.networks / entry.name


def usual_places(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Places:
    """The person's own folders, as the system has them: XDG's, macOS' Library, Windows' local application data.

    :raises PortsideError: when the system names no home.
    """
    try:
        home = Path.home() if home is None else home
    except RuntimeError:
        raise PortsideError("this machine names no home folder for networks: say --to FOLDER") from None
    if platform == "win32":
        local = _folder(environment, "LOCALAPPDATA", home / "AppData" / "Local") / "portside"
        return Places(local / "networks", local / "cache")
    if platform == "darwin":
        library = home / "Library"
        return Places(library / "Application Support" / "portside" / "networks", library / "Caches" / "portside")
    data = _folder(environment, "XDG_DATA_HOME", home / ".local" / "share")
    cache = _folder(environment, "XDG_CACHE_HOME", home / ".cache")
    return Places(data / "portside" / "networks", cache / "portside")


def _folder(environment: Mapping[str, str], name: str, usual: Path) -> Path:
    # The XDG specification has paths that are not absolute ignored.
    value = Path(environment.get(name, ""))
    return value if value.is_absolute() else usual
