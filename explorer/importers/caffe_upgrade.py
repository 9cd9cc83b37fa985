"""Networks of older Caffes in today's form, by the rules of Caffe's ``upgrade_proto.cpp``.

V0 (2013) keeps every parameter of a layer in one message: ``layers { layer { type: "conv" } }``. V1 (2014)
has a message for each type, and types as an enumeration: ``layers { type: CONVOLUTION }``. V2 is today's:
``layer { type: "Convolution" }``.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError
from explorer.importers.caffe_schema import LayerParameter, NetParameter, enumerations, message_class

V0_TYPES = {
    "accuracy": "Accuracy",
    "bnll": "BNLL",
    "concat": "Concat",
    "conv": "Convolution",
    "data": "Data",
    "dropout": "Dropout",
    "euclidean_loss": "EuclideanLoss",
    "flatten": "Flatten",
    "hdf5_data": "HDF5Data",
    "hdf5_output": "HDF5Output",
    "im2col": "Im2col",
    "images": "ImageData",
    "infogain_loss": "InfogainLoss",
    "innerproduct": "InnerProduct",
    "lrn": "LRN",
    "multinomial_logistic_loss": "MultinomialLogisticLoss",
    "pool": "Pooling",
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
    "softmax_loss": "SoftmaxWithLoss",
    "split": "Split",
    "tanh": "TanH",
    "window_data": "WindowData",
}
"""Today's name of each V0 layer type."""

# Where a word-by-word translation of V1's name, SIGMOID_CROSS_ENTROPY_LOSS, would be wrong.
_IRREGULAR_V1_TYPES = {
    "NONE": "",
    "ABSVAL": "AbsVal",
    "ARGMAX": "ArgMax",
    "BN": "BN",
    "BNLL": "BNLL",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "IM2COL": "Im2col",
    "LRN": "LRN",
    "MVN": "MVN",
    "RELU": "ReLU",
    "RELU6": "ReLU6",
    "ROIPOOLING": "ROIPooling",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "TANH": "TanH",
}

# V0 field → the V0 types that may have it → where it goes. "*" is any type.
_V0_FIELDS: dict[str, dict[str, str]] = {
    "num_output": {"conv": "convolution_param.num_output", "innerproduct": "inner_product_param.num_output"},
    "biasterm": {"conv": "convolution_param.bias_term", "innerproduct": "inner_product_param.bias_term"},
    "weight_filler": {
        "conv": "convolution_param.weight_filler",
        "innerproduct": "inner_product_param.weight_filler",
    },
    "bias_filler": {
        "conv": "convolution_param.bias_filler",
        "innerproduct": "inner_product_param.bias_filler",
    },
    "pad": {"conv": "convolution_param.pad", "pool": "pooling_param.pad"},
    "kernelsize": {"conv": "convolution_param.kernel_size", "pool": "pooling_param.kernel_size"},
    "group": {"conv": "convolution_param.group"},
    "stride": {"conv": "convolution_param.stride", "pool": "pooling_param.stride"},
    "pool": {"pool": "pooling_param.pool"},
    "dropout_ratio": {"dropout": "dropout_param.dropout_ratio"},
    "local_size": {"lrn": "lrn_param.local_size"},
    "alpha": {"lrn": "lrn_param.alpha"},
    "beta": {"lrn": "lrn_param.beta"},
    "k": {"lrn": "lrn_param.k"},
    "source": {
        "data": "data_param.source",
        "hdf5_data": "hdf5_data_param.source",
        "images": "image_data_param.source",
        "window_data": "window_data_param.source",
        "infogain_loss": "infogain_loss_param.source",
    },
    "batchsize": {
        "data": "data_param.batch_size",
        "hdf5_data": "hdf5_data_param.batch_size",
        "images": "image_data_param.batch_size",
        "window_data": "window_data_param.batch_size",
    },
    "scale": {"*": "transform_param.scale"},
    "meanfile": {"*": "transform_param.mean_file"},
    "cropsize": {"*": "transform_param.crop_size"},
    "mirror": {"*": "transform_param.mirror"},
    "rand_skip": {"data": "data_param.rand_skip", "images": "image_data_param.rand_skip"},
    "shuffle_images": {"images": "image_data_param.shuffle"},
    "new_height": {"images": "image_data_param.new_height"},
    "new_width": {"images": "image_data_param.new_width"},
    "concat_dim": {"concat": "concat_param.concat_dim"},
    "det_fg_threshold": {"window_data": "window_data_param.fg_threshold"},
    "det_bg_threshold": {"window_data": "window_data_param.bg_threshold"},
    "det_fg_fraction": {"window_data": "window_data_param.fg_fraction"},
    "det_context_pad": {"window_data": "window_data_param.context_pad"},
    "det_crop_mode": {"window_data": "window_data_param.crop_mode"},
    "hdf5_output_param": {"hdf5_output": "hdf5_output_param"},
}
_MOVED_TO_PARAM = ("param", "blob_share_mode", "blobs_lr", "weight_decay")
_TRANSFORM_FIELDS = ("scale", "mean_file", "crop_size", "mirror")
_DATA_PARAMS = {"Data": "data_param", "ImageData": "image_data_param", "WindowData": "window_data_param"}


def v1_type(number: int) -> str:
    """Today's name of a V1 layer type by its number, or ``V1 type 99`` for one that no known Caffe has."""
    for name, value in enumerations()["V1LayerParameter.LayerType"].items():
        if value == number:
            regular = "".join(word.capitalize() for word in name.split("_"))
            return _IRREGULAR_V1_TYPES.get(name, regular)
    return f"V1 type {number}"


def upgrade_net(net: NetParameter, file: str | Path) -> None:
    """Bring ``net`` to V2, in place: ``layers`` become ``layer``, with ``type`` strings and ``param``.

    V0's padding layers go into the convolution or pooling that reads them. As in Caffe, a V0 parameter that
    its type does not have is dropped, and old data layers' scale, mean, crop and mirror move into
    ``transform_param``. The ``input`` fields and aliases such as ``concat_dim`` stay.

    :raises PortsideError: where Caffe fails as well: ``layer`` beside ``layers``, a padding layer that can't
        be merged, a V1 layer among V0 ones.
    """
    if net.layers:
        if net.layer:
            raise PortsideError("has both 'layer' and 'layers': Caffe reads one or the other", file=file)
        if any(entry.HasField("layer") for entry in net.layers):
            entries = _merge_padding(list(net.layers), net.input, file)
            upgraded = [_upgrade_v0(entry, file) for entry in entries]
        else:
            upgraded = [_upgrade_v1(entry) for entry in net.layers]
        net.layer.extend(upgraded)
        net.ClearField("layers")
    for layer in net.layer:
        if layer.type == "BatchNorm" and len(layer.param) == 3:
            # These three blobs are statistics: an early release had to be told not to learn them.
            for spec in layer.param:
                spec.lr_mult = spec.decay_mult = 0.0


def _merge_padding(entries: list[Any], inputs: Any, file: str | Path) -> list[Any]:
    writers: dict[str, Any] = dict.fromkeys(inputs)
    kept = []
    for entry in entries:
        kind, name = entry.layer.type, entry.layer.name
        if kind != "padding":
            kept.append(entry)
        for index, blob in enumerate(entry.bottom):
            if blob not in writers:
                raise PortsideError(f"no layer before it writes its bottom '{blob}'", file=file, layer=name)
            padding = writers[blob]
            if padding is None or padding.layer.type != "padding":
                continue
            if kind not in ("conv", "pool") or len(entry.bottom) != 1:
                raise PortsideError(f"a '{kind}' layer can't read a padding layer", file=file, layer=name)
            if len(padding.bottom) != 1 or len(padding.top) != 1:
                reason = "a padding layer has one bottom and one top"
                raise PortsideError(reason, file=file, layer=padding.layer.name)
            entry.layer.pad = padding.layer.pad
            entry.bottom[index] = padding.bottom[0]
        for blob in entry.top:
            writers[blob] = entry
    return kept


def _upgrade_v0(entry: Any, file: str | Path) -> LayerParameter:
    if not entry.HasField("layer"):
        raise PortsideError("is a V1 layer in a V0 file", file=file, layer=entry.name)
    old = entry.layer
    layer = message_class("LayerParameter")(name=old.name, bottom=entry.bottom, top=entry.top)
    layer.type = V0_TYPES.get(old.type, old.type)
    layer.blobs.extend(old.blobs)
    _add_rates(layer, old)
    for descriptor, value in old.ListFields():
        places = _V0_FIELDS.get(descriptor.name, {})
        place = places.get(old.type) or places.get("*")
        if place is not None:
            _store(layer, place, value)
    return layer


def _upgrade_v1(entry: Any) -> LayerParameter:
    layer = message_class("LayerParameter")()
    for descriptor, value in entry.ListFields():
        if descriptor.name == "type":
            layer.type = v1_type(value)
        elif descriptor.name not in _MOVED_TO_PARAM:
            _store(layer, descriptor.name, value)
    for index, name in enumerate(entry.param):
        _spec(layer, index).name = name
    for index, mode in enumerate(entry.blob_share_mode):
        _spec(layer, index).share_mode = mode
    _add_rates(layer, entry)
    _move_transformation(layer)
    return layer


def _add_rates(layer: LayerParameter, old: Any) -> None:
    for index, rate in enumerate(old.blobs_lr):
        _spec(layer, index).lr_mult = rate
    for index, decay in enumerate(old.weight_decay):
        _spec(layer, index).decay_mult = decay


def _spec(layer: LayerParameter, index: int) -> Any:
    while len(layer.param) <= index:
        layer.param.add()
    return layer.param[index]


def _move_transformation(layer: LayerParameter) -> None:
    name = _DATA_PARAMS.get(layer.type)
    if name is None or not layer.HasField(name):
        return
    data = getattr(layer, name)
    for field in _TRANSFORM_FIELDS:
        if data.HasField(field):
            setattr(layer.transform_param, field, getattr(data, field))
            data.ClearField(field)


def _store(layer: LayerParameter, place: str, value: Any) -> None:
    *path, name = place.split(".")
    owner = layer
    for part in path:
        owner = getattr(owner, part)
    field = owner.DESCRIPTOR.fields_by_name[name]
    if field.is_repeated:
        getattr(owner, name).extend(value if isinstance(value, Iterable) else [value])
    elif field.message_type is not None:
        getattr(owner, name).CopyFrom(value)
    else:
        setattr(owner, name, value)
