"""When commands can be done, and what is missing where they can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from explorer.session.classes import has_classes

if TYPE_CHECKING:
    from explorer.ui.workbench import Workbench


def always(window: Workbench) -> bool:
    """At any time."""
    return True


def has_network(window: Workbench) -> bool:
    """With a network open."""
    return window.session.network is not None


def has_layer(window: Workbench) -> bool:
    """With a layer chosen."""
    return window.session.layer is not None


def has_anything(window: Workbench) -> bool:
    """With anything open."""
    session = window.session
    parts = (session.network, session.picture, session.folder, session.reference, session.waiting)
    return any(part is not None for part in parts)


def can_run(window: Workbench) -> bool:
    """With a network that runs, and a picture."""
    return window.session.runner is not None and window.session.picture is not None


def can_run_folder(window: Workbench) -> bool:
    """With a network that runs, and pictures that were opened together."""
    return window.session.runner is not None and window.session.folder is not None


def has_folder(window: Workbench) -> bool:
    """With pictures that were opened together."""
    return window.session.folder is not None


def has_table(window: Workbench) -> bool:
    """Where pictures of a folder were run."""
    return bool(window.session.folder_rows)


def can_map(window: Workbench) -> bool:
    """With a picture that was run, and classes to look for in it."""
    session = window.session
    return session.picture_run is not None and session.network is not None and has_classes(session.network)


def can_compare(window: Workbench) -> bool:
    """With a network that runs, and a reference."""
    return window.session.runner is not None and window.session.reference is not None


def can_save(window: Workbench) -> bool:
    """With a network that has its weights."""
    return window.session.runner is not None


def can_save_golden(window: Workbench) -> bool:
    """With values that were compared or computed."""
    return window.desk.golden.can_save


def has_preprocessing(window: Workbench) -> bool:
    """Where it is known how a picture is prepared."""
    return window.session.preprocessing is not None


def has_own_preprocessing(window: Workbench) -> bool:
    """Where the network takes pictures."""
    return window.session.preparation.own is not None


def can_undo_preprocessing(window: Workbench) -> bool:
    """Where the preprocessing was changed."""
    return window.session.preparation.can_undo


def can_redo_preprocessing(window: Workbench) -> bool:
    """Where a change of the preprocessing was taken back."""
    return window.session.preparation.can_redo


def can_go_on(window: Workbench) -> bool:
    """With a recent picture after the open one."""
    return window.desk.roll.can_go(1)


def can_go_back(window: Workbench) -> bool:
    """With a recent picture before the open one."""
    return window.desk.roll.can_go(-1)


def is_in_roll(window: Workbench) -> bool:
    """With a picture that is among the recent ones."""
    return window.desk.roll.place is not None


def has_messages(window: Workbench) -> bool:
    """While there are messages on screen."""
    return bool(window.notices.texts)


def has_culprit(window: Workbench) -> bool:
    """Where a layer is itself wrong."""
    comparison = window.session.comparison
    return comparison is not None and comparison.first_divergence is not None


def has_bookmark(window: Workbench) -> bool:
    """Where a layer is marked to come back to it."""
    return bool(window.session.bookmarks)


def has_comparison(window: Workbench) -> bool:
    """Once the layers are compared."""
    return window.session.comparison is not None


def has_times(window: Workbench) -> bool:
    """Once the layers are timed."""
    return window.session.timed is not None


def has_statistics(window: Workbench) -> bool:
    """With values of a layer to see."""
    return window.statistics is not None and window.statistics.has_values


def has_classes_shown(window: Workbench) -> bool:
    """Where the best classes are shown."""
    return bool(window.picture.classes.bars)


def is_busy(window: Workbench) -> bool:
    """While there is work under way."""
    return bool(window.jobs.shown)


def has_diagnosis(window: Workbench) -> bool:
    """Where it is known why the network differs."""
    diagnosis = window.session.diagnosis
    return diagnosis is not None and bool(diagnosis.findings or diagnosis.unexplained)


def can_correct(window: Workbench) -> bool:
    """Where there is a correction that is not applied."""
    session = window.session
    return session.diagnosis is not None and len(session.applied) < len(session.diagnosis.findings)


def can_undo(window: Workbench) -> bool:
    """Where a correction was applied."""
    return window.desk.repairs.can_undo


def can_redo(window: Workbench) -> bool:
    """Where a correction was taken back."""
    return window.desk.repairs.can_redo


def has_values(window: Workbench) -> bool:
    """With a layer whose values are at hand."""
    maps = window.page_link.maps
    return maps is not None and maps.shown.kind != "nothing"


def has_maps(window: Workbench) -> bool:
    """With a layer whose values are maps."""
    maps = window.page_link.maps
    return maps is not None and maps.shown.kind == "maps"


def has_both_sides(window: Workbench) -> bool:
    """With a layer whose values and the reference's are of one shape."""
    maps = window.page_link.maps
    return maps is not None and maps.shown.difference is not None


def has_both_maps(window: Workbench) -> bool:
    """With a layer whose values are maps, and so are the reference's, of one shape."""
    return has_maps(window) and has_both_sides(window)


def can_reload(window: Workbench) -> bool:
    """With anything open that came from a file."""
    return window.desk.restoring.can_reload


def can_restore(window: Workbench) -> bool:
    """While a session was left that is not open again."""
    return window.windows.can_restore


def has_recent(window: Workbench) -> bool:
    """Where a network was opened before."""
    return bool(window.windows.recent.entries)


def has_windows(window: Workbench) -> bool:
    """With more than one window."""
    return len(window.windows.titles) > 1


NEEDS: Mapping[Callable[[Workbench], bool], str] = {
    has_network: "needs a network",
    has_layer: "needs a chosen layer",
    has_anything: "nothing is open",
    can_run: "needs a network with weights and a picture",
    can_run_folder: "needs a network with weights and several pictures",
    has_folder: "needs several pictures",
    has_table: "needs pictures that were run",
    can_map: "needs a picture that was run, and classes",
    can_compare: "needs a network with weights and a reference",
    can_save: "needs a network with weights",
    can_save_golden: "needs a network that was run or compared",
    has_preprocessing: "needs a network that takes pictures",
    has_own_preprocessing: "needs a network that takes pictures",
    can_undo_preprocessing: "the preprocessing was not changed",
    can_redo_preprocessing: "no change of the preprocessing was taken back",
    can_go_on: "there is no further recent picture",
    can_go_back: "there is no recent picture before",
    is_in_roll: "needs a recent picture",
    has_messages: "there are no messages",
    has_culprit: "needs a layer that is itself wrong",
    has_bookmark: "no layer is bookmarked",
    has_comparison: "needs layers that were compared",
    has_times: "needs layers that were timed",
    has_statistics: "needs a layer's values",
    has_classes_shown: "needs a picture that was classified",
    is_busy: "nothing is under way",
    has_diagnosis: "needs a diagnosis that found something",
    can_correct: "needs a correction that is not applied",
    has_values: "needs a layer with values",
    has_maps: "needs a layer with feature maps",
    has_both_sides: "needs a layer with values and a reference of the same shape",
    has_both_maps: "needs feature maps and a reference of the same shape",
    can_undo: "no correction was applied",
    can_redo: "no correction was taken back",
    can_reload: "nothing that is open came from a file",
    can_restore: "no session is left to restore",
    has_recent: "no network was opened yet",
    has_windows: "there is one window only",
}
"""What is missing where a condition doesn't hold, as it stands beside a command's name."""
