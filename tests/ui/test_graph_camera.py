import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from explorer.ui.graph_camera import CLOSEST, Camera, fitting, from_the_top

SIZE = QSizeF(400, 300)


def test_the_camera_s_point_is_in_the_middle_of_the_view():
    camera = Camera(2.0, 50.0, 60.0)
    assert camera.transform(SIZE).map(QPointF(50, 60)) == QPointF(200, 150)
    assert camera.to_drawing(QPointF(200, 150), SIZE) == QPointF(50, 60)
    assert camera.to_drawing(QPointF(210, 150), SIZE) == QPointF(55, 60)
    assert camera.to_view(QRectF(50, 60, 10, 20), SIZE) == QRectF(200, 150, 20, 40)
    assert camera.seen(SIZE) == QRectF(-50, -15, 200, 150)


def test_zooming_keeps_the_point_under_the_pointer():
    camera = Camera(1.0, 10.0, 20.0)
    about = QPointF(30, 270)
    assert camera.zoomed(1.5, about, SIZE, 0.01).to_drawing(about, SIZE) == camera.to_drawing(about, SIZE)


def test_zooming_ends_where_nothing_more_is_to_see():
    about = QPointF(0, 0)
    assert Camera(1.0, 0, 0).zoomed(1000, about, SIZE, 0.1).scale == CLOSEST
    assert Camera(1.0, 0, 0).zoomed(0.001, about, SIZE, 0.1).scale == 0.1


def test_panning_moves_by_pixels():
    assert Camera(2.0, 0, 0).panned(10, -20) == Camera(2.0, -5, 10)


def test_the_middle_of_the_view_stays_on_the_drawing():
    bounds = QRectF(0, 0, 100, 1000)
    assert Camera(1.0, -500, 2000).kept_on(bounds) == Camera(1.0, 0, 1000)
    assert Camera(1.0, 50, 20).kept_on(bounds) == Camera(1.0, 50, 20)


@pytest.mark.parametrize(
    ("rect", "moved"),
    [
        (QRectF(-10, -10, 20, 20), (0, 0)),
        (QRectF(190, 0, 20, 20), (20, 0)),
        (QRectF(-230, 0, 20, 20), (-40, 0)),
        (QRectF(0, 150, 20, 20), (0, 30)),
        (QRectF(0, -170, 20, 20), (0, -30)),
    ],
)
def test_what_is_brought_into_view_moves_no_further_than_needed(rect, moved):
    camera = Camera(1.0, 0, 0).showing(rect, SIZE, margin=10)
    assert (camera.x, camera.y) == moved


def test_what_is_larger_than_the_view_shows_its_beginning():
    camera = Camera(1.0, 0, 0).showing(QRectF(-300, 0, 900, 10), SIZE, margin=0)
    assert camera.seen(SIZE).left() == -300


def test_fitting_shows_all_and_magnifies_nothing():
    assert fitting(QRectF(0, 0, 4000, 100), SIZE, 0) == Camera(0.1, 2000, 50)
    assert fitting(QRectF(0, 0, 10, 10), SIZE, 0) == Camera(1.0, 5, 5)
    assert fitting(QRectF(0, 0, 380, 10), SIZE, 10).scale == 1.0
    assert fitting(QRectF(0, 0, 760, 10), SIZE, 10).scale == 0.5


def test_from_the_top_fits_the_width():
    camera = from_the_top(QRectF(-250, 0, 500, 9000), 0.0, SIZE, 0, smallest=0.5)
    assert camera.scale == 0.8
    assert camera.seen(SIZE) == QRectF(-250, 0, 500, 375)


def test_from_the_top_is_never_too_small_to_read_and_then_looks_at_the_trunk():
    camera = from_the_top(QRectF(-1000, 0, 5000, 9000), 0.0, SIZE, 0, smallest=0.5)
    assert camera.scale == 0.5
    assert camera.x == 0.0


def test_from_the_top_shows_no_empty_space_beside_the_drawing():
    camera = from_the_top(QRectF(-100, 0, 5000, 9000), 0.0, SIZE, 0, smallest=0.5)
    assert camera.seen(SIZE).left() == -100


def test_an_empty_drawing_or_view_is_no_division_by_zero():
    assert fitting(QRectF(), QSizeF(), 16).scale == 1.0
    assert from_the_top(QRectF(), 0.0, QSizeF(), 16, 0.7).scale == 1.0
