from pathlib import Path

import numpy as np
import pytest

from explorer.comparison.compare import compare
from explorer.network.preprocessing import find_preprocessing
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from explorer.running.runner import Runner, feed_picture
from explorer.ui.layer_views import NO_WEIGHTS, Sources, layer_page, layer_view, layer_weights
from tests.small_network import blobs, picture_pixels, small_network


@pytest.fixture
def arrays():
    return dict(blobs(small_network(), picture_pixels()))


@pytest.fixture
def sources(tmp_path: Path, arrays):
    network = small_network()
    save_arrays(arrays, tmp_path / "reference.npz")
    reference = open_reference(tmp_path / "reference.npz")
    runner = Runner(network, threads=1)
    comparison, reference_run = compare(runner, reference)
    picture_run = runner.run(feed_picture(network, picture_pixels(seed=9)), fed_with="picture")

    def make(layer, **changes):
        parts = {
            "fed_with": "tensor",
            "picture_run": picture_run,
            "reference_run": reference_run,
            "reference": reference,
            "comparison": comparison,
            **changes,
        }
        return Sources(network, layer, **parts)

    return make


def test_beside_the_references_array_stands_our_run_on_its_own_input(sources, arrays):
    view = layer_view(sources("pool1"))
    assert (view.title, view.type, view.fed_with) == ("pool1", "Pooling", "tensor")
    np.testing.assert_array_equal(view.theirs, arrays["pool1"])
    np.testing.assert_array_equal(view.ours, arrays["pool1"])
    assert view.row is not None
    assert view.row.verdict == "match"


def test_a_layer_that_is_overwritten_in_place_is_shown_as_it_is_recorded(sources, arrays):
    view = layer_view(sources("conv1"))
    np.testing.assert_array_equal(view.ours, arrays["conv1"])
    assert view.ours is not None
    assert view.ours.min() >= 0


def test_the_run_on_a_picture_stands_alone(sources):
    view = layer_view(sources("conv1", fed_with="picture"))
    assert view.fed_with == "picture"
    assert view.theirs is None
    assert view.row is None
    assert view.ours is not None
    assert view.ours.min() < 0


def test_a_reference_without_an_input_stands_beside_the_picture(sources, arrays):
    view = layer_view(sources("pool1", fed_with="picture", reference_run=None))
    assert view.fed_with == "picture"
    assert view.ours is not None
    np.testing.assert_array_equal(view.theirs, arrays["pool1"])


def test_before_anything_was_run_there_are_no_values(sources):
    view = layer_view(
        sources("fc", fed_with="picture", picture_run=None, reference_run=None, comparison=None, reference=None)
    )
    assert view.ours is None
    assert view.fed_with is None
    assert view.notice == ""


def test_labels_are_given_to_the_vectors_that_they_fit(sources):
    labels = tuple("abcdef")
    assert layer_view(sources("prob", labels=labels)).labels == labels
    assert layer_view(sources("pool1", labels=labels)).labels is None


def test_weights_are_named_within_their_layer_and_keep_their_values():
    layer = small_network().layer["fc"]
    names = [weight.name for weight in layer_weights(layer)]
    assert names == ["weight", "bias"]
    assert layer_weights(layer)[0].values.shape == (6, 96)


def test_the_first_layers_kernels_are_in_the_pictures_own_order(sources):
    assert layer_page(sources("conv1")).order == "RGB"
    page = layer_page(sources("conv1", preprocessing=find_preprocessing("caffe")))
    assert page.order == "BGR"
    assert len(page.weights) == 2


def test_a_network_without_weights_says_why_there_are_no_values(sources):
    made = sources("conv1", fed_with="picture", picture_run=None, reference_run=None, comparison=None)
    source = made.network.source
    object.__setattr__(source, "has_weights", False)
    assert layer_view(made).notice == NO_WEIGHTS


def test_a_corrected_weight_is_shown_with_what_it_was():
    corrected, network = small_network(), small_network(shifted="fork/left")
    weights = {weight.name: weight for weight in layer_weights(corrected.layer["fork/left"], network)}
    assert weights["weight"].before is None
    bias = weights["bias"].before
    assert bias is not None and np.array_equal(bias, np.ones(3)) and np.array_equal(weights["bias"].values, np.zeros(3))
