"""The page that a diagnosis is told on."""

from __future__ import annotations

import base64
import io
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.causes import CAUSES
from explorer.diagnosis.edit import Edit, Fitted
from explorer.diagnosis.finding import Diagnosis, Evidence, RunnerUp
from explorer.diagnosis.report import Circumstances, report_page, verdict, write_report
from explorer.errors import PortsideError
from explorer.maps.colour_maps import INFINITE_COLOUR, NAN_COLOUR
from explorer.running.runner import Runner
from tests.diagnosis.made_up import comparison, diagnosis, finding, maps, row
from tests.diagnosis.seen_page import HOSTILE, SeenPage


def page_of(told: Diagnosis, **known: Any) -> str:
    return report_page(told, model="port.onnx", reference="reference.npz", circumstances=Circumstances(**known))


def seen(told: Diagnosis, **known: Any) -> SeenPage:
    return SeenPage(page_of(told, **known))


def pictures(page: SeenPage) -> list[tuple[str, Image.Image]]:
    """The pictures of a page with their alternative texts."""
    found = []
    for image in page.of("img"):
        data = str(image["src"]).removeprefix("data:image/png;base64,")
        found.append((str(image["alt"]), Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")))
    return found


def test_a_port_that_agrees_is_told_in_one_sentence() -> None:
    told = diagnosis()
    assert verdict(told) == (
        "All 2 compared layers agree with the reference: nothing differs beyond rounding. "
        "The largest relative error is 2.0 × 10⁻⁷."
    )
    assert "port.onnx agrees with the original" in seen(told).text


def test_a_port_that_differs_is_told_with_what_is_left_after_the_corrections() -> None:
    told = diagnosis(finding(), unexplained={"conv9": "it can't run"})
    assert verdict(told) == (
        "The port differs from the reference: 2 of 4 compared layers are themselves wrong. 1 mistake was found, "
        "and 1 layer left unexplained. Corrected, 1 of 4 compared layers still differs."
    )


def test_layers_that_compute_in_one_place_are_one_wrong_layer() -> None:
    rows = (row("conv1", "culprit", 0.3), row("relu1", "culprit", 0.3, value="conv1"), row("prob"))
    told = Diagnosis(comparison(*rows), (), {"conv1": "unknown"}, None, None, 0.0)
    assert "1 of 3 compared layers is itself wrong" in verdict(told)


def test_nothing_to_compare_is_no_verdict() -> None:
    told = Diagnosis(comparison(row("conv1", "not compared", None)), (), {}, None, None, 0.0)
    assert verdict(told).startswith("Nothing could be compared")
    assert "port.onnx could not be compared" in seen(told).text


def test_a_finding_is_told_with_its_cause_its_numbers_and_the_runner_up() -> None:
    text = seen(diagnosis(finding())).text
    assert "1. ▲ Other padding in conv1 · padding" in text
    assert CAUSES["padding"].line in text
    assert "Here: (0, 0) where (1, 1) is meant." in text
    assert "error before 0.37" in text and "after the fix 1.3 × 10⁻⁷" in text and "rounding alone 2.1 × 10⁻⁷" in text
    assert "next best cause 0.29 stride-dilation" in text


def test_findings_stand_in_the_order_of_the_diagnosis_and_are_listed_before() -> None:
    page = page_of(diagnosis(finding("b"), finding("a", "bias-wrong")))
    assert page.index('id="finding-1"') < page.index('id="finding-2"')
    assert 'href="#finding-1"' in page and 'href="#finding-2"' in page
    text = SeenPage(page).text
    assert text.index("1. ▲ Other padding in b") < text.index("2. ▲ Other bias in a")


def test_causes_that_explain_it_as_well_are_told_with_what_would_decide() -> None:
    told = finding(indistinguishable=("input-mean",), decides="a picture in colour would tell them apart")
    text = seen(diagnosis(told)).text
    assert "As good on this reference: Another mean (input-mean). A picture in colour would tell them apart." in text


@pytest.mark.parametrize(
    ("fitted", "words"), [(Fitted.NOTHING, "nothing was fitted"), (Fitted.ALL, "proves less than a rule")]
)
def test_how_much_was_taken_from_the_reference_is_said(fitted: Fitted, words: str) -> None:
    told = finding(edit=Edit("padding", "conv1", "", lambda draft: None, fitted))
    assert words in seen(diagnosis(told)).text


def test_errors_are_marked_on_a_logarithmic_scale_where_they_belong() -> None:
    page = page_of(diagnosis(finding(residual_before=1.0, residual_after=1e-8, noise_floor=1e-4, runner_up=None)))
    places = dict(re.findall(r'<svg x="([\d.]+)%" y="26" overflow="visible"><path d="[^"]*" class="(\w+)"', page))
    before, after = ({kind: float(place) for place, kind in places.items()}[kind] for kind in ("before", "after"))
    floor = float(re.findall(r'x1="([\d.]+)%"[^>]*class="floor"', page)[0])
    assert (after, before) == (8.0, 92.0)
    assert floor == pytest.approx((after + before) / 2)


def test_an_infinite_error_stands_beyond_the_scale_and_is_told_in_words() -> None:
    page = page_of(diagnosis(finding(residual_before=math.inf, residual_after=0.0)))
    assert 'x="98.00%"' in page and "∞" in page
    assert "error before infinite" in SeenPage(page).text
    assert "error before infinite, after 0, rounding alone" in page


def test_the_channels_that_differ_most_are_shown_in_one_range() -> None:
    reference = maps(1, (1, 8, 5, 6))
    before = reference.copy()
    before[0, [2, 5, 6]] += np.array([[[3]], [[-4]], [[5]]], np.float32)
    page = seen(diagnosis(finding(evidence=Evidence(before, reference, reference))))
    assert "the 3 of 8 channels that differ most (8×5×6)" in page.text
    shown = pictures(page)
    assert [alt.split(", ")[:2] for alt, _ in shown[:4]] == [
        ["channel 2", "ours"],
        ["channel 2", "reference"],
        ["channel 2", "difference"],
        ["channel 2", "after the fix"],
    ]
    assert {alt.split(",")[0] for alt, _ in shown} == {"channel 2", "channel 5", "channel 6"}
    assert all(image.size == (6, 5) for _, image in shown)
    assert (np.asarray(shown[1][1]) == np.asarray(shown[3][1])).all()
    assert (np.asarray(shown[0][1]) != np.asarray(shown[1][1])).any()
    assert "from 3 to 3" in shown[2][0]
    assert "difference, ours − reference: −5 5" in page.text.replace("  ", " ")


def test_a_difference_of_nothing_has_the_colour_of_zero() -> None:
    reference = np.ones((1, 2, 3, 3), np.float32)
    before = reference.copy()
    before[0, 0, 0, 0] = 2
    _, _, (_, image), _ = pictures(seen(diagnosis(finding(evidence=Evidence(before, reference, reference)))))[:4]
    pixels = np.asarray(image).reshape(-1, 3).astype(int)
    assert pixels[0, 2] > pixels[0, 0] + 50  # ours is larger: blue
    assert (pixels[1:] == pixels[1]).all() and pixels[1].min() > 200


def test_the_picture_of_the_batch_that_differs_most_is_shown() -> None:
    reference = maps(1, (3, 2, 4, 4))
    before = reference.copy()
    before[1, 0, 0, 0] += 9
    assert "picture 2 of 3" in seen(diagnosis(finding(evidence=Evidence(before, reference, reference)))).text


def test_another_shape_is_shown_beside_the_reference_without_a_difference() -> None:
    told = finding(
        cause="pool-rounding", residual_before=math.inf, evidence=Evidence(maps(1, (1, 4, 5, 5)), maps(), maps())
    )
    page = seen(diagnosis(told))
    assert "ours 4×5×5, reference 4×6×6" in page.text
    assert "none: ours has another shape" in page.text
    sizes = {alt.split(", ")[1]: image.size for alt, image in pictures(page)}
    assert sizes == {"ours": (5, 5), "reference": (6, 6), "after the fix": (6, 6)}


def test_a_layer_that_could_not_run_shows_nothing_as_ours() -> None:
    after = maps()
    page = seen(diagnosis(finding(residual_before=math.inf, evidence=Evidence(after, maps(1), after))))
    assert "can’t run on what the reference recorded" in page.text
    assert not any(", ours," in alt for alt, _ in pictures(page))


def test_nan_and_infinity_are_counted_in_words_and_marked_in_the_map() -> None:
    reference = maps()
    before = reference.copy()
    before[0, 0, 0, :2], before[0, 0, 1, 0] = np.nan, -np.inf
    page = seen(diagnosis(finding(evidence=Evidence(before, reference, reference))))
    alt, image = pictures(page)[0]
    assert alt.endswith("2 not a number (magenta), 1 infinite (cyan)")
    colours = ["#" + bytes(image.getpixel(place)).hex() for place in ((0, 0), (1, 0), (0, 1))]  # type: ignore[arg-type]
    assert colours == [NAN_COLOUR, NAN_COLOUR, INFINITE_COLOUR]
    assert "error infinite → 0" in page.text


def test_a_picture_shows_all_its_colours_wherever_they_stand() -> None:
    tensor = maps(3, (1, 12, 10, 3))
    told = finding("data", "input-mean", evidence=Evidence(tensor + 1, tensor, tensor))
    shown = pictures(seen(diagnosis(told)))
    assert len(shown) == 3 * 4 and shown[0][1].size == (10, 12)


def test_large_maps_are_pooled_and_one_wrong_value_stays_visible() -> None:
    reference = np.zeros((1, 1, 500, 300), np.float32)
    before = reference.copy()
    before[0, 0, 333, 222] = 1
    shown = pictures(seen(diagnosis(finding(evidence=Evidence(before, reference, reference)))))
    assert shown[2][1].size == (60, 100)
    assert len(shown[2][1].getcolors() or []) == 2


def test_a_vector_is_told_as_bars_and_numbers() -> None:
    reference = np.arange(20, dtype=np.float32)[np.newaxis]
    before = reference.copy()
    before[0, 7] = -3
    page = seen(diagnosis(finding(evidence=Evidence(before, reference, reference))))
    assert "the 12 of 20 entries that differ most (20)" in page.text
    assert "7−37−107" in page.text.replace(" ", "")
    assert not page.of("img")


def test_what_stays_unexplained_is_told_with_the_reason() -> None:
    text = seen(diagnosis(unexplained={"conv9": "the reference itself holds infinities or NaN here"})).text
    assert "? conv9 The reference itself holds infinities or NaN here." in text


def test_every_layer_has_a_row_with_its_verdict_in_a_mark_and_a_word() -> None:
    rows = (
        row("a", "match"),
        row("b", "culprit", 0.5),
        row("c", "inherited", 0.25),
        row("d", "shape", None, reference_shape=(1, 4, 7, 7)),
        row("e", "not compared", None),
    )
    after = comparison(*(row(each.layer) for each in rows))
    text = seen(Diagnosis(comparison(*rows), (finding("b"),), {}, None, after, 0.0)).text.replace("\xa0", " ")
    for words in ("● agrees a", "▲ wrong b", "○ inherits c", "■ other shape d", "· not compared e"):
        assert words in text
    assert "4×6×6 ≠ 4×7×7" in text
    assert "0.5 1.0 × 10⁻⁷ 0.5 3.0 × 10⁻⁷ ● agrees 2.0 × 10⁻⁷ 2.0 × 10⁻⁷" in text


def test_tables_have_captions_and_scopes_and_pictures_have_words() -> None:
    page = seen(diagnosis(finding(), unexplained={"conv9": "unknown"}))
    assert len(page.of("caption")) == len(page.of("table")) == 2
    assert all(cell.get("scope") in ("row", "col", "colgroup") for cell in page.of("th"))
    assert all(image["alt"] for image in page.of("img"))


def test_names_out_of_files_are_text_and_nothing_else() -> None:
    rows = comparison(row(HOSTILE, "culprit", 0.3), unmatched=(HOSTILE, "\u202etxt\x07\udcff"))
    told = Diagnosis(rows, (finding(HOSTILE, detail=HOSTILE),), {HOSTILE: HOSTILE}, None, None, 0.0)
    page = seen(told, metadata={HOSTILE: HOSTILE, "date": {"a": HOSTILE}}, picture=HOSTILE)
    assert HOSTILE in page.text
    assert not page.of("script")
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in page.of("img"))
    assert not [attributes for _, attributes in page.tags if any(key.startswith("on") for key in attributes)]
    assert "\u202e" not in page.text and "\x07" not in page.text and "\udcff" not in page.text


def test_a_name_without_end_is_shortened() -> None:
    name = "start" + "x" * 100_000 + "end"
    page = page_of(diagnosis(finding(name)))
    assert name[:120] in page and name[-35:] in page
    assert len(page) < 100_000


def test_nothing_is_fetched_from_anywhere() -> None:
    page = page_of(diagnosis(finding()))
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    addresses = re.findall(r'(?:src|href)="([^"#][^"]*)"', page) + re.findall(r"url\(([^#)][^)]*)\)", page)
    assert addresses and all(address.startswith("data:") for address in addresses)
    assert "@import" not in page and "<script" not in page


def test_a_thousand_layers_with_many_findings_stay_a_small_page() -> None:
    rows = [row(f"block_{place}/unit/a_rather_long_name/convolution", "culprit", 0.3) for place in range(1000)]
    reference = maps(0, (1, 8, 112, 112))
    evidence = Evidence(maps(1, reference.shape), reference, reference)
    for count in (20, 200):
        found = tuple(finding(rows[place].layer, evidence=evidence) for place in range(count))
        told = Diagnosis(comparison(*rows), found, {}, None, comparison(*rows), 0.0)
        assert len(page_of(told)) < 3_000_000


def test_what_the_reference_says_of_itself_is_told() -> None:
    second = ("second.npz", comparison(row("a")))
    known = {"provider": "cpu", "picture": "cat.jpg", "metadata": {"framework": "Caffe", "version": [1, 0]}}
    text = seen(diagnosis(finding()), second=second, repaired=Path("fixed.onnx"), **known).text
    for words in (
        "Run on cpu",
        "Picture cat.jpg",
        "Reference’s framework Caffe",
        "Reference’s version [1, 0]",
        "fixed.onnx",
    ):
        assert words in text
    assert "second.npz: all 1 compared layers agree" in text


def test_a_diagnosis_of_a_network_is_told_with_what_was_changed_in_it(real: tuple[Runner, Diagnosis]) -> None:
    runner, told = real
    page = seen(told, network=runner.network, provider="cpu")
    assert "port.onnx differs from the original" in page.text
    assert "1. ▲ Other bias in conv1 · bias-wrong" in page.text
    assert "Conv: conv1:bias (4): 4 of 4 numbers" in page.text or "Conv: conv1:bias: 1, 1, 1, 1 → " in page.text
    assert "Corrected, all 9 compared layers agree" in page.text
    assert len(pictures(page)) == 3 * 4


def test_the_page_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    told = diagnosis(finding())
    write_report(told, tmp_path / "page.html", model="m.onnx", reference="r.npz")
    assert (tmp_path / "page.html").read_text("utf-8").endswith("</html>\n")
    broken = replace(told, findings=(finding(runner_up=RunnerUp("padding", "no number")),))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        write_report(broken, tmp_path / "other.html", model="m.onnx", reference="r.npz")
    with pytest.raises(PortsideError, match="can't be written"):
        write_report(told, tmp_path / "none" / "page.html", model="m.onnx", reference="r.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
