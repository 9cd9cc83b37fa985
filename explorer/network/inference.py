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
import onnx
from onnx.shape_inference import infer_shapes
model = onnx.load_from_string(sys.stdin.buffer.read())
sys.stdout.buffer.write(infer_shapes(model, data_prop=True).SerializeToString())
"""


def inferred(proto: Any) -> Any | None:
    """A ``ModelProto`` with every value's shape, as far as ONNX's own inference finds them; None where it fails.

    The inference is C++ that ends its whole process on some damaged graphs, so it gets a process of its own, which
    takes about a quarter of a second. Leave out weights that no shape depends on.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM],
            input=proto.SerializeToString(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        LOG.info("no shapes are inferred: %s", error)
        return None
    return type(proto).FromString(done.stdout)
