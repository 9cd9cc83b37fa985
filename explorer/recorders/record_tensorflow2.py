"""Record every operation of a TensorFlow 2 SavedModel as a reference for Portside.

    python record_tensorflow2.py saved_model/ picture.jpg reference.npz --mean 127.5 --scale 0.00784
    python record_tensorflow2.py saved_model/ tensor.npy reference.npz --graph frozen.pb

For the machine that has TensorFlow 2, NumPy, and Pillow for pictures. A tensor is fed as it is; what is done to a
picture stands in prepare(), to be edited. The signature is turned into one graph without variables, as tf2onnx
does, and recorded is what depends on the input, under the operation's name; --graph writes that graph too, which
Portside opens. From a program of your own: record(function.get_concrete_function(...), {"x": tensor},
"reference.npz").
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


def import_tensorflow():
    """Give TensorFlow 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow
    except ImportError as error:
        raise RequestError("TensorFlow can't be imported (%s)" % error)
    if tensorflow.__version__.startswith("1."):
        raise RequestError("this is TensorFlow %s; take record_tensorflow1.py" % tensorflow.__version__)
    return tensorflow


def open_function(tensorflow, folder, signature):
    """Open a SavedModel and give the concrete function of one of its signatures."""
    if not os.path.isfile(os.path.join(folder, "saved_model.pb")):
        raise RequestError("%s: is no SavedModel, a folder that holds saved_model.pb" % folder)
    try:
        loaded = tensorflow.saved_model.load(folder)
    except Exception as error:
        raise RequestError("%s: TensorFlow can't open it (%s)" % (folder, first_line(error)))
    found = loaded.signatures
    if signature not in found:
        raise RequestError("%s: has no signature '%s'; it has %s" % (folder, signature, ", ".join(found) or "none"))
    function = found[signature]
    function.loaded = loaded  # The variables live as long as what was loaded.
    return function


def record(function, given, path, options=None, graph_path=None):
    """Run the concrete ``function`` on the arrays ``given`` by argument and write the reference."""
    tensorflow = import_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function, lower_control_flow=False)
    graph = frozen.graph
    if graph_path:
        with open(graph_path, "wb") as file:
            file.write(graph.as_graph_def().SerializeToString())
    inputs = collections.OrderedDict((tensor.op.name, tensor) for tensor in frozen.inputs if has_values(tensor))
    feeds = {inputs[name].name: value for name, value in given.items()}
    depends = {inputs[name].op.name for name in given}
    names = []
    for op in graph.get_operations():
        if op.name not in depends and any(source.op.name in depends for source in op.inputs):
            depends.add(op.name)
            names += [tensor.name for tensor in op.outputs if tensor.dtype.is_floating]
    with tensorflow.compat.v1.Session(graph=graph) as session:
        values = session.run(names, feeds)
    arrays = collections.OrderedDict(given)
    for name, value in zip(names, values):
        arrays[name[:-2] if name.endswith(":0") else name] = value
    save(path, arrays, "TensorFlow", tensorflow.__version__, options)


def has_values(tensor):
    """Say whether an input holds numbers, and is no handle of a variable."""
    return tensor.dtype.name not in ("resource", "variant")


def main():
    """Do what the command line asks for."""
    parser = request("the folder of a SavedModel")
    parser.add_argument("--signature", default="serving_default", help="which function of it (%(default)s)")
    parser.add_argument("--graph", metavar="FROZEN.pb", help="write the graph without variables as well")
    parser.add_argument("--layout", choices=["NHWC", "NCHW"], default="NHWC", help="of the input (%(default)s)")
    options = parser.parse_args()
    function = open_function(import_tensorflow(), options.model, options.signature)
    shapes = [
        (tensor.op.name, None if tensor.shape.rank is None else tuple(tensor.shape.as_list()))
        for tensor in function.inputs
        if has_values(tensor)
    ]
    try:
        record(function, read_inputs(options, shapes, options.layout), options.output, options, options.graph)
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
