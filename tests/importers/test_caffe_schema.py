import pytest

from explorer.importers.caffe_fields import MESSAGES
from explorer.importers.caffe_fork_fields import FORK_FIELDS, FORK_MESSAGES
from explorer.importers.caffe_schema import SCALARS, enumerations, fork_fields, message_class, messages


def test_every_type_in_the_tables_is_there():
    for message, fields in messages().items():
        for field in fields.values():
            if field.kind == "message":
                assert field.type in messages(), (message, field.name)
            else:
                assert field.kind in SCALARS or field.type in enumerations(), (message, field.name)


def test_forks_add_to_messages_that_there_are_and_repeat_none():
    assert FORK_FIELDS.keys() <= MESSAGES.keys()
    assert not FORK_MESSAGES.keys() & MESSAGES.keys()


def test_every_fork_message_and_enumeration_is_used():
    used = {field.type for fields in messages().values() for field in fields.values()}
    assert messages().keys() - used == {"NetParameter"}
    assert enumerations().keys() <= used


@pytest.mark.parametrize(
    ("message", "field", "number"),
    [
        ("NetParameter", "layer", 100),
        ("NetParameter", "layers", 2),
        ("LayerParameter", "blobs", 7),
        ("LayerParameter", "batch_norm_param", 139),
        ("LayerParameter", "permute_param", 202),
        ("LayerParameter", "roi_pooling_param", 8266711),
        ("V1LayerParameter", "blobs", 6),
        ("V1LayerParameter", "convolution_param", 10),
        ("V0LayerParameter", "blobs", 50),
        ("BlobProto", "shape", 7),
        ("BlobProto", "data", 5),
        ("BlobProto", "raw_data", 12),
        ("ConvolutionParameter", "dilation", 18),
        ("PoolingParameter", "round_mode", 13),
    ],
)
def test_fields_have_the_numbers_that_caffe_writes(message, field, number):
    assert message_class(message).DESCRIPTOR.fields_by_name[field].number == number


def test_a_number_that_bvlc_caffe_has_is_never_a_forks():
    for fields in messages().values():
        numbers = [field.number for field in fields.values()]
        assert len(numbers) == len(set(numbers))
    assert messages()["LayerParameter"]["parameter_param"].number == 145
    assert messages()["LayerParameter"]["forward_type"].number == 1_000_145


def test_defaults_are_caffes():
    layer = message_class("LayerParameter")()
    assert layer.convolution_param.bias_term is True
    assert layer.convolution_param.group == 1
    assert layer.lrn_param.local_size == 5
    assert layer.lrn_param.beta == 0.75
    assert layer.batch_norm_param.eps == pytest.approx(1e-5)
    assert layer.mvn_param.eps == pytest.approx(1e-9)
    assert layer.reduction_param.operation == enumerations()["ReductionParameter.ReductionOp"]["SUM"] == 1
    assert layer.eltwise_param.operation == enumerations()["EltwiseParameter.EltwiseOp"]["SUM"] == 1
    assert layer.pooling_param.pool == enumerations()["PoolingParameter.PoolMethod"]["MAX"] == 0
    assert layer.crop_param.axis == 2
    assert layer.flatten_param.end_axis == -1
    assert layer.norm_param.across_spatial is True
    assert layer.prior_box_param.offset == 0.5
    assert message_class("FillerParameter")().type == "constant"
    assert message_class("NetState")().phase == enumerations()["Phase"]["TEST"]


def test_the_fields_of_forks_that_a_layer_uses_are_told_with_their_place():
    layer = message_class("LayerParameter")(name="a")
    layer.convolution_param.num_output = 3
    assert fork_fields(layer) == ()
    layer.convolution_param.hole = 2
    layer.permute_param.order.extend([0, 2, 3, 1])
    layer.embed_param.weight_filler.alpha = 1
    assert set(fork_fields(layer)) == {"convolution_param.hole", "permute_param", "embed_param.weight_filler.alpha"}
