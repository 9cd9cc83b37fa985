"""Record every module of a PyTorch network as a reference for Portside.

    python record_pytorch.py torchvision.models:resnet18 picture.jpg reference.npz --weights resnet18.pth --size 224
    python record_pytorch.py my_network.py:make_network tensor.npy reference.npz --weights weights.pth

For the machine that has PyTorch, NumPy, and Pillow for pictures. MODEL is a function or class of yours that is
called with nothing and gives the network; the weights are a state dict. A tensor is fed as it is; what is done to a
picture stands in prepare(), to be edited. Each module is recorded under its path (layer1.0.conv1), which PyTorch's
ONNX exporters write too, before a module that computes in place overwrites it; a further call of it is path:1,
path:2 ... From a program of your own: record(network, {"x": tensor}, "reference.npz").
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


def make_network(text):
    """Import MODULE or FILE.py, and call the function or class behind the colon."""
    place, _, name = text.rpartition(":")
    if not place:
        raise RequestError("%s: say which function makes the network, as in my_network.py:make_network" % text)
    if place.endswith(".py"):
        open(place, "rb").close()
        sys.path.insert(0, os.path.dirname(os.path.abspath(place)))
        place = os.path.splitext(os.path.basename(place))[0]
    try:
        return getattr(importlib.import_module(place), name)()
    except (ImportError, AttributeError, TypeError) as error:
        raise RequestError("%s: can't be made (%s)" % (text, error))


def load_weights(network, path):
    """Load a state dict, alone or under its customary names in a checkpoint of training."""
    import torch

    open(path, "rb").close()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except TypeError:
        raise RequestError(
            "this PyTorch is from before 1.13 and opens weights by pickle alone; load them in MODEL yourself"
        )
    except Exception as error:
        raise RequestError("%s: holds no plain state dict (%s)" % (path, first_line(error)))
    for key in ("state_dict", "model_state_dict", "model"):
        state = state[key] if isinstance(state.get(key), dict) else state
    state = {name[7:] if name.startswith("module.") else name: value for name, value in state.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise RequestError("%s: is not this network's (%s)" % (path, first_line(error)))


def numpy_of(tensor):
    """Copy a tensor; NumPy has no bfloat16."""
    import torch

    tensor = tensor.detach().cpu()
    return np.array((tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy())


def tensors_of(output):
    """List the tensors that a module gave."""
    if hasattr(output, "detach"):
        return [output]
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, (list, tuple)) else []
    return [tensor for part in parts for tensor in tensors_of(part)]


def record(network, given, path, options=None):
    """Run ``network`` on the tensors or arrays ``given`` by argument and write the reference."""
    import torch

    tensors = [value if hasattr(value, "detach") else torch.from_numpy(np.array(value)) for value in given.values()]
    kinds = [parameter.dtype for parameter in network.parameters() if parameter.dtype.is_floating_point]
    if kinds:
        tensors = [tensor.to(kinds[0]) if tensor.dtype.is_floating_point else tensor for tensor in tensors]
    arrays = collections.OrderedDict((name, numpy_of(tensor)) for name, tensor in zip(given, tensors))
    calls = collections.Counter()

    def hook(name):
        def keep(module, inputs, output):
            key = name if calls[name] == 0 else "%s:%d" % (name, calls[name])
            calls[name] += 1
            for index, tensor in enumerate(tensors_of(output)):
                arrays[key if index == 0 else "%s[%d]" % (key, index)] = numpy_of(tensor)

        return keep

    hooks = [module.register_forward_hook(hook(name)) for name, module in network.named_modules() if name]
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            network(*tensors)
    finally:
        for each in hooks:
            each.remove()
        network.train(training)
    save(path, arrays, "PyTorch", torch.__version__, options)


def main():
    """Do what the command line asks for."""
    parser = request("MODULE:FUNCTION or FILE.py:FUNCTION that makes the network")
    parser.add_argument("--weights", metavar="FILE.pth", help="its state dict")
    options = parser.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise RequestError("PyTorch can't be imported (%s)" % error)
    network = make_network(options.model)
    if options.weights:
        load_weights(network, options.weights)
    code = network.forward.__code__
    names = list(code.co_varnames[1 : code.co_argcount])[: len(options.inputs)]
    given = read_inputs(options, [(name, None) for name in names or ["input"]], "NCHW")
    try:
        record(network, given, options.output, options)
    except (RuntimeError, TypeError) as error:
        raise RequestError("%s: PyTorch can't run it (%s)" % (options.model, first_line(error)))


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
