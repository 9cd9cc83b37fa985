"""Record every layer of a network, as OpenCV's DNN module computes it, as a reference for Portside.

    python record_opencv.py deploy.prototxt picture.jpg reference.npz --weights net.caffemodel --mean 104,117,123
    python record_opencv.py network.onnx tensor.npy reference.npz
    python record_opencv.py frozen.pb tensor.npy reference.npz

For the machine that has OpenCV 3.4 or 4, NumPy, and Pillow for pictures; Python 2.7 or 3. A tensor (NCHW, as OpenCV
takes it) is fed as it is; what is done to a picture stands in prepare(), to be edited. Nothing is fused. Layers are
recorded under their names, which are those of the file. From a program of your own: record(net, {"data": tensor},
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


def open_network(model, weights):
    """Open the network with nothing fused."""
    for path in [model] + ([weights] if weights else []):
        open(path, "rb").close()
    try:
        import cv2
    except ImportError as error:
        raise RequestError("OpenCV can't be imported (%s)" % error)
    try:
        net = cv2.dnn.readNet(model, weights or "")
    except (cv2.error, AttributeError) as error:
        raise RequestError("%s: OpenCV can't open it (%s)" % (model, first_line(error)))
    if net.empty():
        raise RequestError("%s: OpenCV finds no network in it" % model)
    if hasattr(net, "enableFusion"):
        net.enableFusion(False)
    if hasattr(net, "enableWinograd"):
        net.enableWinograd(False)
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
    return net


def varint(data, place):
    """Read a protobuf number at ``place``, and give it with the place behind it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def fields(data):
    """Give number and bytes of each field of a protobuf message that has a length."""
    place = 0
    while place < len(data):
        tag, place = varint(data, place)
        if tag & 7 == 2:
            length, place = varint(data, place)
            yield tag >> 3, data[place : place + length]
            place += length
        else:
            place = varint(data, place)[1] if tag & 7 == 0 else place + (8 if tag & 7 == 1 else 4)


def onnx_names(model):
    """Give the names of what each node of an ONNX file writes, by OpenCV's name of the node."""
    with open(model, "rb") as file:
        data = bytearray(file.read())
    names = {}
    for graph in [value for number, value in fields(data) if number == 7]:
        for node in [value for number, value in fields(graph) if number == 1]:
            parts = list(fields(node))
            outputs = [value.decode("utf-8") for number, value in parts if number == 2]
            names.update(("onnx_node!" + value.decode("utf-8"), outputs) for number, value in parts if number == 3)
            names["onnx_node_output_0!" + outputs[0]] = outputs
    return names


def record(net, given, path, options=None, names=None):
    """Run ``net`` on the arrays ``given`` by input and write the reference; ``names`` are those of layers' outputs."""
    import cv2

    arrays = collections.OrderedDict(given)
    for name, array in given.items():
        net.setInput(np.ascontiguousarray(array, np.float32), name)
    layers = list(net.getLayerNames())
    try:
        outputs = net.forwardAndRetrieve(layers)
    except cv2.error as error:
        raise RequestError("OpenCV can't run it (%s)" % first_line(error))
    for layer, values in zip(layers, outputs):
        for index, value in enumerate(values):
            own = (names or {}).get(layer, [layer.split("!")[-1]])
            arrays[own[index] if index < len(own) else "%s[%d]" % (own[0], index)] = np.array(value)
    save(path, arrays, "OpenCV", cv2.__version__, options)


def main():
    """Do what the command line asks for."""
    parser = request("the .prototxt, .onnx or .pb", order="BGR")
    parser.add_argument("--weights", metavar="FILE", help="the .caffemodel")
    parser.add_argument(
        "--input", metavar="NAME", default="", help="the input's name, where the file has one of its own"
    )
    options = parser.parse_args()
    net = open_network(options.model, options.weights)
    try:
        names = onnx_names(options.model) if options.model.endswith(".onnx") else None
    except (IndexError, ValueError):
        raise RequestError("%s: is no ONNX file" % options.model)
    record(net, read_inputs(options, [(options.input, None)], "NCHW"), options.output, options, names)


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
