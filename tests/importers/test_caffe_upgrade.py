import pytest

from explorer.errors import PortsideError
from explorer.importers.caffe_schema import enumerations
from explorer.importers.caffe_upgrade import V0_TYPES, v1_type
from explorer.importers.prototxt import parse_prototxt


def upgraded(text: str):
    return parse_prototxt(text.encode(), "net.prototxt")


def test_a_v1_layer_becomes_a_v2_layer():
    net = upgraded("""
    name: "net" input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
    layers {
      name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1"
      blobs_lr: 1 blobs_lr: 2 weight_decay: 0.5 param: "w" param: "b" blob_share_mode: PERMISSIVE
      include { phase: TRAIN } exclude { stage: "x" } loss_weight: 0.25
      convolution_param { num_output: 4 kernel_size: 3 }
      blobs { num: 1 channels: 2 height: 1 width: 1 data: [1, 2] }
    }
    layers { name: "loss" type: SOFTMAX_LOSS bottom: "conv1" bottom: "label" top: "loss" }""")
    assert not net.layers
    conv, loss = net.layer
    assert (conv.name, conv.type, list(conv.bottom), list(conv.top)) == ("conv1", "Convolution", ["data"], ["conv1"])
    assert [(spec.name, spec.lr_mult, spec.decay_mult) for spec in conv.param] == [("w", 1, 0.5), ("b", 2, 1)]
    assert conv.param[0].share_mode == enumerations()["ParamSpec.DimCheckMode"]["PERMISSIVE"]
    assert conv.include[0].phase == 0
    assert conv.exclude[0].stage == ["x"]
    assert list(conv.loss_weight) == [0.25]
    assert conv.convolution_param.num_output == 4
    assert list(conv.blobs[0].data) == [1, 2]
    assert loss.type == "SoftmaxWithLoss"
    assert list(net.input) == ["data"]
    assert list(net.input_dim) == [1, 3, 8, 8]


def test_every_v1_type_has_todays_name():
    names = enumerations()["V1LayerParameter.LayerType"]
    assert {name: v1_type(number) for name, number in names.items()} == {
        "NONE": "",
        "ACCURACY": "Accuracy",
        "BNLL": "BNLL",
        "CONCAT": "Concat",
        "CONVOLUTION": "Convolution",
        "DATA": "Data",
        "DROPOUT": "Dropout",
        "EUCLIDEAN_LOSS": "EuclideanLoss",
        "FLATTEN": "Flatten",
        "HDF5_DATA": "HDF5Data",
        "HDF5_OUTPUT": "HDF5Output",
        "IM2COL": "Im2col",
        "IMAGE_DATA": "ImageData",
        "INFOGAIN_LOSS": "InfogainLoss",
        "INNER_PRODUCT": "InnerProduct",
        "LRN": "LRN",
        "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
        "POOLING": "Pooling",
        "RELU": "ReLU",
        "SIGMOID": "Sigmoid",
        "SOFTMAX": "Softmax",
        "SOFTMAX_LOSS": "SoftmaxWithLoss",
        "SPLIT": "Split",
        "TANH": "TanH",
        "WINDOW_DATA": "WindowData",
        "ELTWISE": "Eltwise",
        "POWER": "Power",
        "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
        "HINGE_LOSS": "HingeLoss",
        "MEMORY_DATA": "MemoryData",
        "ARGMAX": "ArgMax",
        "THRESHOLD": "Threshold",
        "DUMMY_DATA": "DummyData",
        "SLICE": "Slice",
        "MVN": "MVN",
        "ABSVAL": "AbsVal",
        "SILENCE": "Silence",
        "CONTRASTIVE_LOSS": "ContrastiveLoss",
        "EXP": "Exp",
        "DECONVOLUTION": "Deconvolution",
        "LOCAL": "Local",
        "BN": "BN",
        "INSANITY": "Insanity",
        "TRIPLET_LOSS": "TripletLoss",
        "ROIPOOLING": "ROIPooling",
        "BATCH_NORM": "BatchNorm",
        "ELTWISE_AFFINE": "EltwiseAffine",
        "RELU6": "ReLU6",
    }
    assert v1_type(99) == "V1 type 99"


def test_v0_parameters_go_where_their_type_has_them():
    net = upgraded("""
    input: "data"
    layers { layer { name: "conv" type: "conv" num_output: 6 biasterm: false kernelsize: 5 stride: 2 pad: 1 group: 2
      weight_filler { type: "gaussian" std: 0.01 } blobs_lr: 1. blobs_lr: 2. weight_decay: 1 }
      bottom: "data" top: "conv" }
    layers { layer { name: "pool" type: "pool" pool: AVE kernelsize: 3 stride: 2 pad: 1 } bottom: "conv" top: "pool" }
    layers { layer { name: "norm" type: "lrn" local_size: 3 alpha: 0.5 beta: 0.25 k: 2 } bottom: "pool" top: "norm" }
    layers { layer { name: "cat" type: "concat" concat_dim: 0 } bottom: "norm" top: "cat" }
    layers { layer { name: "fc" type: "innerproduct" num_output: 7 } bottom: "cat" top: "fc" }
    layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.125 } bottom: "fc" top: "fc" }
    layers { layer { name: "relu" type: "relu" num_output: 9 } bottom: "fc" top: "fc" }""")
    conv, pool, norm, cat, fc, drop, relu = net.layer
    assert [layer.type for layer in net.layer] == [
        *("Convolution", "Pooling", "LRN", "Concat", "InnerProduct", "Dropout", "ReLU")
    ]
    parameters = conv.convolution_param
    assert (parameters.num_output, parameters.bias_term, parameters.group) == (6, False, 2)
    assert [list(field) for field in (parameters.kernel_size, parameters.stride, parameters.pad)] == [[5], [2], [1]]
    assert parameters.weight_filler.type == "gaussian"
    assert [(spec.lr_mult, spec.decay_mult) for spec in conv.param] == [(1, 1), (2, 1)]
    assert (pool.pooling_param.pool, pool.pooling_param.kernel_size, pool.pooling_param.pad) == (1, 3, 1)
    lrn = norm.lrn_param
    assert (lrn.local_size, lrn.alpha, lrn.beta, lrn.k) == (3, 0.5, 0.25, 2)
    assert cat.concat_param.HasField("concat_dim")
    assert fc.inner_product_param.num_output == 7
    assert drop.dropout_param.dropout_ratio == 0.125
    # Caffe says "Unknown parameter num_output for layer type relu" and goes on without it.
    assert [field.name for field, _ in relu.ListFields()] == ["name", "type", "bottom", "top"]


def test_a_v0_data_layer_has_its_transformation_where_today_has_it():
    net = upgraded("""layers { layer { name: "d" type: "images" source: "list" batchsize: 4 cropsize: 227 mirror: true
      meanfile: "mean" scale: 0.5 shuffle_images: true new_height: 256 } top: "data" top: "label" }""")
    (layer,) = net.layer
    assert layer.type == "ImageData"
    transform = layer.transform_param
    assert (transform.crop_size, transform.mirror, transform.mean_file, transform.scale) == (227, True, "mean", 0.5)
    data = layer.image_data_param
    assert (data.source, data.batch_size, data.shuffle, data.new_height) == ("list", 4, True, 256)


def test_a_v1_data_layer_has_its_transformation_moved():
    net = upgraded("""layers { name: "d" type: DATA top: "data"
      data_param { source: "db" batch_size: 4 crop_size: 227 mirror: true mean_file: "mean" } }
      layers { name: "e" type: DATA top: "e" data_param { source: "db" } }""")
    first, second = net.layer
    assert (first.transform_param.crop_size, first.transform_param.mirror) == (227, True)
    assert first.transform_param.mean_file == "mean"
    assert not first.transform_param.HasField("scale")
    assert [field.name for field, _ in first.data_param.ListFields()] == ["source", "batch_size"]
    assert not second.HasField("transform_param")


def test_a_v2_data_layer_is_left_as_it_is():
    net = upgraded('layer { name: "d" type: "Data" top: "data" data_param { crop_size: 227 } }')
    assert net.layer[0].data_param.crop_size == 227
    assert not net.layer[0].HasField("transform_param")


def test_a_padding_layer_goes_into_the_convolution_that_reads_it():
    net = upgraded("""
    input: "data"
    layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "data" top: "padded" }
    layers { layer { name: "conv1" type: "conv" num_output: 6 kernelsize: 5 } bottom: "padded" top: "conv1" }
    layers { layer { name: "pool1" type: "pool" kernelsize: 3 } bottom: "padded" top: "pool1" }""")
    conv, pool = net.layer
    assert list(conv.bottom) == ["data"]
    assert list(conv.convolution_param.pad) == [2]
    assert list(pool.bottom) == ["data"]
    assert pool.pooling_param.pad == 2


@pytest.mark.parametrize(
    ("text", "layer", "told"),
    [
        (
            """layers { layer { name: "pad" type: "padding" pad: 1 } bottom: "data" top: "p" }
            layers { layer { name: "r" type: "relu" } bottom: "p" top: "r" }""",
            "r",
            "a 'relu' layer can't read a padding layer",
        ),
        (
            """layers { layer { name: "pad" type: "padding" pad: 1 } bottom: "data" top: "p" top: "q" }
            layers { layer { name: "c" type: "conv" } bottom: "p" top: "r" }""",
            "pad",
            "a padding layer has one bottom and one top",
        ),
        (
            'layers { layer { name: "c" type: "conv" } bottom: "nowhere" top: "r" }',
            "c",
            "no layer before it writes its bottom 'nowhere'",
        ),
        (
            """layers { layer { name: "a" type: "relu" } bottom: "data" top: "a" }
            layers { name: "b" type: RELU bottom: "a" top: "b" }""",
            "b",
            "is a V1 layer in a V0 file",
        ),
    ],
)
def test_v0_networks_that_caffe_can_not_upgrade_are_refused(text, layer, told):
    with pytest.raises(PortsideError) as caught:
        upgraded('input: "data" ' + text)
    assert (caught.value.layer, caught.value.reason) == (layer, told)


def test_layer_beside_layers_is_refused():
    with pytest.raises(PortsideError, match="both 'layer' and 'layers'"):
        upgraded('layer { name: "a" type: "ReLU" } layers { name: "b" type: RELU }')


def test_an_unknown_v0_type_is_kept_for_the_importer_to_name():
    assert "shuffle" not in V0_TYPES
    assert upgraded('layers { layer { name: "s" type: "shuffle" } }').layer[0].type == "shuffle"


def test_the_three_rates_of_an_early_batch_norm_become_zero():
    net = upgraded("""layer { name: "bn" type: "BatchNorm" param { lr_mult: 1 } param { } param { lr_mult: 1 } }
    layer { name: "two" type: "BatchNorm" param { lr_mult: 1 } param { lr_mult: 1 } }
    layer { name: "conv" type: "Convolution" param { lr_mult: 1 } param { } param { } }""")
    rates = [[(spec.lr_mult, spec.decay_mult) for spec in layer.param] for layer in net.layer]
    assert rates == [[(0, 0)] * 3, [(1, 1)] * 2, [(1, 1)] * 3]
