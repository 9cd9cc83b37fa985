"""`portside fetch` as a person and as a script use it."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer import cli
from explorer.catalogue.reading import find_entry, read_catalogue
from explorer.command_line import fetch
from tests.catalogue.servers import Web, nobody, serving
from tests.small_network import SmallFiles, write_small_files


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folders, and no proxy before this machine's own server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path / "home" / "data" / "portside" / "networks"


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture
def web(files: SmallFiles) -> Iterator[Web]:
    content = files.network.read_bytes()
    with serving(lambda visit: visit.part(content)) as web:
        yield web


def _catalogue(tmp_path: Path, content: bytes, *addresses: str, kind: str = "sha256") -> str:
    path = tmp_path / "catalogue.toml"
    path.write_text(
        f"""
[[network]]
name = "small"
title = "Small"
framework = "ONNX"
licence = "MIT"
home = "https://example.org/small"
sources = ["https://example.org/small"]
preprocessing = "caffe"
labels = "imagenet"

[[network.file]]
name = "small.onnx"
size = {len(content)}
{kind} = "{hashlib.new(kind, content).hexdigest()}"
addresses = {json.dumps(addresses)}
""",
        "utf-8",
    )
    return str(path)


def test_the_catalogue_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["fetch"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split() == ["name", "framework", "size", "licence", "top-1", "here", "what", "it", "is"]
    (line,) = [line for line in lines if line.startswith("googlenet ")]
    assert line.split() == ["googlenet", "Caffe", "53.6", "MB", "unrestricted", "68.7", "%", "BVLC", "GoogLeNet"]
    assert cli.run(["fetch", "--list"]) == 0
    assert capsys.readouterr().out == out


def test_one_network_is_told_in_full(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert cli.run(["fetch", "googlenet", "--list"]) == 0
    out = capsys.readouterr().out
    assert "sha1 405fc5acd08a3bb12de8ee5e23a96bec22f08204" in out
    assert "http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel" in out
    assert "accuracy       top-1 68.7 %, top-5 88.9 %" in out
    assert not home.exists()


def test_scripts_get_the_list_as_json(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert cli.run(["fetch", "--list", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    rows = {row["name"]: row for row in document["networks"]}
    assert list(rows) == [entry.name for entry in read_catalogue()]
    row = rows["googlenet"]
    assert (row["bytes"], row["here"], row["folder"]) == (53_569_616, False, str(home / "googlenet"))
    assert row["files"][1]["hashes"]["sha1"] == "405fc5acd08a3bb12de8ee5e23a96bec22f08204"
    assert rows["onnx-googlenet-9"]["top1"] is None


def test_a_network_is_fetched_and_can_be_opened_by_what_is_printed(
    files: SmallFiles, web: Web, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = _catalogue(tmp_path, files.network.read_bytes(), nobody(), web.address)
    assert cli.run(["fetch", "small", "--catalogue", catalogue]) == 0
    told = capsys.readouterr()
    path = home / "small" / "small.onnx"
    assert told.out == f"{path}\n"
    assert told.err == f"fetched: {path} (sha256 checked)\n"
    assert cli.run(["inspect", told.out.strip(), "--quiet"]) == 0
    capsys.readouterr()
    assert cli.run(["fetch", "--catalogue", catalogue]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[-2:] == ["yes", "Small"]
    assert cli.run(["fetch", "small", "--catalogue", catalogue, "--quiet"]) == 0
    assert capsys.readouterr() == (f"{path}\n", "")
    assert len(web.asked) == 1


def test_it_goes_where_it_is_told_to(
    files: SmallFiles, web: Web, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = _catalogue(tmp_path, files.network.read_bytes(), web.address, kind="md5")
    target = tmp_path / "mine"
    assert cli.run(["fetch", "small", "--catalogue", catalogue, "--to", str(target), "--json", "-"]) == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document == {
        "schema": 1,
        "name": "small",
        "files": [str(target / "small.onnx")],
        "preprocessing": "caffe",
    }
    assert "(md5 checked: no proof against a file made to deceive)" in told.err
    assert (target / "small.onnx").read_bytes() == files.network.read_bytes()
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gogglenet"], "there is no network 'gogglenet' in the catalogue: did you mean 'googlenet'"),
        (["--catalogue", "nowhere.toml"], "nowhere.toml: can't be read (No such file or directory)"),
        (["googlenet", "--json", "gone/there.json"], "gone/there.json: its folder does not exist"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["fetch", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_offline_is_one_line_and_status_2(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["fetch", "small", "--catalogue", _catalogue(tmp_path, b"?", nobody())]) == 2
    err = capsys.readouterr().err
    assert err.startswith("portside: small.onnx: nobody can be reached (127.0.0.1")
    assert err.count("\n") == 1
    assert list((home / "small").iterdir()) == []


def test_an_interrupted_fetch_is_status_130_and_what_came_is_not_asked_for_again(
    files: SmallFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = files.network.read_bytes()

    @contextmanager
    def pressed(*_: object) -> Iterator[Callable[[int, int], None]]:
        def progress(done: int, total: int) -> None:
            if done:
                raise KeyboardInterrupt

        yield progress

    with serving(lambda visit: visit.part(content)) as web:
        catalogue = _catalogue(tmp_path, content, web.address)
        with monkeypatch.context() as patch:
            patch.setattr("explorer.command_line.fetch.shown_progress", pressed)
            assert cli.run(["fetch", "small", "--catalogue", catalogue]) == 130
        assert capsys.readouterr().err == "portside: interrupted\n"
        assert cli.run(["fetch", "small", "--catalogue", catalogue]) == 0
        assert len(web.asked) == 1


def test_the_commands_of_the_page_are_commands() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text("utf-8")
    commands = [line.split("  ")[0].split()[2:] for line in page.splitlines() if line.startswith("portside fetch")]
    parser = argparse.ArgumentParser(exit_on_error=False)
    fetch.add_arguments(parser)
    names = {parser.parse_args(command).name for command in commands}
    assert names == {None, "squeezenet-1.1"}
    assert find_entry("squeezenet-1.1", read_catalogue()).framework == "Caffe"
