"""The catalogue that comes with the program is whole, and one that is not says what it lacks."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from explorer.architectures import ARCHITECTURES
from explorer.catalogue.entry import Entry
from explorer.catalogue.reading import find_entry, read_catalogue
from explorer.errors import PortsideError
from explorer.importers import IMPORTERS
from explorer.network.labels import read_labels
from explorer.network.preprocessing import preset_names

GOOD = """
[[network]]
name = "net"
title = "Net"
framework = "Caffe"
licence = "MIT"
home = "https://example.org/net"
sources = ["https://example.org/net/readme"]
preprocessing = "caffe"
labels = "imagenet"

[[network.file]]
name = "net.caffemodel"
size = 10
sha1 = "405fc5acd08a3bb12de8ee5e23a96bec22f08204"
addresses = ["https://example.org/net.caffemodel"]
"""


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return read_catalogue()


def _read(tmp_path: Path, text: str) -> tuple[Entry, ...]:
    path = tmp_path / "catalogue.toml"
    path.write_text(text, "utf-8")
    return read_catalogue(path)


def test_it_holds_what_people_port(entries: tuple[Entry, ...]) -> None:
    names = {entry.name for entry in entries}
    assert len(names) == len(entries) == 21
    caffe = {"googlenet", "caffenet", "alexnet", "vgg16", "vgg19", "squeezenet-1.0", "squeezenet-1.1"}
    slim = {"inception-v1", "inception-v2", "inception-v3", "inception-v4", "inception-resnet-v2", "mobilenet-v1"}
    assert caffe | slim < names
    (weights,) = [file for file in find_entry("googlenet", entries).files if file.name.endswith(".caffemodel")]
    assert dict(weights.hashes)["sha1"] == "405fc5acd08a3bb12de8ee5e23a96bec22f08204"
    assert weights.size == 53_533_754


def test_presets_architectures_and_labels_exist(entries: tuple[Entry, ...]) -> None:
    assert {entry.preprocessing for entry in entries} <= set(preset_names())
    assert {entry.architecture for entry in entries} <= {*ARCHITECTURES, None}
    assert all(len(read_labels(entry.labels)) == 1000 for entry in entries)


def test_every_file_is_one_that_its_framework_has(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        importer = IMPORTERS[entry.framework.lower()]
        endings = {*importer.networks, *importer.weights, *importer.either} - {""}
        assert all(Path(file.name).suffix in endings for file in entry.files), entry.name
        stems = {Path(file.name).stem for file in entry.files}
        assert len(stems) == 1, f"{entry.name}: weights are found beside their network by its name"


def test_weights_without_their_network_say_so(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        alone = len(entry.files) == 1 and entry.framework == "Keras"
        assert entry.note.startswith("Weights alone") == alone


def test_weak_hashes_are_those_of_keras_alone(entries: tuple[Entry, ...]) -> None:
    weak = {entry.framework for entry in entries if any(file.is_weak for file in entry.files)}
    assert weak == {"Keras"}


def test_no_two_files_are_taken_for_one_another(entries: tuple[Entry, ...]) -> None:
    files = [file for entry in entries for file in entry.files]
    assert len({file.key for file in files}) == len(files)
    addresses = [address for file in files for address in file.addresses]
    assert len(set(addresses)) == len(addresses)
    assert all(urlsplit(address).path.count("/") >= 2 for address in addresses if "dl.caffe" not in address)


def test_accuracy_is_in_percent(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert (entry.top1 is None) == (entry.top5 is None)
        assert entry.top1 is None or entry.top5 is None or 50 < entry.top1 < entry.top5 < 100


def test_a_wrong_name_says_which_was_meant(entries: tuple[Entry, ...]) -> None:
    with pytest.raises(PortsideError, match="no network 'googlenets' in the catalogue: did you mean 'googlenet'"):
        find_entry("googlenets", entries)
    with pytest.raises(PortsideError, match="'xyzzy' in the catalogue: portside fetch --list shows them"):
        find_entry("xyzzy", entries)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "net"', 'name = "Net!"', "network 1 has no name of small letters, digits, dots and hyphens"),
        ('licence = "MIT"', "", "the network 'net': licence is not one line of text"),
        ('title = "Net"', 'title = "a\\nb"', "the network 'net': title is not one line of text"),
        ('labels = "imagenet"', "labels = 3", "the network 'net': labels is not one line of text"),
        ('labels = "imagenet"', 'labels = "i"\nlabel = 3', "has a field 'label' that no catalogue knows"),
        ('labels = "imagenet"', 'labels = "i"\ntop1 = 101', "the network 'net': top1 is not a percentage"),
        ('labels = "imagenet"', 'labels = "i"\nbackground = 1', "background is neither true nor false"),
        ('["https://example.org/net/readme"]', "[]", "the network 'net': sources is not a list of texts"),
        ("https://example.org/net/readme", "file:///etc/hosts", "no address of the web (http, https)"),
        ("https://example.org/net.caffemodel", "ftp://example.org/net", "no address of the web (http, https)"),
        ("https://example.org/net.caffemodel", "https://me@example.org/net", "no address of the web"),
        ("https://example.org/net.caffemodel", "https://[example.org/net", "no address of the web"),
        ('name = "net.caffemodel"', 'name = "../net"', "the network 'net' has a file without a plain name"),
        ('name = "net.caffemodel"', 'name = ".net"', "the network 'net' has a file without a plain name"),
        ("size = 10", "size = 0", "the network 'net': net.caffemodel has no size in bytes"),
        ("size = 10", "size = true", "the network 'net': net.caffemodel has no size in bytes"),
        ("size = 10", 'size = 10\nmember = "../net"', "the member '../net' is no path inside an archive"),
        ("sha1", "crc", "has a field 'crc' that no catalogue knows"),
        ("sha1", "sha256", "net.caffemodel: a sha256 is 64 digits of 0 to 9 and a to f"),
        ('sha1 = "405fc5acd08a3bb12de8ee5e23a96bec22f08204"', "", "has no hash (sha256, sha384, sha1, md5)"),
        ("[[network.file]]", "[[network.files]]", "has a field 'files' that no catalogue knows"),
        ("[[network]]", "[[networks]]", "wanted is a list of [[network]] and nothing else"),
        ("[[network]]", "[[network]", "not a catalogue in TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(PortsideError, match=re.escape(told)) as caught:
        _read(tmp_path, GOOD.replace(old, new))
    assert str(caught.value).startswith(f"{tmp_path / 'catalogue.toml'}: ")


def test_names_stand_there_once(tmp_path: Path) -> None:
    assert [entry.name for entry in _read(tmp_path, GOOD)] == ["net"]
    with pytest.raises(PortsideError, match="the network 'net' stands there twice"):
        _read(tmp_path, GOOD + GOOD)
    file = GOOD[GOOD.index("[[network.file]]") :]
    with pytest.raises(PortsideError, match="the network 'net' has two files of one name"):
        _read(tmp_path, GOOD + file.replace("net.caffemodel", "NET.caffemodel"))


def test_a_catalogue_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"catalogue\.toml: can't be read \(No such file or directory\)"):
        read_catalogue(tmp_path / "catalogue.toml")
    (tmp_path / "catalogue.toml").write_bytes(b"\xff")
    with pytest.raises(PortsideError, match="not a catalogue in TOML"):
        read_catalogue(tmp_path / "catalogue.toml")
