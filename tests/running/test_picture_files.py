"""Which files are pictures, and in which order."""

from pathlib import Path

import pytest

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.running.picture_files import find_pictures, gather_pictures, in_numbers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("10.jpg", "2.JPG", "notes.txt", ".hidden.png", "b/1.png", ".git/x.png", "a/z.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_numbers_in_names_are_numbers():
    assert sorted(["img10b.jpg", "img2.jpg", "Img2a.jpg", "a"], key=in_numbers) == [
        "a", "img2.jpg", "Img2a.jpg", "img10b.jpg"
    ]  # fmt: skip


def test_a_folder_gives_its_pictures_and_those_below_but_nothing_hidden(folder):
    found = [str(path.relative_to(folder)) for path in find_pictures(folder)]
    assert found == ["2.JPG", "10.jpg", "a/z.webp", "b/1.png"]


def test_links_that_lead_in_circles_are_not_followed(folder):
    (folder / "a" / "up").symlink_to(folder)
    assert len(find_pictures(folder)) == 4


def test_files_stay_as_they_are_beside_folders(folder):
    given = [folder / "notes.txt", folder / "b", folder / "missing.png"]
    assert gather_pictures(given) == [folder / "notes.txt", folder / "b" / "1.png", folder / "missing.png"]


def test_a_folder_without_pictures_is_refused_by_name(tmp_path):
    with pytest.raises(PortsideError, match="the folder holds no pictures"):
        gather_pictures([tmp_path])


def test_the_search_can_be_cancelled(folder):
    with pytest.raises(Cancelled):
        find_pictures(folder, lambda: True)
