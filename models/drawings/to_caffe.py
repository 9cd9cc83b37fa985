"""The network as Caffe has it: a prototxt and a caffemodel."""

from __future__ import annotations

from explorer.importers.caffe_schema import message_class
from models.drawings.carrying import Step, Weights, steps

HEAD = """# Drawings: GoogLeNet (Szegedy et al. 2015), a quarter as wide, with both classifiers on the side.
# For pictures of 224×224: BGR, 0–255, minus (104, 117, 123).
name: "Drawings"
layer {
  name: "data"
  type: "Input"
  top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } }
}
"""


def prototxt(weights: Weights) -> str:
    """The architecture for ``weights``; ReLU and dropout compute in place."""
    at = {step.name: step.reads[0] for step in steps() if step.what == "dropout"}
    return HEAD + "".join(_layer(step, weights, at) for step in steps())


def caffemodel(weights: Weights) -> bytes:
    """The weights: kernels as out×in×h×w, matrices as out×in."""
    net = message_class("NetParameter")(name="Drawings")
    for step in steps():
        if step.name not in weights:
            continue
        layer = net.layer.add(name=step.name, type="InnerProduct" if step.what == "dense" else "Convolution")
        for array in weights[step.name]:
            blob = layer.blobs.add(data=array.reshape(-1))
            blob.shape.dim.extend(array.shape)
    return bytes(net.SerializeToString(deterministic=True))


def _layer(step: Step, weights: Weights, in_place: dict[str, str]) -> str:
    reads = [in_place.get(name, name) for name in step.reads]
    bottoms = " ".join(f'bottom: "{name}"' for name in reads)
    top = reads[0] if step.what == "dropout" else step.name
    kind, parameters = _parameters(step, weights)
    text = f'layer {{\n  name: "{step.name}"\n  type: "{kind}"\n  {bottoms} top: "{top}"\n{parameters}}}\n'
    if step.relu is not None:
        text += f'layer {{ name: "{step.relu}" type: "ReLU" bottom: "{top}" top: "{top}" }}\n'
    return text


def _parameters(step: Step, weights: Weights) -> tuple[str, str]:
    window = f"kernel_size: {step.kernel}" + (f" stride: {step.stride}" if step.stride > 1 else "")
    window += f" pad: {step.pad}" if step.pad else ""
    if step.what == "convolution":
        count = len(weights[step.name][0])
        return "Convolution", f"  convolution_param {{ num_output: {count} {window} }}\n"
    if step.what == "dense":
        return "InnerProduct", f"  inner_product_param {{ num_output: {len(weights[step.name][0])} }}\n"
    if step.what in ("max", "average"):
        pool = "MAX" if step.what == "max" else "AVE"
        return "Pooling", f"  pooling_param {{ pool: {pool} {window} }}\n"
    if step.what == "lrn":
        return "LRN", "  lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }\n"
    if step.what == "dropout":
        return "Dropout", f"  dropout_param {{ dropout_ratio: {step.ratio} }}\n"
    return ("Concat" if step.what == "concat" else "Softmax"), ""
