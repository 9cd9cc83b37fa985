"""The judge is right about made-up diagnoses, and cases come out as they are meant to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.faulting.bench import Bench
from benchmarks.faulting.cases import Case, draw_several, draw_singles, parse_case
from benchmarks.faulting.fault import Truth
from benchmarks.faulting.faulty import NoEffectError, carry_out
from benchmarks.faulting.networks import Subject
from benchmarks.faulting.recording import make_reference, recorded_values
from benchmarks.faulting.report import failures, table
from benchmarks.faulting.scoring import judge, worst_distance
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.reference import Reference
from explorer.running.runner import Runner


@dataclass(frozen=True)
class Said:
    layer: str
    cause: str
    detail: str = ""
    indistinguishable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosed:
    findings: tuple[Said, ...] = ()
    unexplained: tuple[str, ...] = ()
    repaired: Network | None = None


def truth(layer: str, cause: str, *others: str) -> Truth:
    layers = tuple(frozenset([name]) for name in (layer, *others))
    return Truth(cause, "", layers, frozenset([cause]))


def judged(truths: list[Truth], *said: Said, repaired: bool = True) -> dict[str, Any]:
    return judge(truths, Diagnosed(said), repaired=repaired)


def test_layer_and_cause_named() -> None:
    found = judged([truth("a", "bias-missing")], Said("a", "bias-missing"))
    assert found == {"layer": True, "cause": True, "tied": False, "false_alarms": 0}


def test_another_cause_in_the_right_layer() -> None:
    found = judged([truth("a", "bias-missing")], Said("a", "weights-other"))
    assert found == {"layer": True, "cause": False, "tied": False, "false_alarms": 0}


def test_a_cause_that_cannot_be_told_apart_counts_when_the_repair_proves_it() -> None:
    said = Said("a", "weights-other", indistinguishable=("bias-missing",))
    assert judged([truth("a", "bias-missing")], said)["cause"]
    assert judged([truth("a", "bias-missing")], said)["tied"]
    assert not judged([truth("a", "bias-missing")], said, repaired=False)["cause"]


def test_another_layer_named_beside_is_a_false_alarm() -> None:
    found = judged([truth("a", "bias-missing")], Said("a", "bias-missing"), Said("b", "padding"))
    assert found == {"layer": False, "cause": False, "tied": False, "false_alarms": 1}


def test_a_second_cause_in_the_same_layer_makes_the_cause_wrong() -> None:
    found = judged([truth("a", "bias-missing")], Said("a", "bias-missing"), Said("a", "padding"))
    assert found["layer"] and not found["cause"]


def test_two_mistakes_in_one_layer_want_two_findings() -> None:
    truths = [truth("a", "bias-missing"), truth("a", "padding")]
    assert judged(truths, Said("a", "padding"), Said("a", "bias-missing"))["cause"]
    assert not judged(truths, Said("a", "padding"))["cause"]


def test_silence_about_a_fault_is_wrong_and_about_a_clean_port_right() -> None:
    assert judged([truth("a", "padding")]) == {"layer": False, "cause": False, "tied": False, "false_alarms": 0}
    assert judged([]) == {"layer": True, "cause": True, "false_alarms": 0}
    assert judge([], Diagnosed(unexplained=("a",)), repaired=True)["layer"] is False


def test_an_exchange_may_be_told_in_one_finding_that_names_both_layers() -> None:
    truths = [truth("conv1", "weights-exchanged", "conv2")]
    assert judged(truths, Said("conv1", "weights-exchanged", "exchanged with those of 'conv2'"))["cause"]
    assert not judged(truths, Said("conv1", "weights-exchanged", "exchanged"))["layer"]
    assert judged(truths, Said("conv1", "weights-exchanged"), Said("conv2", "weights-exchanged"))["cause"]


def test_findings_and_mistakes_are_matched_one_to_one() -> None:
    truths = [Truth("x", "", (frozenset("a"),), frozenset(["x", "y"])), truth("a", "x")]
    assert judged(truths, Said("a", "x"), Said("a", "y"))["cause"]
    assert judged(truths, Said("a", "y"), Said("a", "x"))["cause"]


def test_the_right_network_is_within_its_floors(chain: Subject) -> None:
    assert worst_distance(chain.network, chain, "caffe") <= 1


def test_a_wrong_port_is_far_beyond_its_floors(chain: Subject, tmp_path: Path) -> None:
    case = parse_case(f"{chain.name}|bias-missing/zeros@features.5")
    faulty = carry_out(case, chain, "caffe", 0, tmp_path)
    assert worst_distance(faulty.network, chain, "caffe") > 1000
    assert faulty.network.layer.keys() == chain.network.layer.keys()


def test_a_fault_without_effect_does_not_count(keras: Subject, tmp_path: Path) -> None:
    assert keras.values["re_lu_5"].max() < 6
    with pytest.raises(NoEffectError):
        carry_out(parse_case(f"{keras.name}|activation-kind/ceiling of 6@re_lu_5"), keras, "caffe", 0, tmp_path)


def test_an_in_place_blob_is_recorded_as_it_stands_in_the_end(caffe: Subject) -> None:
    assert make_reference(caffe, "caffe").arrays["conv1"].min() == 0
    assert make_reference(caffe, "all").arrays["conv1"].min() < 0
    assert np.array_equal(make_reference(caffe, "all").arrays["relu1"], make_reference(caffe, "caffe").arrays["conv1"])


def test_a_sparse_recording_has_inputs_outputs_and_joins(caffe: Subject) -> None:
    sparse, full = recorded_values(caffe.network, "sparse"), recorded_values(caffe.network, "caffe")
    assert {"data", "join", "prob", "side/prob"} <= sparse.keys() < full.keys()


def test_nhwc_turns_maps_and_leaves_vectors(caffe: Subject) -> None:
    turned, plain = make_reference(caffe, "nhwc").arrays, make_reference(caffe, "caffe").arrays
    assert np.array_equal(turned["conv1"].transpose(0, 3, 1, 2), plain["conv1"])
    assert np.array_equal(turned["fc6"], plain["fc6"])


def test_singles_take_the_causes_in_turn_and_repeat_nothing(chain: Subject) -> None:
    cases = [case for case, _ in zip(draw_singles([chain], ["padding", "bias-missing"], 3), range(12), strict=False)]
    assert [case.picks[0].injection.cause for case in cases[:4]] in (
        ["padding", "bias-missing"] * 2,
        ["bias-missing", "padding"] * 2,
    )
    assert len({case.name for case in cases}) == 12
    again = [case for case, _ in zip(draw_singles([chain], ["padding", "bias-missing"], 3), range(12), strict=False)]
    assert [case.name for case in again] == [case.name for case in cases]


def test_pairs_have_two_different_faults(chain: Subject) -> None:
    for case, _ in zip(
        draw_several([chain], ["padding", "bias-wrong", "activation-kind"], 2, 0), range(5), strict=False
    ):
        first, second = case.picks
        assert (first.injection.cause, first.layer) != (second.injection.cause, second.layer)


def test_a_cases_name_reads_back() -> None:
    name = "vgg16-narrow|padding/none@conv1_1|bias-wrong/sign@fc6"
    assert parse_case(name).name == name and parse_case(name).kind == "pairs"
    with pytest.raises(ValueError, match="no injection"):
        parse_case("vgg16-narrow|padding/sideways@conv1_1")


def stub(runner: Runner, reference: Reference, *, picture: Array | None) -> Any:
    """A diagnosis that finds nothing and gives the port back."""
    return Diagnosed(repaired=runner.network)


def failing(runner: Runner, reference: Reference, *, picture: Array | None) -> Any:
    raise RuntimeError("no idea")


def test_the_bench_counts_what_a_diagnosis_misses(chain: Subject, tmp_path: Path) -> None:
    bench = Bench([chain], "caffe", 0, tmp_path, diagnose=stub)
    assert bench.run(parse_case(f"{chain.name}|bias-missing/zeros@features.5"))
    assert bench.run(Case(chain.name, ()))
    assert not bench.run(parse_case(f"{chain.name}|kernel-rotated/all kernels by 180°@features.12"))
    missed, clean = bench.judgements
    assert (missed.layer, missed.cause, missed.repaired) == (False, False, False)
    assert (clean.layer, clean.cause, clean.repaired) == (True, True, True)
    assert bench.passed_over == {("kernel-rotated", "no place"): 1}
    rows = table(bench.judgements, bench.passed_over).splitlines()
    assert any(row.startswith("| **singles** | 1 | 0.0% | 0.0%") for row in rows)
    assert any(row.startswith("| **clean** | 1 | 100.0% | 100.0%") for row in rows)
    assert "--case 'catalogue-chain|bias-missing/zeros@features.5'" in failures(bench.judgements, 0, "caffe")


def test_a_diagnosis_that_raises_counts_as_wrong(chain: Subject, tmp_path: Path) -> None:
    bench = Bench([chain], "caffe", 0, tmp_path, diagnose=failing)
    bench.run(parse_case(f"{chain.name}|bias-missing/zeros@features.5"))
    assert bench.judgements[0].error.startswith("RuntimeError: no idea") and not bench.judgements[0].right
