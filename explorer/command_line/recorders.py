"""Scripts that write a reference on the machine that still runs the original; each stands alone."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Mapping
from pathlib import Path

from explorer.command_line.options import add_common, note, table, write_json
from explorer.errors import PortsideError
from explorer.files import whole_file

FOLDER = Path(__file__).parents[1] / "recorders"
"""The scripts are data here: they run under other Pythons, with frameworks that Portside lacks."""

PREFIX = "record_"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[NAME] --copy FOLDER."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the framework: its script's usage is shown")
    parser.add_argument("--copy", metavar="FOLDER", help="write the script there")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the scripts, show the usage of one, or copy one."""
    files = recorders()
    if arguments.name is None:
        if arguments.copy is not None:
            raise PortsideError(f"which recorder is to be copied? There are {', '.join(files)}")
        chosen = files
    else:
        if arguments.name not in files:
            raise PortsideError(f"there is no recorder '{arguments.name}'; there are {', '.join(files)}")
        chosen = {arguments.name: files[arguments.name]}
    copied = None if arguments.copy is None else copy(next(iter(chosen.values())), Path(arguments.copy))
    if copied is not None:
        note(arguments, f"written: {copied}")
    if arguments.json:
        rows = [{"name": name, "file": str(file), "usage": usage(file)} for name, file in chosen.items()]
        write_json({"recorders": rows, "copied": None if copied is None else str(copied)}, arguments.json)
    if not arguments.quiet and arguments.json != "-" and copied is None:
        print(_list(files) if arguments.name is None else usage(files[arguments.name]))
    return 0


def recorders() -> Mapping[str, Path]:
    """The scripts by the names of their frameworks.

    :raises PortsideError: when they are missing from this installation.
    """
    found = {file.stem.removeprefix(PREFIX): file for file in sorted(FOLDER.glob(f"{PREFIX}*.py"))}
    if not found:
        raise PortsideError("the recorders are missing from this installation", file=FOLDER)
    return found


def usage(file: Path) -> str:
    """What a script says of itself."""
    return ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""


def copy(file: Path, folder: Path) -> Path:
    """Write the script into ``folder``, whole or not at all; one of its name that is there already stays.

    A person edits what is done to a picture, and such an edit must not be lost.

    :raises PortsideError: when it is there, or the folder isn't.
    """
    target = folder / file.name
    if not folder.is_dir():
        raise PortsideError("there is no such folder", file=folder)
    if target.exists():
        raise PortsideError("is there already, and may have been edited", file=target)
    with whole_file(target) as temporary:
        temporary.write_bytes(file.read_bytes())
    return target


def _list(files: Mapping[str, Path]) -> str:
    rows = [[name, usage(file).splitlines()[0]] for name, file in files.items()]
    return f"{table(['name', 'what it does'], rows, set())}\n\nportside recorders NAME --copy FOLDER writes one there"
