"""The command line: which command is asked for, and how it ends."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from explorer import __version__
from explorer.errors import PortsideError
from explorer.later import load_later

DONE, DIFFER, WRONG, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "demo": "the network that comes with the program, a picture and a reference",
    "inspect": "layers, shapes, parameters, multiply-adds, memory, receptive field",
    "convert": "any readable network → ONNX",
    "run": "classify pictures; --capture writes every layer",
    "compare": "layer by layer against saved outputs or another network",
    "diagnose": "why it differs; --repair writes the corrected network, --report a page",
    "fetch": "download a network of the catalogue, checked by its hash",
    "recorders": "scripts that write a reference on the machine that runs the original",
    "providers": "where networks can run here, and why not elsewhere",
    "bench": "the speed figures of this machine",
}
"""Every command: a module of ``explorer.command_line`` with ``add_arguments(parser)`` and ``run(arguments)``."""


class _Parser(argparse.ArgumentParser):
    """Tells a wrong request in one line, as the contract of the exit status has it."""

    def error(self, message: str) -> NoReturn:
        raise PortsideError(f"{message} (see {self.prog} --help)")


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status.

    0: done, or the two agree; 1: they differ; 2: the request or a file is wrong, told in one line on standard error;
    130: interrupted.
    """
    load_later()
    try:
        return _run(list(arguments))
    except PortsideError as error:
        print(f"portside: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("portside: interrupted", file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print("portside: there is not enough memory for this", file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        # The reader of a pipe left early, as `head` does; Python would complain once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        print(f"portside: {where}{error.strerror or error}", file=sys.stderr)
        return WRONG


def _run(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command in COMMANDS:
        module = importlib.import_module(f"explorer.command_line.{command}")
        parser = _Parser(prog=f"portside {command}", description=module.__doc__)
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(arguments[1:])))
    parser = _Parser(
        prog="portside",
        description="An explorer for networks that were carried from one framework to another.",
        epilog="commands:\n" + "\n".join(f"  portside {name:<10} {text}" for name, text in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"portside {__version__}")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="networks, weights, pictures, references, in any order"
    )
    files = parser.parse_args(arguments).files
    for file in files:
        if not os.path.lexists(file):
            raise PortsideError(f"there is no such file, and no such command (see {parser.prog} --help)", file=file)
    from explorer.app import run_window

    return run_window(files)
