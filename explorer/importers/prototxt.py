"""A prototxt: the description of a network, of any age of Caffe, as a ``NetParameter`` of today's."""

import re
from pathlib import Path

from explorer.errors import PortsideError
from explorer.importers.caffe_schema import NetParameter
from explorer.importers.caffe_upgrade import upgrade_net
from explorer.importers.text_format import TextFormatError, UnknownField, parse_text

MOST_BYTES = 16 * 2**20
"""The largest prototxt that is read, which takes some seconds; large networks have a few 100 KB."""

# Fields that only a solver's file has at its top.
_SOLVER = re.compile(r"NetParameter has no field '(net|train_net|base_lr|lr_policy|max_iter|solver_mode)'")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_prototxt(path: Path, unknown: list[UnknownField] | None = None) -> NetParameter:
    """Read a prototxt as Caffe reads it, and bring it to today's form with :func:`upgrade_net`.

    The result has every layer as a ``layer`` with a ``type`` string; the network's ``input`` fields stay as
    they are. With a list for them, fields that no known Caffe has are passed over and noted there; without,
    they are errors.

    :raises PortsideError: naming line and layer, when the file can't be read or is not a prototxt.
    """
    try:
        if path.exists() and not path.is_file():
            raise PortsideError("is not a file", file=path)
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PortsideError(f"can't be read: {error.strerror or error}", file=path) from error
    if len(data) > MOST_BYTES:
        raise PortsideError(f"is larger than {MOST_BYTES // 2**20} MiB: that is no prototxt", file=path)
    return parse_prototxt(data, path, unknown)


def parse_prototxt(data: bytes, file: str | Path, unknown: list[UnknownField] | None = None) -> NetParameter:
    """Do what :func:`read_prototxt` does with the content of ``file``.

    :raises PortsideError: as that does.
    """
    if not data.strip():
        raise PortsideError("is empty", file=file)
    if data.startswith(_UTF16):
        raise PortsideError("is UTF-16 text, which Caffe can't read: save it as UTF-8", file=file)
    if b"\0" in data:
        raise PortsideError("is a binary file, not a prototxt", file=file)
    try:
        net = parse_text(data, "NetParameter", unknown)
    except TextFormatError as error:
        reason = "this is a solver's file, not a network's" if _SOLVER.match(error.reason) else error.reason
        raise PortsideError(f"line {error.line}: {reason}", file=file, layer=error.layer) from error
    if not net.layer and not net.layers:
        raise PortsideError("describes no layers", file=file)
    upgrade_net(net, file)
    _check_required(net, file)
    return net


def _check_required(net: NetParameter, file: str | Path) -> None:
    if net.IsInitialized():
        return
    missing = net.FindInitializationErrors()[0]
    match = re.fullmatch(r"layer\[(\d+)\]\.(.+)", missing)
    if match is None:
        raise PortsideError(f"'{missing}' is missing", file=file)
    raise PortsideError(f"its {match[2]} is missing", file=file, layer=net.layer[int(match[1])].name)
