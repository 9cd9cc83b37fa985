"""Write what comes with Portside: ``python -m models.drawings.ship drawings.pt``, beside this file or into FOLDER.

The network as ports to Caffe, Keras 1 and ONNX, its labels and preprocessing, two pictures, and PyTorch's own values
for them. The same weights and the same PyTorch give the same files.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from PIL import Image
from torch import Tensor, nn

from models.drawings.carrying import Array, Weights
from models.drawings.classes import KINDS, LABELS
from models.drawings.judge import PREPROCESSING
from models.drawings.network import GoogLeNet
from models.drawings.program import busy_picture, plain_picture
from models.drawings.to_caffe import caffemodel, prototxt
from models.drawings.to_keras import architecture, write_weights

NAME = "drawings"
PLAIN, CLUTTERED = ("snail", (7, 6)), ("butterfly", (7, 3))
"""The two pictures: class and seed."""


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent)
    arguments = parser.parse_args()
    network = GoogLeNet(len(KINDS)).eval()
    network.load_state_dict(torch.load(arguments.checkpoint, weights_only=True))
    write_ports(network, arguments.folder / "ports")
    write_references(network, arguments.folder / "reference")


def write_ports(network: GoogLeNet, folder: Path) -> None:
    """The network in each format, with what Caffe's and Keras' files can't say beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = weights_of(network)
    (folder / f"{NAME}.prototxt").write_text(prototxt(weights), "utf-8")
    (folder / f"{NAME}.caffemodel").write_bytes(caffemodel(weights))
    (folder / f"{NAME}.json").write_text(architecture(weights), "utf-8")
    write_weights(weights, folder / f"{NAME}.h5")
    write_onnx(network, folder / f"{NAME}.onnx")
    (folder / f"{NAME}.labels.txt").write_text("\n".join(LABELS) + "\n", "utf-8")
    (folder / f"{NAME}.preprocessing.json").write_text(json.dumps(PREPROCESSING.to_json(), indent=2) + "\n", "utf-8")


def weights_of(network: GoogLeNet) -> Weights:
    """Kernels or matrix and biases of every layer that has some."""
    found: Weights = {}
    for name, module in network.named_children():
        if isinstance(module, nn.Conv2d | nn.Linear):
            assert module.bias is not None
            found[name] = module.weight.detach().numpy(), module.bias.detach().numpy()
    return found


def write_onnx(network: GoogLeNet, path: Path) -> None:
    """PyTorch's own export; the labels and the preprocessing stand in its metadata, under Portside's names."""
    example = torch.zeros(2, 3, 224, 224)
    names = ["prob", "loss1/prob", "loss2/prob"]
    sizes = {"data": {0: torch.export.Dim("N")}}
    program = torch.onnx.export(
        network, (example,), dynamo=True, input_names=["data"], output_names=names, dynamic_shapes=sizes, verbose=False
    )
    assert program is not None
    model = program.model_proto
    # Where it was exported, line by line, is nobody's business.
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"]
        texts = [(entry.key, entry.value) for entry in kept]
        del node.metadata_props[:]
        for key, value in texts:
            node.metadata_props.add(key=key, value=value)
    facts = {"portside.labels": json.dumps(LABELS), "portside.preprocessing": json.dumps(PREPROCESSING.to_json())}
    onnx.helper.set_model_props(model, facts)
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_references(network: GoogLeNet, folder: Path) -> None:
    """The two pictures, and what PyTorch computes for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, (label, seed) in (("plain", PLAIN), ("cluttered", CLUTTERED)):
        kind = KINDS[LABELS.index(label)]
        draw = plain_picture if stem == "plain" else busy_picture
        picture = draw(np.random.default_rng(seed), kind, 256)
        Image.fromarray(picture).save(folder / f"{stem}.png", optimize=True)
        values = values_of(network, torch.from_numpy(PREPROCESSING.apply(picture, (224, 224))))
        save_reference(folder / f"{stem}.npz", values, f"{stem}.png")
        best = int(values["prob"].argmax())
        print(f"{stem}: {label}, found {LABELS[best]} {values['prob'].max():.4f}, {len(values)} layers")


def values_of(network: GoogLeNet, data: Tensor) -> dict[str, Array]:
    """What every part of the network gives, by hooks, under its name; first what it is fed with."""
    values: dict[str, Array] = {"data": data.numpy()}

    def keep(name: str) -> Any:
        def hook(module: nn.Module, given: object, result: Tensor) -> None:
            if not isinstance(module, nn.Dropout):
                values[name] = result.numpy().copy()

        return hook

    hooks = [module.register_forward_hook(keep(name)) for name, module in network.named_children()]
    with torch.inference_mode():
        network(data)
    for each in hooks:
        each.remove()
    return values


def save_reference(path: Path, arrays: dict[str, Array], picture: str) -> None:
    """An ``.npz`` as the contract wants it, packed as small as it goes; nothing of the day or the machine in it."""
    record = {
        "framework": "PyTorch",
        "version": torch.__version__.split("+")[0],
        "input": picture,
        "preprocessing": "BGR, mean [104.0, 117.0, 123.0], scale 1.0",
    }
    entries: dict[str, Any] = {**arrays, "__portside__": np.array(json.dumps(record))}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in entries.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), entry.getvalue(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
