"""The recorders of Keras 1, 2 and 3: shared layers, nested models, and names as the importer gives them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.importers.choices import Choices
from tests.oracles import compared
from tests.recorders.made_up_keras import expected, keras, network
from tests.recorders.scripts import RealFramework, load, picture, recorded, run, tensor, told

VERSIONS = (1, 2, 3)

NETWORK = """
import sys
import numpy as np
import keras
from keras import layers as L
from keras.models import Model, Sequential

old = keras.__version__.startswith("1.")
np.random.seed(3)


def conv(filters, size, name):
    if old:
        return L.Convolution2D(filters, size, size, border_mode="same", activation="relu", name=name)
    return L.Conv2D(filters, size, padding="same", activation="relu", name=name)


sides = (3, 16, 16) if old else (16, 16, 3)
inner_sides = (4, 16, 16) if old else (16, 16, 4)
if old:
    keras.backend.set_image_dim_ordering("th")
given = L.Input(inner_sides, name="inner_in")
inner = Model(given, conv(4, 3, "inner_conv")(given), name="inner")
img = L.Input(sides, name="img")
shared = conv(4, 3, "shared")
stem, other = conv(3, 5, "stem")(img), conv(3, 1, "other")(img)
one, two = inner(shared(stem)), inner(shared(other))
joined = L.merge([one, two], mode="concat", concat_axis=1, name="cat") if old else L.Concatenate(name="cat")([one, two])
pooled = L.MaxPooling2D((2, 2), name="pool")(joined)
out = L.Dense(4, activation="softmax", name="out")(L.Flatten(name="flat")(pooled))
Model(img, out).save(sys.argv[1])
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_use_of_every_layer_is_recorded(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras(monkeypatch, version, network(version))
    (tmp_path / "model.h5").write_text("a model")
    given = tensor(tmp_path, 2, 4)
    run(monkeypatch, load(f"keras{version}"), tmp_path / "model.h5", given, tmp_path / "out.npz")
    found, wanted = recorded(tmp_path / "out.npz"), expected(np.load(given))
    assert set(found) == set(wanted)
    assert {name for name, array in wanted.items() if not np.allclose(found[name], array)} == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_architecture_takes_its_weights_from_another_file(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network(version)
    keras(monkeypatch, version, model)
    (tmp_path / "net.json").write_text("{}")
    (tmp_path / "weights.h5").write_text("weights")
    given, out = tensor(tmp_path, 1, 4), tmp_path / "out.npz"
    module = load(f"keras{version}")
    assert "net.json: holds no weights; say --weights" in told(monkeypatch, module, tmp_path / "net.json", given, out)
    run(monkeypatch, module, tmp_path / "net.json", given, out, "--weights", tmp_path / "weights.h5")
    assert model.weights == str(tmp_path / "weights.h5")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_that_keras_refuses_is_one_sentence(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras(monkeypatch, version)
    (tmp_path / "model.h5").write_text("no model")
    given, out = tensor(tmp_path, 1, 4), tmp_path / "out.npz"
    sentence = told(monkeypatch, load(f"keras{version}"), tmp_path / "model.h5", given, out)
    assert sentence.endswith("model.h5: Keras can't open it (No model found in config file.)")


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_of_keras_is_named(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras(monkeypatch, 2, network(2))
    (tmp_path / "model.h5").write_text("a model")
    given, out = tensor(tmp_path, 1, 4), tmp_path / "out.npz"
    sentence = told(monkeypatch, load(f"keras{version}"), tmp_path / "model.h5", given, out)
    assert sentence == "this is Keras 2.2.0; take the recorder of that version"


@pytest.mark.parametrize("version", [2, 3])
def test_a_subclassed_model_is_said_to_have_no_graph(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras(monkeypatch, version, SimpleNamespace(name="mine", layers=[]))
    (tmp_path / "model.h5").write_text("a model")
    given, out = tensor(tmp_path, 1, 4), tmp_path / "out.npz"
    sentence = told(monkeypatch, load(f"keras{version}"), tmp_path / "model.h5", given, out)
    assert "model.h5: is a subclassed model, which has no graph" in sentence
    assert "record_tensorflow2.py" in sentence


@pytest.mark.parametrize("version", VERSIONS)
def test_every_layer_of_the_real_one_matches(version: int, tmp_path: Path) -> None:
    real = RealFramework(f"keras{version}")
    (tmp_path / "network.py").write_text(NETWORK)
    model = tmp_path / ("model.keras" if version == 3 else "model.h5")
    real("network.py", model, cwd=tmp_path)
    real.record(model, picture(tmp_path), "out.npz", "--mean", "127.5", "--scale", "0.01", cwd=tmp_path)
    choices = Choices(False, None, "theano" if version == 1 else None, None)
    comparison = compared(open_network(model, choices=choices), tmp_path / "out.npz")
    verdicts = {row.layer: row.verdict for row in comparison.layers}
    assert {"img", "stem", "shared:0", "shared:1", "inner:1/inner_conv", "inner:0", "cat", "out"} <= set(verdicts)
    assert set(verdicts.values()) == {"match"}
