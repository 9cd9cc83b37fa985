from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from explorer.ui.graph_export import GRAPH_ENDINGS
from explorer.ui.pictures import drop_files


def test_the_dialog_offers_three_kinds_and_its_ending_follows_the_kind(window, files):
    drop_files(window, [files.network])
    window.commands.run("file.export_graph")
    dialog = window.findChild(QFileDialog)
    assert dialog.windowTitle() == "Export Graph"
    assert dialog.nameFilters() == ["SVG drawing (*.svg)", "PDF page (*.pdf)", "PNG picture (*.png)"]
    assert dialog.defaultSuffix() == "svg"
    dialog.filterSelected.emit("PNG picture (*.png)")
    assert dialog.defaultSuffix() == "png"
    dialog.close()


def test_the_chosen_file_is_written_and_told(window, files, tmp_path):
    drop_files(window, [files.network])
    for ending in GRAPH_ENDINGS:
        window.commands.run("file.export_graph")
        dialog = window.findChildren(QFileDialog)[-1]
        dialog.filesSelected.emit([str(tmp_path / f"graph{ending}")])
        dialog.close()
        assert (tmp_path / f"graph{ending}").stat().st_size > 1000
        assert window.notices.texts[0] == f"Graph written as {tmp_path / f'graph{ending}'}."


def test_the_graph_is_written_as_it_is_opened(window, files, tmp_path):
    drop_files(window, [files.network])
    window.commands.run("view.close_modules")
    window.graph_export.export(tmp_path / "closed.svg")
    window.commands.run("view.open_modules")
    window.graph_export.export(tmp_path / "open.svg")
    assert ">join<" not in (tmp_path / "closed.svg").read_text().replace(" ", "")
    assert "join" in (tmp_path / "open.svg").read_text()


def test_another_ending_is_told_and_writes_nothing(window, files, tmp_path):
    drop_files(window, [files.network])
    window.graph_export.export(tmp_path / "graph.bmp")
    assert window.notices.texts == ("graph.bmp: the graph can be written as .svg, .pdf, .png.",)
    assert not (tmp_path / "graph.bmp").exists()


def test_the_copy_is_a_picture_on_the_clipboard(window, files, light):
    drop_files(window, [files.network])
    QGuiApplication.clipboard().setImage(QImage())
    window.commands.run("file.copy_graph")
    image = QGuiApplication.clipboard().image()
    bounds = window.graph_view.bounds()
    assert (image.width(), image.height()) == (int(2 * (bounds.width() + 32)), int(2 * (bounds.height() + 32)))
    assert image.pixelColor(1, 1).name() == light.window
    assert window.notices.texts == ("Graph copied as a picture.",)


def test_without_a_drawing_there_is_a_sentence_and_no_file(window, tmp_path):
    window.prepare()
    window.graph_export.export(tmp_path / "graph.svg")
    assert window.notices.texts == ("there is no graph to draw yet; it comes when the network is drawn",)
    assert not (tmp_path / "graph.svg").exists()
