import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from explorer.data import data_folder


@pytest.fixture(scope="module")
def classes() -> list[str]:
    return (data_folder("resources") / "labels" / "imagenet.txt").read_text(encoding="utf-8").splitlines()


def test_imagenet_has_a_thousand_classes_in_the_order_of_their_identifiers(classes: list[str]) -> None:
    identifiers = [line.split(" ", 1)[0] for line in classes]
    assert len(identifiers) == 1000
    assert all(re.fullmatch(r"n\d{8}", identifier) for identifier in identifiers)
    assert identifiers == sorted(set(identifiers))


@pytest.mark.parametrize(
    ("index", "line"),
    [
        (0, "n01440764 tench, Tinca tinca"),
        (134, "n02012849 crane"),
        (281, "n02123045 tabby, tabby cat"),
        (283, "n02123394 Persian cat"),
        (287, "n02127052 lynx, catamount"),
        (386, "n02504458 African elephant, Loxodonta africana"),
        (517, "n03126707 crane"),
        (999, "n15075141 toilet tissue, toilet paper, bathroom tissue"),
    ],
)
def test_a_class_stands_at_its_output(classes: list[str], index: int, line: str) -> None:
    assert classes[index] == line


def test_every_class_has_clean_names(classes: list[str]) -> None:
    names = [line.split(" ", 1)[1] for line in classes]
    assert [name for name in names if name != name.strip() or "_" in name or not name.isprintable()] == []
    assert [name for name in names if not all(part.strip() for part in name.split(","))] == []


def test_imagenet_classes_equal_those_of_the_references(classes: list[str], shared: Path) -> None:
    words = shared / "references" / "synset_words.txt"
    assert classes == words.read_text(encoding="utf-8").splitlines()


def test_icon_is_a_square_drawing_without_scripts_or_links() -> None:
    root = ElementTree.parse(data_folder("resources") / "icons" / "portside.svg").getroot()
    assert root.attrib["viewBox"] == "0 0 256 256"
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert not tags & {"script", "image", "foreignObject", "text"}


def test_icon_as_pixels_is_256_wide_and_high() -> None:
    from PIL import Image

    with Image.open(data_folder("resources") / "icons" / "portside.png") as icon:
        assert (icon.format, icon.size, icon.mode) == ("PNG", (256, 256), "RGBA")


def test_a_folder_that_did_not_come_with_the_program_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="'no-such-folder'"):
        data_folder("no-such-folder")
