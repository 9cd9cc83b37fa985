import numpy as np
from PySide6.QtCore import QRectF

from explorer.ui.graph_far import FarShapes, add_block, add_line


def rects_of(shapes: FarShapes, seen: QRectF, scale: float) -> list[QRectF]:
    return [polygon.boundingRect() for path in shapes.within(seen, scale) for polygon in path.toSubpathPolygons()]


def column(count: int) -> np.ndarray:
    """Squares of 10 units below each other, 10 units apart."""
    tops = 20.0 * np.arange(count)
    return np.stack([np.zeros(count), tops, np.full(count, 10.0), tops + 10.0], axis=1)


def test_near_every_block_is_drawn_as_it_is():
    shapes = FarShapes(column(3), add_block)
    assert rects_of(shapes, QRectF(0, 0, 100, 100), 1.0) == [QRectF(0, y, 10, 10) for y in (0, 20, 40)]


def test_only_what_is_near_the_part_in_view_is_made():
    shapes = FarShapes(column(10_000), add_block)
    found = rects_of(shapes, QRectF(0, 100_000, 100, 100), 1.0)
    assert 5 <= len(found) <= 600
    assert any(rect.top() == 100_000 for rect in found)


def test_blocks_on_the_same_pixel_are_drawn_once_and_large_enough_to_see():
    shapes = FarShapes(column(10_000), add_block)
    found = rects_of(shapes, QRectF(0, 0, 100, 200_000), 0.002)
    assert len(found) <= 2 * 782
    assert {rect.top() // 256 for rect in found} == set(range(782))
    assert all(rect.width() * 0.002 == rect.height() * 0.002 >= 1.0 for rect in found)


def test_lines_on_the_same_pixels_are_drawn_once():
    lines = np.array([[0.0, 0.0, 0.0, 1000.0]] * 500 + [[800.0, 0.0, 0.0, 1000.0]])
    shapes = FarShapes(lines, add_line)
    assert sum(path.elementCount() for path in shapes.within(QRectF(0, 0, 1000, 1000), 0.01)) == 4


def test_nothing_is_nothing():
    assert rects_of(FarShapes(np.empty((0, 4)), add_block), QRectF(0, 0, 10, 10), 0.01) == []
