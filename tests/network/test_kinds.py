import json

import pytest

from explorer.data import data_folder
from explorer.network.kinds import KINDS, follows, kind_of


@pytest.mark.parametrize(
    ("layer_type", "kind"),
    [
        ("Convolution", "convolution"),
        ("Deconvolution", "convolution"),
        ("Conv", "convolution"),
        ("SeparableConv2D", "convolution"),
        ("Pooling", "pooling"),
        ("GlobalAveragePool", "pooling"),
        ("MaxPooling2D", "pooling"),
        ("LRN", "normalisation"),
        ("BatchNorm", "normalisation"),
        ("BatchNormalization", "normalisation"),
        ("ReLU", "activation"),
        ("Relu", "activation"),
        ("Dropout", "activation"),
        ("InnerProduct", "dense"),
        ("Gemm", "dense"),
        ("Dense", "dense"),
        ("Concat", "merge"),
        ("Eltwise", "merge"),
        ("Concatenate", "merge"),
        ("Softmax", "output"),
        ("SoftmaxWithLoss", "output"),
        ("Input", "input"),
        ("Data", "input"),
        ("Flatten", "other"),
        ("NobodyKnowsThis", "other"),
        ("", "other"),
    ],
)
def test_the_frameworks_types_have_kinds(layer_type, kind):
    assert kind_of(layer_type) == kind


def test_a_scope_before_the_type_does_not_count():
    assert kind_of("InceptionV4/Conv2D") == "convolution"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_kind_has_a_colour_in_every_theme(name):
    record = json.loads((data_folder("resources") / "themes" / f"{name}.json").read_text("utf-8"))
    assert set(record["kinds"]) == set(KINDS)


def test_what_works_element_by_element_or_channel_by_channel_follows():
    assert all(map(follows, ("ReLU", "PReLU", "Dropout", "BatchNorm", "Scale", "BatchNormalization", "Relu6")))
    assert not any(map(follows, ("LRN", "Convolution", "Pooling", "Concat", "Softmax", "Flatten")))
