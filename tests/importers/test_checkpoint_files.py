"""Which checkpoint a path means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers.checkpoint_files import checkpoint_meant, find_checkpoint, role
from tests.tensorflow_files import placeholder, write_bundle, write_graph, write_slices

ONE = {"w": np.ones(3, np.float32)}


def test_every_file_of_a_checkpoint_means_the_whole_of_it(tmp_path: Path) -> None:
    prefix = write_bundle(tmp_path / "model.ckpt-12", ONE)
    write_graph(tmp_path / "model.ckpt-12.meta", placeholder())
    for name in ("", ".index", ".meta", ".data-00000-of-00001"):
        files = find_checkpoint(prefix.with_name(prefix.name + name))
        assert files is not None
        assert (files.prefix, files.index) == (prefix, tmp_path / "model.ckpt-12.index")
        assert files.meta == tmp_path / "model.ckpt-12.meta"


def test_the_newest_of_a_folder_is_what_its_state_says(tmp_path: Path) -> None:
    for name in ("model-1", "model-2"):
        write_bundle(tmp_path / name, ONE)
    state = tmp_path / "checkpoint"
    state.write_text('model_checkpoint_path: "model-1"\nall_model_checkpoint_paths: "model-2"\n')
    assert checkpoint_meant(tmp_path) == tmp_path / "model-1.index"
    state.write_text('all_model_checkpoint_paths: "x"\nmodel_checkpoint_path: "/home/somebody/train/model-2"\n')
    assert checkpoint_meant(tmp_path) == tmp_path / "model-2.index"
    state.write_text('model_checkpoint_path: "C:\\\\runs\\\\model-1"\n')
    assert checkpoint_meant(tmp_path) == tmp_path / "model-1.index"
    state.write_text('model_checkpoint_path: "model-3"\n')
    with pytest.raises(PortsideError, match="names 'model-3' as its newest checkpoint, which is not there"):
        checkpoint_meant(tmp_path)
    state.write_text("a file of another program")
    assert checkpoint_meant(tmp_path) is None


def test_a_first_version_is_known_by_its_end_whatever_its_name(tmp_path: Path) -> None:
    assert checkpoint_meant(write_slices(tmp_path / "weights", ONE)) == tmp_path / "weights"
    (tmp_path / "notes").write_text("no table")
    assert checkpoint_meant(tmp_path / "notes") is None
    assert checkpoint_meant(tmp_path / "absent") is None


def test_shards_of_a_first_version_belong_together(tmp_path: Path) -> None:
    for number in range(2):
        write_slices(tmp_path / f"m-{number:05d}-of-00002", {f"w{number}": ONE["w"]})
    for name in ("m", "m-00001-of-00002", "m.meta"):
        files = find_checkpoint(tmp_path / name)
        assert files is not None
        assert [table.name for table in files.tables] == ["m-00000-of-00002", "m-00001-of-00002"]


def test_a_second_version_goes_before_a_first_of_the_same_name(tmp_path: Path) -> None:
    write_slices(tmp_path / "m", ONE)
    write_bundle(tmp_path / "m", ONE)
    files = find_checkpoint(tmp_path / "m")
    assert files is not None
    assert files.index == tmp_path / "m.index"


def test_a_checkpoint_beside_its_graph_is_weights(tmp_path: Path) -> None:
    write_bundle(tmp_path / "m", ONE)
    assert role(tmp_path / "m.index") == "whole"
    write_graph(tmp_path / "m.meta", placeholder())
    assert [role(tmp_path / f"m{ending}") for ending in (".meta", ".index", ".data-00000-of-00001")] == [
        "whole",
        "weights",
        "weights",
    ]


def test_a_text_is_tensorflows_or_caffes_by_its_content(tmp_path: Path) -> None:
    text = tmp_path / "graph.pbtxt"
    text.write_text('node {\n  name: "input"\n  op: "Placeholder"\n}\n')
    assert role(text) == "whole"
    text.write_text('name: "net"\nlayer { name: "c" type: "Convolution" }\n')
    assert role(text) is None
