from __future__ import annotations

from pathlib import Path

from explorer.catalogue.places import usual_places
from tests.catalogue.made_up import entry_of, file_of

HOME = Path("/home/ada")


def test_linux_has_them_where_xdg_says() -> None:
    places = usual_places("linux", {}, HOME)
    assert places.networks == HOME / ".local/share/portside/networks"
    assert places.cache == HOME / ".cache/portside"
    places = usual_places("linux", {"XDG_DATA_HOME": "/data", "XDG_CACHE_HOME": "not/absolute"}, HOME)
    assert places.networks == Path("/data/portside/networks")
    assert places.cache == HOME / ".cache/portside"


def test_macos_and_windows_have_their_own() -> None:
    places = usual_places("darwin", {"XDG_DATA_HOME": "/data"}, HOME)
    assert places.networks == HOME / "Library/Application Support/portside/networks"
    assert places.cache == HOME / "Library/Caches/portside"
    places = usual_places("win32", {"LOCALAPPDATA": "/local"}, HOME)
    assert (places.networks, places.cache) == (Path("/local/portside/networks"), Path("/local/portside/cache"))
    assert usual_places("win32", {}, HOME).networks == HOME / "AppData/Local/portside/networks"


def test_every_network_has_a_folder_of_its_own() -> None:
    entry = entry_of(file_of("x"), name="googlenet")
    assert usual_places("linux", {}, HOME).folder(entry) == HOME / ".local/share/portside/networks/googlenet"
