"""Download a network of the catalogue, checked by its hash; without NAME, say which there are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.command_line.options import add_common, check_outputs, note, shown_progress, table, write_json

if TYPE_CHECKING:
    from explorer.catalogue.download import Way
    from explorer.catalogue.entry import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[NAME] --to FOLDER --list."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a network of the catalogue")
    parser.add_argument("--to", metavar="FOLDER", help="put its files there (default: a folder of Portside's own)")
    parser.add_argument("--list", action="store_true", help="only say what the catalogue has, of NAME or of all")
    parser.add_argument("--catalogue", metavar="FILE", help="another catalogue than the one that comes with Portside")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the catalogue, or fetch a network and print where the file is that is to be opened."""
    from explorer.catalogue.download import Way
    from explorer.catalogue.places import usual_places
    from explorer.catalogue.reading import find_entry, read_catalogue

    check_outputs(arguments.json)
    entries = read_catalogue(None if arguments.catalogue is None else Path(arguments.catalogue))
    chosen = entries if arguments.name is None else (find_entry(arguments.name, entries),)
    way = Way(usual_places())
    if arguments.name is None or arguments.list:
        return _list(arguments, chosen, way)
    return _fetch(arguments, chosen[0], way)


def _list(arguments: argparse.Namespace, entries: Sequence[Entry], way: Way) -> int:
    from explorer.catalogue.download import is_here
    from explorer.running.memory import size_text

    if arguments.json:
        write_json({"networks": [_described(entry, way) for entry in entries]}, arguments.json)
    if arguments.json == "-":
        return 0
    if arguments.name is not None:
        print("\n".join(_details(entries[0], way)))
        return 0
    headers = ["name", "framework", "size", "licence", "top-1", "here", "what it is"]
    rows = [
        [
            entry.name,
            entry.framework,
            size_text(entry.size),
            entry.licence,
            "–" if entry.top1 is None else f"{entry.top1:.1f} %",
            "yes" if is_here(entry, way.places) else "",
            entry.title,
        ]
        for entry in entries
    ]
    print(table(headers, rows, {2, 4}))
    return 0


def _fetch(arguments: argparse.Namespace, entry: Entry, way: Way) -> int:
    from explorer.catalogue.download import fetch

    folder = None if arguments.to is None else Path(arguments.to)
    with shown_progress(arguments, f"{entry.name} (kB)") as progress:
        paths = fetch(
            entry,
            way,
            lambda done, total, text: progress(done // 1000, total // 1000),
            lambda: False,
            folder=folder,
        )
    for file, path in zip(entry.files, paths, strict=True):
        kinds = ", ".join(kind for kind, _ in file.hashes)
        weak = ": no proof against a file made to deceive" if file.is_weak else ""
        note(arguments, f"fetched: {path} ({kinds} checked{weak})")
    if entry.note:
        note(arguments, entry.note)
    if arguments.json:
        document = {"name": entry.name, "files": [str(path) for path in paths], "preprocessing": entry.preprocessing}
        write_json(document, arguments.json)
    if arguments.json != "-":
        print(paths[0])
    return 0


def _described(entry: Entry, way: Way) -> dict[str, Any]:
    from explorer.catalogue.download import is_here

    return {
        "name": entry.name,
        "title": entry.title,
        "framework": entry.framework,
        "licence": entry.licence,
        "home": entry.home,
        "sources": entry.sources,
        "bytes": entry.size,
        "top1": entry.top1,
        "top5": entry.top5,
        "preprocessing": entry.preprocessing,
        "architecture": entry.architecture,
        "labels": entry.labels,
        "background": entry.background,
        "note": entry.note or None,
        "folder": str(way.places.folder(entry)),
        "here": is_here(entry, way.places),
        "files": [
            {
                "name": file.name,
                "bytes": file.size,
                "hashes": dict(file.hashes),
                "addresses": file.addresses,
                "member": file.member,
            }
            for file in entry.files
        ],
    }


def _details(entry: Entry, way: Way) -> list[str]:
    from explorer.catalogue.download import is_here
    from explorer.running.memory import size_text

    accuracy = "–" if entry.top1 is None else f"top-1 {entry.top1:.1f} %, top-5 {entry.top5:.1f} %"
    here = str(way.places.folder(entry)) if is_here(entry, way.places) else "no"
    facts = {
        "framework": entry.framework,
        "licence": entry.licence,
        "accuracy": accuracy,
        "preprocessing": entry.preprocessing,
        "architecture": entry.architecture or "–",
        "labels": entry.labels + (", after a class 0 of background" if entry.background else ""),
        "home page": entry.home,
        "here": here,
    }
    lines = [f"{entry.name}: {entry.title}", *([entry.note] if entry.note else [])]
    lines += [f"  {name:<15}{value}" for name, value in facts.items()]
    for file in entry.files:
        inside = "" if file.member is None else f", {file.member} of an archive"
        lines.append(f"  {'file':<15}{file.name} ({size_text(file.size)}{inside})")
        lines += [f"  {'':<15}{kind} {digest}" for kind, digest in file.hashes]
        lines += [f"  {'':<15}{address}" for address in file.addresses]
    return lines
