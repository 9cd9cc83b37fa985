import json

import numpy as np
import pytest

from explorer.cli import run
from explorer.comparison.saved_runs import CLEAN_LAYER, compare_saved
from explorer.running.reference import open_reference


def saved(folder, name, **arrays):
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    return path


def values(seed=0):
    random = np.random.default_rng(seed)
    return {key: random.standard_normal((1, 4, 5, 5)).astype(np.float32) for key in ("conv1", "pool1", "prob")}


def compared(folder, ours, theirs):
    return compare_saved(
        open_reference(saved(folder, "ours", **ours)), open_reference(saved(folder, "theirs", **theirs))
    )


def test_equal_runs_agree_with_a_floor_that_grows_with_depth(tmp_path):
    comparison = compared(tmp_path, values(), values())
    assert comparison.agrees
    assert [row.noise_floor for row in comparison.layers] == pytest.approx([CLEAN_LAYER * n**0.5 for n in (1, 2, 3)])
    assert all(row.cumulative is not None and row.cumulative.relative_l2 == 0 for row in comparison.layers)


def test_the_first_that_differs_is_the_culprit_and_what_is_behind_it_inherits(tmp_path):
    theirs = values() | {"pool1": values()["pool1"] * 1.5, "prob": values()["prob"] * 2}
    comparison = compared(tmp_path, values(), theirs)
    assert [row.verdict for row in comparison.layers] == ["match", "culprit", "inherited"]
    assert comparison.first_divergence == "pool1"
    row = comparison.layer["prob"]
    assert row.cumulative is not None
    assert row.cumulative.relative_l2 == pytest.approx(0.5)


def test_unlike_shapes_and_arrays_of_one_side_are_told(tmp_path):
    theirs = {"conv1": values()["conv1"][:, :2], "extra": values()["prob"]}
    comparison = compared(tmp_path, values(), theirs)
    assert [row.verdict for row in comparison.layers] == ["shape", "not compared", "not compared"]
    assert comparison.unmatched_reference == ("extra",)
    assert not comparison.agrees


def test_the_command_compares_two_saved_runs(tmp_path, capsys):
    ours, theirs = saved(tmp_path, "a", **values()), saved(tmp_path, "b", **values(1))
    assert run(["compare", str(ours), str(ours)]) == 0
    assert "all 3 arrays agree; the largest relative error is 0.0e+00" in capsys.readouterr().out
    assert run(["compare", str(ours), str(theirs), "--json", "-"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["first_divergence"] == "conv1"
    assert document["layers"][0]["isolated"] is None


def test_a_picture_beside_saved_runs_is_refused(tmp_path, capsys):
    ours = saved(tmp_path, "a", **values())
    assert run(["compare", str(ours), str(ours), "cat.jpg"]) == 2
    assert "--picture wants a network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--against", "cpu"], "--against"),
        (["--preprocess", "caffe"], "--preprocess"),
        (["--weights", "a.caffemodel"], "--weights"),
        (["--architecture", "googlenet"], "--architecture"),
    ],
)
def test_what_only_a_network_could_take_is_refused_beside_saved_runs(tmp_path, capsys, options, named):
    ours = saved(tmp_path, "a", **values())
    assert run(["compare", str(ours), str(ours), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"portside: {ours}: values that were saved can't be computed again: {named} wants a network\n"


def test_runs_that_share_no_name_do_not_agree(tmp_path, capsys):
    ours, theirs = saved(tmp_path, "a", x=np.ones(3)), saved(tmp_path, "b", y=np.ones(3))
    assert run(["compare", str(ours), str(theirs)]) == 1
    assert capsys.readouterr().out.endswith("nothing could be compared: no array has the same name in both\n")


def test_a_saved_run_that_is_none_is_told(tmp_path, capsys):
    ours = saved(tmp_path, "a", **values())
    broken = tmp_path / "b.npz"
    broken.write_bytes(b"no archive")
    for files in ((ours, broken), (broken, ours), (tmp_path / "absent.npz", ours)):
        assert run(["compare", *map(str, files)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert err.startswith(f"portside: {next(file for file in files if file != ours)}: ")


def test_the_table_tells_the_first_that_differs_and_what_only_one_run_has(tmp_path, capsys):
    theirs = values() | {"pool1": values()["pool1"] * 1.5, "prob": values()["prob"] * 2, "fc": np.ones(3)}
    ours = saved(tmp_path, "a", **values(), loss=np.zeros(1))
    other = saved(tmp_path, "b", **theirs)
    assert run(["compare", str(ours), str(other)]) == 1
    told = capsys.readouterr().out.splitlines()
    lines = [line.split() for line in told]
    assert lines[0] == ["array", "shape", "error", "floor", "verdict"]
    assert lines[2] == ["●", "conv1", "4×5×5", "0.0e+00", "2.0e-07", "match"]
    assert lines[3] == ["▲", "pool1", "4×5×5", "3.3e-01", "2.8e-07", "culprit"]
    assert told[-3:] == [
        f"only in {ours}: loss",
        f"only in {other}: fc",
        "2 of 3 arrays differ; the first is pool1",
    ]
