import re
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QFont, QImage

from explorer.errors import PortsideError
from explorer.ui import graph_files
from explorer.ui.graph_drawn import draw
from explorer.ui.graph_files import MARGIN, GraphPicture, pdf, rastered, svg, write_graph
from tests.ui.graphs import large_network, small_network, verdicts

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def picture(qapp, light) -> GraphPicture:
    return GraphPicture(draw(small_network(), None, QFont(), None).scene, light, QFont(), "a network")


def written(document):
    return ["".join(part.itertext()) for part in ElementTree.fromstring(document).iter(f"{SVG}text")]


def test_the_svg_has_every_layer_and_module_by_name_as_writing(picture):
    texts = written(svg(picture))
    for name in picture.scene.names:
        card = picture.scene.drawing.card(name)
        assert (card.type if card.is_follower else card.label) in texts
    for name in picture.scene.frames:
        assert picture.scene.drawing.card(name).label in texts


def test_the_svg_holds_no_pixels_and_its_lines_grow_with_it(picture):
    document = svg(picture).decode()
    assert "<image" not in document
    assert "non-scaling-stroke" not in document


def test_the_svg_is_as_large_as_the_drawing_and_names_the_network(picture):
    root = ElementTree.fromstring(svg(picture))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width == pytest.approx(picture.scene.bounds.width() + 2 * MARGIN, abs=1)
    assert height == pytest.approx(picture.scene.bounds.height() + 2 * MARGIN, abs=1)
    assert root.findtext(f"{SVG}title") == "a network"


def test_the_svg_s_font_has_a_family_that_every_browser_knows(picture):
    families = set(re.findall(r'font-family="([^"]*)"', svg(picture).decode()))
    assert len(families) == 1
    assert families.pop().endswith("sans-serif")


def test_closed_modules_stay_closed(picture, light):
    drawing = picture.scene.drawing
    closed = GraphPicture(type(picture.scene)(drawing, ()), light, QFont(), "closed")
    assert "1x1" in written(svg(picture))
    assert "1x1" not in written(svg(closed))
    assert "inception_3a" in written(svg(closed))


def test_the_pdf_is_one_page_of_the_drawing_s_size(picture):
    document = pdf(picture)
    assert document.startswith(b"%PDF-")
    (box,) = re.findall(rb"/MediaBox \[([^\]]*)\]", document)
    left, bottom, right, top = map(float, box.split())
    assert right - left == pytest.approx(picture.place.width() * 0.75, abs=2)
    assert top - bottom == pytest.approx(picture.place.height() * 0.75, abs=2)


def test_a_page_is_no_larger_than_a_pdf_s_may_be(picture, monkeypatch):
    monkeypatch.setattr(graph_files, "LONGEST_PAGE", 500.0)
    (box,) = re.findall(rb"/MediaBox \[([^\]]*)\]", pdf(picture))
    assert max(map(float, box.split())) == pytest.approx(500, abs=1)


def test_the_picture_has_two_pixels_for_each_unit_on_the_theme_s_ground(picture, light):
    drawn = rastered(picture)
    assert drawn.remark == ""
    assert drawn.image.width() == int(2 * picture.place.width())
    assert drawn.image.height() == int(2 * picture.place.height())
    assert drawn.image.pixelColor(1, 1) == QColor(light.window)
    name = picture.scene.names[0]
    corner = (picture.scene.place_of(name).center() - picture.place.topLeft()) * 2
    assert drawn.image.pixelColor(int(corner.x()), int(corner.y()) + 60) != QColor(light.window)


def test_a_large_network_is_drawn_with_all_its_writing(qapp, dark):
    drawn = draw(large_network(), None, QFont(), None)
    scene = drawn.scene.compared(verdicts(drawn.network, inception_3a__1x1="culprit"))
    texts = written(svg(GraphPicture(scene, dark, QFont(), "GoogLeNet")))
    assert texts.count("1x1") == 9
    colours = svg(GraphPicture(scene, dark, QFont(), "GoogLeNet")).decode().lower()
    assert dark.culprit.lower() in colours
    assert dark.window.lower() in colours


def test_what_does_not_fit_is_drawn_smaller_and_says_so(picture, monkeypatch):
    monkeypatch.setattr(graph_files, "LONGEST_SIDE", int(1.5 * picture.place.height()))
    drawn = rastered(picture)
    assert drawn.image.height() == pytest.approx(1.5 * picture.place.height(), abs=2)
    assert drawn.remark == ", at 1.50× instead of 2×: it can't be larger"


def test_what_could_not_be_read_any_more_is_refused_in_a_sentence(picture, monkeypatch, tmp_path):
    monkeypatch.setattr(graph_files, "LONGEST_SIDE", 300)
    with pytest.raises(PortsideError, match=r"too small to read at the 300 pixels a side .* export it as SVG or PDF"):
        write_graph(picture, tmp_path / "graph.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.PDF", b"%PDF"), ("a.png", b"\x89PNG")])
def test_the_ending_decides_what_is_written_and_nothing_else_is_left(picture, tmp_path, name, start):
    assert write_graph(picture, tmp_path / name) == ""
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_png_that_was_written_is_the_picture(picture, tmp_path):
    write_graph(picture, tmp_path / "graph.png")
    assert QImage(str(tmp_path / "graph.png")).size() == rastered(picture).image.size()


def test_a_folder_that_is_not_there_is_told(picture, tmp_path):
    with pytest.raises(PortsideError, match="can't be written"):
        write_graph(picture, tmp_path / "missing" / "graph.svg")
