"""Record every layer of a Keras 2 network as a reference for Portside.

    python record_keras2.py model.h5 picture.jpg reference.npz --mean 127.5 --scale 0.00784
    python record_keras2.py architecture.json tensor.npy reference.npz --weights weights.h5 --custom layers.py

For the machine that has Keras 2, by itself or as tf.keras or tf_keras: Python 2.7 or 3, NumPy, and Pillow for
pictures. A tensor is fed as it is; what is done to a picture stands in prepare(), to be edited. A layer that is
used several times is recorded as name:0, name:1 ..., one inside a nested model as outer/inner. From a program of
your own: record(model, [tensor], "reference.npz").
"""

from __future__ import print_function

import argparse
import collections
import importlib
import io
import json
import os
import sys
import time
import zipfile

import numpy as np


def find_keras(name):
    """Import the Keras that is asked for, or the first one of version 2."""
    for module in [name] if name else ["tf_keras", "keras", "tensorflow.keras"]:
        try:
            keras = importlib.import_module(module)
        except ImportError:
            continue
        if getattr(keras, "__version__", "2").startswith("2"):
            return keras
    raise RequestError("%s of version 2 can't be imported here" % (name or "no Keras"))


def open_model(keras, options):
    """Open a whole model, or an architecture with its weights."""
    if not os.path.isdir(options.model):
        open(options.model, "rb").close()
    objects = read_custom(options.custom) if options.custom else {}
    try:
        if not options.model.endswith(".json"):
            return keras.models.load_model(options.model, custom_objects=objects, compile=False)
        with open(options.model) as file:
            model = keras.models.model_from_json(file.read(), custom_objects=objects)
    except Exception as error:
        raise RequestError("%s: Keras can't open it (%s)" % (options.model, first_line(error)))
    if not options.weights:
        raise RequestError("%s: holds no weights; say --weights weights.h5" % options.model)
    open(options.weights, "rb").close()
    try:
        model.load_weights(options.weights)
    except Exception as error:
        raise RequestError("%s: Keras can't load it (%s)" % (options.weights, first_line(error)))
    return model


def functional(model):
    """Give the graph of layers that a Sequential model of Keras 2.0 and 2.1 wraps."""
    return (getattr(model, "model", None) or model) if type(model).__name__ == "Sequential" else model


def nodes_of(model):
    """Give the uses of layers that a model consists of; None where it is no graph."""
    model = functional(model)
    levels = getattr(model, "_nodes_by_depth", None) or getattr(model, "nodes_by_depth", None)
    return levels and {id(node) for nodes in levels.values() for node in nodes}


def place(tensor):
    """Say where a tensor comes from: its layer, which use of it, which of its outputs."""
    layer, use, number = tensor._keras_history[:3]
    return id(layer), use, number


def flat(value):
    """List the tensors in a structure of them."""
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for part in value for tensor in flat(part)] if isinstance(value, (list, tuple)) else [value]


def record_level(model, given, arrays, make_model, prefix="", use=0, uses=1):
    """Add the layers of ``model``, fed with ``given``, to ``arrays``; this is use number ``use`` of ``uses``."""
    own = nodes_of(model)
    model = functional(model)
    known = {place(tensor): value for tensor, value in zip(flat(model.inputs), given)}
    end = ":%d" % use if uses > 1 else ""
    arrays.update((prefix + name + end, value) for name, value in zip(model.input_names, given))
    wanted, steps = collections.OrderedDict(), []
    for layer in model.layers:
        found = getattr(layer, "_inbound_nodes", None) or getattr(layer, "inbound_nodes", [])
        nodes = [node for node in found if id(node) in own]
        for number, node in enumerate(nodes):
            steps.append((layer, node, use * len(nodes) + number, uses * len(nodes)))
            wanted.update((place(tensor), tensor) for tensor in flat(node.output_tensors) if place(tensor) not in known)
    if wanted:
        values = make_model(flat(model.inputs), list(wanted.values())).predict_on_batch(list(given))
        known.update(zip(wanted, values if isinstance(values, (list, tuple)) else [values]))
    for layer, node, number, total in steps:
        if nodes_of(layer):
            inner = [known[place(tensor)] for tensor in flat(node.input_tensors)]
            record_level(layer, inner, arrays, make_model, prefix + layer.name + "/", number, total)
        name = prefix + layer.name + (":%d" % number if total > 1 else "")
        for index, tensor in enumerate(flat(node.output_tensors)):
            arrays[name if index == 0 else "%s[%d]" % (name, index)] = np.array(known[place(tensor)])


def record(keras, model, given, path, options=None):
    """Run ``model``, made by the module ``keras``, on the list of arrays ``given`` and write the reference."""
    if not nodes_of(model):
        raise RequestError(
            "'%s' is a subclassed model, which has no graph; save it and take record_tensorflow2.py" % model.name
        )
    arrays = collections.OrderedDict()
    record_level(model, given, arrays, keras.models.Model)
    save(path, arrays, "Keras", "%s on %s" % (keras.__version__, keras.backend.backend()), options)


def layout_of(keras, model):
    """Say whether channels are first or last, as the first layer that cares has it."""
    for layer in functional(model).layers:
        if hasattr(functional(layer), "layers"):
            return layout_of(keras, layer)
        if hasattr(layer, "data_format"):
            return "NCHW" if layer.data_format == "channels_first" else "NHWC"
    return "NCHW" if keras.backend.image_data_format() == "channels_first" else "NHWC"


def read_custom(path):
    """Import a Python file of yours and give the classes and functions that it defines."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    module = __import__(os.path.splitext(os.path.basename(path))[0])
    return {name: value for name, value in vars(module).items() if callable(value)}


def main():
    """Do what the command line asks for."""
    parser = request("a model (.h5, .keras, a SavedModel of Keras) or an architecture (.json)")
    parser.add_argument("--weights", metavar="FILE.h5", help="the weights, where the model is an architecture alone")
    parser.add_argument("--custom", metavar="FILE.py", help="your layers, where Keras does not know them")
    parser.add_argument(
        "--keras", metavar="MODULE", help="tf_keras, keras or tensorflow.keras, where several are there"
    )
    options = parser.parse_args()
    keras = find_keras(options.keras)
    model = open_model(keras, options)
    if not nodes_of(model):
        raise RequestError("%s: is a subclassed model, which has no graph; take record_tensorflow2.py" % options.model)
    graph = functional(model)
    shapes = [keras.backend.int_shape(tensor) for tensor in flat(graph.inputs)]
    given = read_inputs(options, list(zip(graph.input_names, shapes)), layout_of(keras, model))
    try:
        record(keras, model, list(given.values()), options.output, options)
    except (ValueError, TypeError, RuntimeError, AssertionError) as error:
        raise RequestError("%s: Keras can't run it (%s)" % (options.model, first_line(error)))


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
