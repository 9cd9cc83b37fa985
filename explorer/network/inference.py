"""Shapes that an ONNX graph does not state, inferred where a damaged graph can do no harm."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

LOG = logging.getLogger(__name__)

LONGEST_SECONDS = 20

MOST_BYTES = 2**32
"""What the inference may take, Python and its libraries included; large graphs take some tens of megabytes."""

_PROGRAM = f"""
import sys
try:
    from resource import RLIMIT_AS, setrlimit
    setrlimit(RLIMIT_AS, ({MOST_BYTES}, {MOST_BYTES}))
except (ImportError, ValueError, OSError):
    pass  # Windows has no such limit
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
name, path = sys.argv[1:]
loader = ExtensionFileLoader(name, path)
compiled = module_from_spec(spec_from_file_location(name, path, loader=loader))
loader.exec_module(compiled)
infer_shapes = compiled.shape_inference.infer_shapes
sys.stdout.buffer.write(infer_shapes(sys.stdin.buffer.read(), False, False, True))
"""
# What onnx.shape_inference calls with types unchecked, not strict and with data propagated. That module itself imports
# NumPy and protobuf, which takes several times as long as the inference.


def inferred(proto: Any) -> Any | None:
    """A ``ModelProto`` with every value's shape, as far as ONNX's own inference finds them; None where it fails.

    The inference is C++ that ends its whole process on some damaged graphs, so it gets a process of its own, with
    nothing but that C++ in it. Leave out weights that no shape depends on.
    """
    from onnx import onnx_cpp2py_export as compiled

    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, compiled.__name__, str(compiled.__file__)],
            input=proto.SerializeToString(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        LOG.info("no shapes are inferred: %s", error)
        return None
    return type(proto).FromString(done.stdout)
