import threading
import time
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from explorer.diagnosis.finding import Diagnosis
from explorer.running.cancellation import Cancelled
from explorer.ui.assembly import make_window
from explorer.ui.findings_panel import FindingsPanel
from explorer.ui.icons import MARK
from explorer.ui.layer_model import ERROR
from explorer.ui.pictures import drop_files
from tests.faulty_ports import write_port
from tests.ui.person import colours_of

FAULTS = ("alpha", "rotated")


@pytest.fixture
def told(window, tmp_path):
    """A window with a port that has two mistakes, which the window has diagnosed by itself."""
    drop_files(window, write_port(tmp_path, FAULTS).all)
    return window


def texts(card):
    return {label.objectName().removeprefix("finding-"): label.text() for label in card.findChildren(QLabel)}


def said(window, name):
    return window.findings.findChild(QLabel, name).text()


def verdict(window, layer):
    model = window.layers.model
    return model.state_of(model.row_at(model.index_of(layer))).verdict


def title(window):
    return window.maps_view.findChild(QLabel, "layer-title").text()


def grids(window):
    return {grid.objectName(): grid for grid in window.maps_view.panes.grids}


def answer(window, path):
    dialog = window.findChild(QFileDialog)
    dialog.filesSelected.emit([str(path)])
    dialog.close()


def test_a_wrong_port_is_diagnosed_by_itself_and_told_in_cards_in_the_order_of_the_data(told):
    first, second = told.findings.cards
    assert texts(first)["layer"] == "norm1"
    assert texts(first)["title"] == "LRN: other α"
    assert texts(first)["cause"] == "lrn-alpha"
    assert "0.05 → 0.01" in texts(first)["detail"]
    assert texts(second)["layer"] == "inc/3x3"
    assert texts(second)["title"] == "Kernels turned by 180°"
    assert texts(second)["line"] == "Kernels meant for convolution are used for correlation."
    assert texts(second)["runner-up"].startswith("Next best: ")
    assert told.findings.is_told
    assert told.notices.texts == ()


def test_the_errors_before_and_after_stand_beside_the_floor(told):
    finding = told.session.diagnosis.findings[1]
    before, after = told.findings.cards[1].findChildren(object, "finding-errors")[0].bars
    assert before.accessibleName().startswith("before relative L2 error 0.")
    assert "noise floor" in after.accessibleName()
    assert finding.residual_after < 1e-6 < finding.residual_before
    change = texts(told.findings.cards[1])["change"]
    assert change.endswith(("e-8", "e-7"))
    assert " → " in change


def test_the_card_of_the_chosen_layer_alone_is_open(told):
    first, second = told.findings.cards
    told.desk.choose_layer("inc/3x3")
    assert (first.is_chosen, second.is_chosen) == (False, True)
    assert second.findChild(QLabel, "finding-detail").isVisible()
    assert not first.findChild(QLabel, "finding-detail").isVisible()
    told.desk.choose_layer("conv1")
    assert not first.is_chosen
    assert not second.is_chosen


def test_a_card_that_is_clicked_is_the_layer_in_every_part(told, qtbot):
    qtbot.mouseClick(told.findings.cards[1], Qt.MouseButton.LeftButton, pos=told.findings.cards[1].rect().center())
    assert told.session.layer == "inc/3x3"
    assert told.layers.view.currentIndex().data() == "3x3"
    assert title(told) == "inc/3x3"


def test_arrow_keys_go_from_card_to_card_and_enter_applies(told, qtbot):
    first, second = told.findings.cards
    first.setFocus()
    told.desk.choose_layer("norm1")
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert told.session.layer == "inc/3x3"
    assert second.is_chosen
    qtbot.keyClick(second, Qt.Key.Key_Down)
    assert told.session.layer == "inc/3x3"
    qtbot.keyClick(second, Qt.Key.Key_Return)
    assert [finding.layer for finding in told.session.applied] == ["inc/3x3"]
    assert second.is_applied
    qtbot.keyClick(second, Qt.Key.Key_Return)
    assert told.session.applied == ()
    qtbot.keyClick(second, Qt.Key.Key_Up)
    assert told.session.layer == "norm1"


def test_a_finding_shows_ours_the_reference_the_difference_and_after_the_fix(told):
    told.desk.choose_layer("inc/3x3")
    panes = told.maps_view.panes
    shown = grids(told)
    assert list(shown) == ["maps-ours", "maps-reference", "maps-difference", "maps-after-the-fix"]
    assert all(grid.isVisible() for grid in shown.values())
    pictures = {name: grid.grab().toImage() for name, grid in shown.items()}
    assert pictures["maps-after-the-fix"] == pictures["maps-reference"]
    assert pictures["maps-ours"] != pictures["maps-reference"]
    widths = {grid.width() for grid in panes.grids}
    assert len(widths) == 1
    note = told.maps_view.findChild(QLabel, "layer-note").text()
    assert note.startswith("this layer alone on the reference's values")


def test_a_layer_without_a_finding_has_no_fourth_pane(told):
    told.desk.choose_layer("conv1")
    assert list(grids(told)) == ["maps-ours", "maps-reference", "maps-difference"]
    told.desk.choose_layer("inc/relu_3x3")
    assert "maps-after-the-fix" in grids(told)


def test_the_run_on_the_picture_is_shown_as_it_is(told):
    told.desk.choose_layer("inc/3x3")
    told.desk.show_fed_with("picture")
    assert "maps-after-the-fix" not in grids(told)
    assert told.maps_view.findChild(QLabel, "layer-note").text().startswith("input: the picture")


def test_applying_one_changes_the_verdict_and_keeps_the_rest(told):
    original = told.session.network
    told.desk.choose_layer("inc/3x3")
    told.findings.cards[1].button.click()
    assert told.session.network is not original
    assert verdict(told, "inc/3x3") == "inherited"
    assert verdict(told, "norm1") == "culprit"
    assert told.session.layer == "inc/3x3"
    assert told.layers.view.currentIndex().data() == "3x3"
    assert told.findings.cards[1].button.text() == "Undo"
    assert told.findings.cards[1].is_chosen
    assert told.windowTitle() == "Small (corrected, not saved) – Portside"
    assert "maps-after-the-fix" not in grids(told)


def test_undo_brings_the_network_back_that_was_opened(told):
    original = told.session.network
    told.findings.cards[0].button.click()
    told.findings.cards[0].button.click()
    assert told.session.network is original
    assert verdict(told, "norm1") == "culprit"
    assert told.windowTitle() == "Small – Portside"
    assert told.findings.cards[0].button.text() == "Apply"


def test_corrections_are_applied_in_their_order_whatever_the_order_of_clicks(told):
    for card in reversed(told.findings.cards):
        card.button.click()
    assert [finding.layer for finding in told.session.applied] == ["norm1", "inc/3x3"]


def test_after_applying_all_every_layer_agrees_in_table_and_graph(told):
    before = told.graph_view.seen().topLeft()
    told.findings.apply_all.click()
    assert {row.verdict for row in told.session.comparison.layers} == {"match"}
    assert set(told.graph_view.scene.verdicts.values()) == {"match"}
    assert told.graph_view.legend.lines == ("agrees",)
    assert told.graph_view.seen().topLeft() == before
    assert told.findings.apply_all.text() == "Undo all"
    assert "all 19 layers agree" in told.findChild(QLabel, "job_text").text()
    told.findings.apply_all.click()
    assert told.session.applied == ()
    assert told.graph_view.legend.lines == ("culprit", "inherits", "agrees")


def test_steps_are_undone_and_redone_one_by_one(told):
    told.commands.run("network.undo")
    assert not told.commands["network.undo"].isEnabled()
    told.findings.cards[0].button.click()
    told.findings.cards[1].button.click()
    told.commands.run("network.undo")
    assert [finding.layer for finding in told.session.applied] == ["norm1"]
    told.commands.run("network.undo")
    assert told.session.applied == ()
    told.commands.run("network.redo")
    told.commands.run("network.redo")
    assert len(told.session.applied) == 2
    assert not told.commands["network.redo"].isEnabled()


def test_the_corrected_network_is_saved_and_runs_elsewhere(told, tmp_path):
    assert not told.findings.save.isEnabled()
    told.findings.apply_all.click()
    told.findings.save.click()
    answer(told, tmp_path / "fixed.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "fixed.onnx", providers=["CPUExecutionProvider"])
    reference = np.load(told.session.reference.path)
    prob = session.run(["prob"], {"data": reference["data"]})[0]
    np.testing.assert_allclose(prob, reference["prob"], atol=1e-6)
    assert told.windowTitle() == "Small – Portside"
    assert told.session.applied != ()
    assert "not saved" not in told.windowTitle()


def test_the_report_is_written(told, tmp_path):
    told.findings.report.click()
    answer(told, tmp_path / "why.html")
    page = (tmp_path / "why.html").read_text("utf-8")
    assert "inc/3x3" in page
    assert "kernel-rotated" in page
    assert told.notices.texts == (f"Report written as {tmp_path / 'why.html'}.",)


def test_a_report_that_cannot_be_written_is_told(told, tmp_path):
    told.desk.repairs.save_report(tmp_path / "nowhere" / "why.html")
    assert len(told.notices.texts) == 1
    assert "why.html" in told.notices.texts[0]


def test_a_clean_port_says_that_all_layers_agree(window, tmp_path):
    drop_files(window, write_port(tmp_path).all)
    assert said(window, "findings-headline") == "All 19 compared layers agree"
    assert window.findings.cards == ()
    window.commands.run("network.diagnose")
    assert said(window, "findings-headline") == "All 19 compared layers agree"
    assert window.notices.texts == ()


def test_an_empty_panel_says_what_to_do(window, tmp_path):
    port = write_port(tmp_path)
    drop_files(window, [port.network, port.weights])
    assert said(window, "findings-headline") == "Drop a reference to compare with"
    assert window.findings.words.reference.isVisible()
    assert not window.commands["network.diagnose"].isEnabled()
    drop_files(window, [port.reference])
    assert window.commands["network.diagnose"].isEnabled()


def test_closing_and_opening_another_network_forgets_the_diagnosis(told, tmp_path):
    clean = write_port(tmp_path / "other", name="clean")
    told.findings.apply_all.click()
    drop_files(told, [clean.network, clean.weights])
    assert told.session.diagnosis is None
    assert told.session.applied == ()
    assert told.findings.cards == ()
    assert "not saved" not in told.windowTitle()
    told.commands.run("file.close")
    assert told.findings.cards == ()


def test_what_cannot_be_told_apart_and_what_is_unexplained_are_said(qtbot, told, light):
    diagnosis = told.session.diagnosis
    unclear = replace(
        diagnosis.findings[1],
        indistinguishable=("kernel-axes",),
        decides="a picture without symmetry would tell them apart",
    )
    panel = FindingsPanel(light)
    qtbot.addWidget(panel)
    panel.show_diagnosis(
        Diagnosis(
            diagnosis.comparison,
            (unclear,),
            {"fc": "no known mistake explains it", "data": "no known way leads there"},
            diagnosis.repaired,
            diagnosis.after,
            1.0,
        ),
        ["data"],
    )
    card, left, picture = panel.cards
    assert texts(card)["alike"] == "Cannot be told from: kernel axes exchanged"
    assert texts(card)["decides"] == "A picture without symmetry would tell them apart."
    assert "A picture without symmetry" in card.accessibleDescription()
    assert texts(left)["title"] == "Not explained"
    assert texts(left)["detail"] == "No known mistake explains it."
    assert left.button.isHidden()
    assert texts(picture)["decides"] == "Or the reference is of another picture."
    panel.close()


def test_a_corrected_card_shows_the_mark_of_agreement(told):
    card = told.findings.cards[0]
    theme = told.looks.theme
    assert theme.culprit in colours_of(card._mark)
    card.button.click()
    assert theme.agrees in colours_of(card._mark)
    assert card._mark.width() == MARK
    assert card.accessibleName() == "norm1: LRN: other α, corrected"


def test_nothing_that_is_written_is_cut(told, qtbot):
    def is_whole(label):
        return label.height() >= label.heightForWidth(label.width()) and (
            label.wordWrap() or label.width() >= label.sizeHint().width()
        )

    for card in told.findings.cards:
        told.desk.choose_layer(card.words.layer)
        labels = [label for label in card.findChildren(QLabel) if label.objectName() != "finding-layer"]
        qtbot.waitUntil(lambda labels=labels: all(is_whole(label) for label in labels if label.isVisible()))


def test_the_layer_table_shows_the_error_after_the_fix(told):
    def error():
        index = told.layers.proxy.mapFromSource(told.layers.model.index_of("norm1"))
        return index.siblingAtColumn(ERROR).data()

    assert error().startswith("0.")
    told.findings.cards[0].button.click()
    assert "e-" in error()


def test_a_cancelled_diagnosis_leaves_a_window_that_can_be_used(qtbot, tmp_path):
    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    asked = threading.Event()
    diagnose = window.desk.repairs._diagnose

    def endless(port, reference, picture, progress, cancelled):
        asked.set()
        while not cancelled():
            time.sleep(0.002)
        raise Cancelled

    window.desk.repairs._diagnose = endless
    drop_files(window, write_port(tmp_path, FAULTS).all)
    qtbot.waitUntil(asked.is_set, timeout=20_000)
    assert said(window, "findings-headline") == "Looking for causes"
    assert window.jobs.shown[0].text.startswith("diagnosing against port.npz")
    window.desk.choose_layer("pool1")
    qtbot.waitUntil(lambda: title(window) == "pool1")
    window.commands.run("network.cancel")
    assert window.jobs.wait_until_idle(5000)
    assert said(window, "findings-headline") == "2 layers are wrong"
    assert verdict(window, "norm1") == "culprit"
    window.desk.repairs._diagnose = diagnose
    window.findings.words.diagnose.click()
    assert window.jobs.wait_until_idle(60_000)
    assert [card.words.layer for card in window.findings.cards] == ["norm1", "inc/3x3"]
    window.close()


def test_a_diagnosis_of_a_network_that_is_replaced_meanwhile_is_not_shown(qtbot, tmp_path):
    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.show()
    asked, let_go = threading.Event(), threading.Event()
    diagnose = window.desk.repairs._diagnose

    def late(port, reference, picture, progress, cancelled):
        asked.set()
        let_go.wait(20)
        return diagnose(port, reference, picture, progress, lambda: False)

    window.desk.repairs._diagnose = late
    drop_files(window, write_port(tmp_path, ("alpha",)).all)
    qtbot.waitUntil(asked.is_set, timeout=20_000)
    clean = write_port(tmp_path / "other", name="clean")
    drop_files(window, [clean.network, clean.weights])
    qtbot.waitUntil(lambda: said(window, "findings-headline") == "All 19 compared layers agree", timeout=20_000)
    let_go.set()
    assert window.jobs.wait_until_idle(60_000)
    assert window.findings.cards == ()
    assert said(window, "findings-headline") == "All 19 compared layers agree"
    assert window.notices.texts == ()
    window.close()


def test_a_picture_prepared_in_another_way_is_a_finding_that_can_be_applied(window, tmp_path):
    drop_files(window, write_port(tmp_path).all)
    own = window.session.preprocessing
    window.desk.choose_preset("torchvision")
    window.commands.run("network.diagnose")
    assert {card.words.layer for card in window.findings.cards} == {"data"}
    assert "input-mean" in [texts(card)["cause"] for card in window.findings.cards]
    assert verdict(window, "data") == "culprit"
    window.findings.apply_all.click()
    assert verdict(window, "data") == "match"
    assert window.session.preprocessing.order == own.order
    assert window.picture.findChild(QLabel, "input_text").text() == "● same input"
    window.findings.apply_all.click()
    assert window.session.preprocessing.name == "torchvision"
    assert verdict(window, "data") == "culprit"
