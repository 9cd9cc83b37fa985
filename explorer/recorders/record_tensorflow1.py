"""Record every operation of a TensorFlow 1 graph as a reference for Portside.

    python record_tensorflow1.py model.ckpt.meta picture.jpg reference.npz --mean 127.5 --scale 0.00784
    python record_tensorflow1.py frozen.pb input=tensor.npy reference.npz --set is_training=false --set keep_prob=1

For the machine that has TensorFlow 1 (or 2): Python 2.7 or 3, NumPy, and Pillow for pictures. A tensor is fed as it
is; what is done to a picture stands in prepare(), to be edited. Recorded is what depends on the input, under the
operation's name. A checkpoint without .meta needs the program that builds its graph: record(session, {"input":
tensor}, "reference.npz") there.
"""

from __future__ import print_function

import argparse
import collections
import io
import json
import os
import sys
import time
import zipfile

import numpy as np

CHANGING = ("Assign", "Apply", "ResourceApply", "Scatter", "ResourceScatter", "Save", "Restore", "Print", "Summary")
SOURCES = (
    "Placeholder",
    "Queue",
    "FIFOQueue",
    "RandomShuffleQueue",
    "PaddingFIFOQueue",
    "Iterator",
    "OneShotIterator",
    "ReaderRead",
)


def import_tensorflow():
    """Give TensorFlow 1, or what version 2 keeps of it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow
    except ImportError as error:
        raise RequestError("TensorFlow can't be imported (%s)" % error)
    return tensorflow.compat.v1 if hasattr(tensorflow, "compat") and hasattr(tensorflow.compat, "v1") else tensorflow


def open_session(tensorflow, model):
    """Open a frozen graph, or a checkpoint that has its graph beside it."""
    graph = tensorflow.Graph()
    with graph.as_default():
        try:
            if model.endswith(".pb"):
                definition = tensorflow.GraphDef()
                with open(model, "rb") as file:
                    definition.ParseFromString(file.read())
                tensorflow.import_graph_def(definition, name="")
                return tensorflow.Session(graph=graph)
            checkpoint = model[: -len(".meta")] if model.endswith(".meta") else model
            open(checkpoint + ".meta", "rb").close()
            saver = tensorflow.train.import_meta_graph(checkpoint + ".meta", clear_devices=True)
            session = tensorflow.Session(graph=graph)
            saver.restore(session, checkpoint)
            return session
        except IOError as error:
            raise RequestError("%s: can't be read (%s); a checkpoint needs its .meta" % (model, error))
        except Exception as error:
            raise RequestError("%s: TensorFlow can't open it (%s)" % (model, first_line(error)))


def recordable(graph, fed):
    """List the operations that can be run when those named in ``fed`` are given, and that depend on them."""
    state, pending, stuck = {}, graph.get_operations(), False
    while pending:
        waiting = []
        for op in pending:
            sources = [source.op for source in op.inputs] + list(op.control_inputs)
            known = [state[source.name] for source in sources if source.name in state]
            runs, depends, inside = (all(k[0] for k in known), any(k[1] for k in known), any(k[2] for k in known))
            if op.name in fed:
                state[op.name] = (True, True, False)
            elif op.type.startswith(SOURCES) and op.type != "PlaceholderWithDefault":
                state[op.name] = (False, False, False)
            elif len(known) == len(sources) or (stuck and op.type == "Merge" and known):
                # What stands in a branch or in a loop can't be asked for; what leaves it can.
                inside = op.type in ("Enter", "RefEnter", "Switch", "RefSwitch") or (inside and op.type != "Exit")
                loop = any(source.type in ("Enter", "RefEnter", "NextIteration") for source in sources)
                state[op.name] = (runs, depends, loop if op.type == "Merge" else inside)
            else:
                waiting.append(op)
        if stuck and len(waiting) == len(pending):
            break
        stuck = len(waiting) == len(pending)
        pending = waiting
    return [op for op in graph.get_operations() if state.get(op.name) == (True, True, False)]


def record(session, given, path, options=None, settings=()):
    """Run the session's graph on ``given`` and ``settings``, values by operation, and write the reference."""
    tensorflow = import_tensorflow()
    feeds = {name + ":0": value for name, value in list(given.items()) + list(settings)}
    names = []
    for op in recordable(session.graph, [name for name, _ in list(given.items()) + list(settings)]):
        if not op.type.startswith(CHANGING) and not op.name.startswith("gradients") and op.name not in given:
            names += [
                tensor.name for tensor in op.outputs if tensor.dtype.is_floating and not tensor.dtype._is_ref_dtype
            ]
    names = [name for name in names if name not in feeds]
    arrays = collections.OrderedDict(given)
    for name, value in zip(names, session.run(names, feeds)):
        arrays[name[:-2] if name.endswith(":0") else name] = value
    save(path, arrays, "TensorFlow", tensorflow.__version__, options)


def setting(text):
    """Read NAME=VALUE: a number, true or false."""
    name, _, value = text.partition("=")
    return name, {"true": True, "false": False}[value] if value in ("true", "false") else float(value)


def chosen_inputs(graph, options, settings):
    """List name and shape of the inputs that the arguments are for: those they name, else the likeliest placeholder."""
    ops = collections.OrderedDict((op.name, op) for op in graph.get_operations())
    named = [text.partition("=")[0] for text in options.inputs if text.partition("=")[0] in ops]
    if len(named) < len(options.inputs):
        held = [op for op in ops.values() if op.type == "Placeholder" and op.name not in dict(settings)]
        held = [op for op in held if op.outputs[0].dtype.is_floating and op.name not in named]
        pictures = [op for op in held if op.outputs[0].shape.ndims == 4]
        named += [op.name for op in (pictures or held)][: len(options.inputs) - len(named)]
    if not named:
        raise RequestError("%s: has no placeholder; name the operation to feed: NAME=tensor.npy" % options.model)
    shapes = []
    for name in named:
        shape = ops[name].outputs[0].shape
        shapes.append((name, None if shape.ndims is None else tuple(shape.as_list())))
    return shapes


def main():
    """Do what the command line asks for."""
    parser = request("a frozen graph (.pb) or a checkpoint with its .meta")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", type=setting, default=[], help="is_training=false"
    )
    parser.add_argument("--layout", choices=["NHWC", "NCHW"], default="NHWC", help="of the input (%(default)s)")
    options = parser.parse_args()
    session = open_session(import_tensorflow(), options.model)
    shapes = chosen_inputs(session.graph, options, options.set)
    try:
        record(session, read_inputs(options, shapes, options.layout), options.output, options, options.set)
    except (ValueError, KeyError, RuntimeError) as error:
        raise RequestError("%s: TensorFlow can't run it (%s)" % (options.model, first_line(error)))


# From here on every recorder is the same: the picture, the request, the file that is written.


class RequestError(Exception):
    """What is wrong with the request, in one sentence."""


def prepare(path, height, width, channels, options):
    """Make the network's input of a picture: height x width x channels. Edit this to do what your program does."""
    try:
        from PIL import Image
    except ImportError:
        raise RequestError("reading a picture needs Pillow (pip install pillow); a tensor as .npy does not")
    try:
        picture = Image.open(path).convert("L" if channels == 1 else "RGB").resize((width, height), Image.BILINEAR)
    except (IOError, ValueError) as error:
        raise RequestError("%s: not a readable picture (%s)" % (path, error))
    pixels = np.asarray(picture, np.float32).reshape(height, width, -1)
    if options.order == "BGR":
        pixels = pixels[:, :, ::-1]
    return ((pixels - options.mean) * options.scale).astype(np.float32)


def read_tensor(path):
    """Read a .npy file; what else NumPy would open, pickles among it, is refused."""
    try:
        with open(path, "rb") as file:
            if file.read(6) != b"\x93NUMPY":
                raise ValueError("it does not begin as one")
        array = np.array(np.load(path, mmap_mode="r"))
    except (IOError, ValueError, EOFError) as error:
        raise RequestError("%s: not a readable .npy file (%s)" % (path, error))
    if array.dtype.kind not in "fiub":
        raise RequestError("%s: holds %s, not numbers" % (path, array.dtype))
    return array.astype(np.float32) if array.dtype == np.float64 else array


def read_input(path, name, shape, layout, options):
    """Read a picture or a tensor for the input ``name``; None in ``shape`` is an open size, the first is the batch."""
    if path.endswith(".npy"):
        array = read_tensor(path)
    elif shape is not None and len(shape) != 4:
        raise RequestError("%s: the input '%s' takes no picture; give it a tensor as .npy" % (path, name))
    else:
        sizes = shape or (None, 3, None, None)
        channels, height, width = sizes[1:] if layout == "NCHW" else (sizes[3], sizes[1], sizes[2])
        height, width = options.size or (height, width)
        if not height or not width:
            raise RequestError("the network leaves the picture's size open; say it with --size HEIGHTxWIDTH")
        array = prepare(path, height, width, channels or 3, options)
        array = np.ascontiguousarray(array.transpose(2, 0, 1) if layout == "NCHW" else array)[None]
    if shape is not None:
        array = array[None] if array.ndim == len(shape) - 1 else array
        if array.ndim != len(shape) or any(a and a != b for a, b in zip(shape[1:], array.shape[1:])):
            raise RequestError(
                "%s: is %s, but the input '%s' takes %s" % (path, sizes_text(array.shape), name, sizes_text(shape))
            )
    return array


def read_inputs(options, shapes, layout):
    """Read what was given for the inputs: ``shapes`` are (name, shape), a shape of None is any."""
    shapes = collections.OrderedDict(shapes)
    given = {}
    for text in options.inputs:
        name, _, path = text.partition("=")
        if not path or name not in shapes:
            left = [name for name in shapes if name not in given]
            if not left:
                raise RequestError(
                    "%s: the network has no further input; its inputs are %s" % (text, ", ".join(shapes))
                )
            name, path = left[0], text
        given[name] = read_input(path, name, shapes[name], layout, options)
    for name in shapes:
        if name not in given:
            raise RequestError("nothing is given for the input '%s'; say %s=tensor.npy" % (name, name))
    return collections.OrderedDict((name, given[name]) for name in shapes)


def first_line(error):
    """Give the beginning of what a framework says of an error."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return " ".join(lines[0].split())[:300]


def sizes_text(shape):
    """Write a shape as people do: ?x3x224x224."""
    return "x".join("?" if size is None else str(size) for size in shape) or "one number"


def save(path, arrays, framework, version, options=None):
    """Write the reference as an .npz that appears whole or not at all; nothing in it is pickled."""
    record = {"framework": framework, "version": str(version), "date": time.strftime("%Y-%m-%d %H:%M")}
    if options is not None:
        record["input"] = ", ".join(options.inputs)
        record["preprocessing"] = "%s, mean %s, scale %s" % (
            options.order,
            options.mean.tolist(),
            options.scale.tolist(),
        )
    temporary = path + ".part"
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, True) as archive:
            for name, array in list(arrays.items()) + [("__portside__", np.array(json.dumps(record)).astype("U"))]:
                array = np.asarray(array)
                array = array.astype(np.float32) if array.dtype.name == "bfloat16" else array
                if array.dtype.kind in "fiub" or name == "__portside__":
                    entry = io.BytesIO()
                    np.lib.format.write_array(entry, np.ascontiguousarray(array) if array.ndim else array)
                    archive.writestr(name + ".npy", entry.getvalue())
        if os.name == "nt" and os.path.exists(path):
            os.remove(path)
        os.rename(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    print("written: %s (%d arrays)" % (path, len(arrays)))


def numbers(text):
    """Read one number, or one for each channel: 104,117,123."""
    return np.array([float(part) for part in text.split(",")], np.float32)


def size(text):
    """Read 224x320, height first, or one number for both."""
    sides = [int(part) for part in text.lower().split("x")]
    return sides[0], sides[-1]


def request(model, order="RGB", weights=None):
    """Make a parser of what every recorder is told; ``model`` and ``weights`` say what the first arguments are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help=model)
    if weights:
        parser.add_argument("weights", metavar="WEIGHTS", help=weights)
    parser.add_argument(
        "inputs", metavar="INPUT", nargs="+", help="a picture or a .npy; NAME=x.npy where there are several"
    )
    parser.add_argument("output", metavar="REFERENCE.npz", help="the file to write")
    parser.add_argument("--size", type=size, help="HEIGHTxWIDTH of the picture, where the network leaves it open")
    parser.add_argument(
        "--order", choices=["RGB", "BGR"], default=order, help="of the picture's channels (%(default)s)"
    )
    parser.add_argument(
        "--mean", type=numbers, default="0", help="subtracted, in that order, from 0 to 255: 104,117,123"
    )
    parser.add_argument("--scale", type=numbers, default="1", help="what the result is multiplied with: 0.017")
    return parser


if __name__ == "__main__":
    try:
        main()
    except (RequestError, IOError, OSError) as error:
        where = getattr(error, "filename", None)
        reason = "%s: %s" % (where, error.strerror) if where else str(error)
        sys.stderr.write("%s: %s\n" % (os.path.basename(sys.argv[0]), reason))
        sys.exit(2)
