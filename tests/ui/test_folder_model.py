"""The rows of a folder."""

from pathlib import Path

from PySide6.QtCore import Qt

from explorer.running.activations import Class
from explorer.running.many_pictures import Classified
from explorer.ui.folder_model import FolderModel, FolderProxy, class_text, describe, picture_names

PATHS = tuple(Path(f"/p/{name}.png") for name in ("10", "2", "3"))
TABBY = Class(281, "n02123045 tabby, tabby cat", 0.75)
RESULTS = (
    Classified("/p/10.png", {"prob": (TABBY, Class(3, None, 0.25))}, ("turned as its EXIF says",)),
    Classified("/p/2.png", error="the file is empty"),
)


def shown(model):
    return [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]


def test_pictures_stand_there_before_they_are_run(qapp):
    model = FolderModel()
    model.show_paths(PATHS, picture_names(PATHS))
    assert shown(model) == [["10.png", "", ""], ["2.png", "", ""], ["3.png", "", ""]]
    told = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.show_results(RESULTS[:1])
    model.show_results(RESULTS)
    assert shown(model) == [["10.png", "tabby", "class 3"], ["2.png", "", ""], ["3.png", "", ""]]
    assert told == [(0, 0), (1, 1)]
    model.show_results(())
    assert told[-1] == (0, 1)
    assert shown(model)[0] == ["10.png", "", ""]


def test_names_sort_by_their_numbers_and_classes_by_probability_with_nothing_last(qapp):
    model = FolderModel()
    proxy = FolderProxy(model)
    model.show_paths(PATHS, picture_names(PATHS))
    model.show_results((*RESULTS, Classified("/p/3.png", {"prob": (Class(1, "x", 0.9),)})))
    proxy.sort(0)
    assert [row[0] for row in shown(proxy)] == ["2.png", "3.png", "10.png"]
    proxy.sort(1, Qt.SortOrder.AscendingOrder)
    assert [row[0] for row in shown(proxy)] == ["10.png", "3.png", "2.png"]
    proxy.sort(1, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in shown(proxy)] == ["3.png", "10.png", "2.png"]
    proxy.sort(-1)
    assert [row[0] for row in shown(proxy)] == ["10.png", "2.png", "3.png"]


def test_pictures_of_several_folders_are_named_from_where_they_part():
    paths = (Path("/p/a/1.png"), Path("/p/b/c/1.png"))
    assert picture_names(paths) == (str(Path("a/1.png")), str(Path("b/c/1.png")))
    assert picture_names(()) == ()


def test_a_class_goes_by_its_first_name():
    assert class_text(TABBY) == "tabby"
    assert class_text(Class(3, None, 0.1)) == "class 3"


def test_a_row_in_words_says_all_of_it():
    assert describe(PATHS[0], RESULTS[0]).splitlines() == [
        str(PATHS[0]), "turned as its EXIF says", "0.7500  tabby, tabby cat", "0.2500  class 3"
    ]  # fmt: skip
    assert describe(PATHS[1], RESULTS[1]).splitlines()[1] == "could not be read: the file is empty"
    assert describe(PATHS[2], None).splitlines()[1] == "not run yet"
