from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.session.places import next_culprit, telling_layer
from tests.small_network import LAYERS, small_network


def _comparison(**verdicts):
    rows = tuple(LayerComparison(name, "", verdict=verdicts.get(name.replace("/", "_"), "match")) for name in LAYERS)
    return Comparison("model", "reference", rows)


def test_one_begins_with_the_first_layer_that_is_wrong():
    comparison = _comparison(pool1="culprit", fc="culprit")
    assert telling_layer(small_network(), comparison) == "pool1"


def test_without_a_wrong_layer_one_begins_with_the_first_feature_maps():
    assert telling_layer(small_network(), None) == "conv1"
    assert telling_layer(small_network(), _comparison()) == "conv1"


def test_the_next_culprit_goes_round():
    comparison = _comparison(pool1="culprit", fork_right="shape", fc="inherited")
    assert next_culprit(comparison, None) == "pool1"
    assert next_culprit(comparison, "pool1") == "fork/right"
    assert next_culprit(comparison, "fork/left") == "fork/right"
    assert next_culprit(comparison, "fork/right") == "pool1"


def test_there_is_no_next_culprit_where_all_agree():
    assert next_culprit(_comparison(), "conv1") is None
    assert next_culprit(None, "conv1") is None


def test_layers_that_are_recorded_in_one_array_are_one_culprit():
    rows = [
        LayerComparison(name, "", value=value, verdict="culprit")
        for name, value in (("conv1", "a"), ("relu1", "a"), ("fc", "b"))
    ]
    comparison = Comparison("model", "reference", tuple(rows))
    assert next_culprit(comparison, "conv1") == "fc"
    assert next_culprit(comparison, "fc") == "conv1"
    alone = Comparison("model", "reference", tuple(rows[:2]))
    assert next_culprit(alone, "relu1") == "conv1"


def test_the_culprit_before_goes_round_the_other_way():
    comparison = _comparison(pool1="culprit", fork_right="shape", fc="inherited")
    assert next_culprit(comparison, None, back=True) == "fork/right"
    assert next_culprit(comparison, "fork/right", back=True) == "pool1"
    assert next_culprit(comparison, "pool1", back=True) == "fork/right"


def test_of_layers_in_one_array_the_first_is_gone_back_to():
    rows = [
        LayerComparison(name, "", value=value, verdict="culprit")
        for name, value in (("conv1", "a"), ("relu1", "a"), ("fc", "b"))
    ]
    comparison = Comparison("model", "reference", tuple(rows))
    assert next_culprit(comparison, "fc", back=True) == "conv1"
    assert next_culprit(comparison, "relu1", back=True) == "fc"
