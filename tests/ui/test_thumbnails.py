import numpy as np
from PySide6.QtCore import QSize

from explorer.ui.thumbnails import thumbnail


def _colour(image, x, y):
    colour = image.pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue()


def test_a_picture_keeps_its_shape_and_its_colours():
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = (255, 0, 0)
    image = thumbnail(pixels, QSize(20, 20))
    assert (image.width(), image.height()) == (20, 10)
    assert _colour(image, 3, 5) == (255, 0, 0)
    assert _colour(image, 17, 5) == (0, 0, 0)


def test_a_tensor_is_shown_from_its_smallest_value_to_its_largest_in_its_own_order():
    tensor = np.zeros((1, 3, 8, 8), np.float32)
    tensor[:, 2] = 100
    tensor[:, 0] = -100
    image = thumbnail(tensor, QSize(8, 8))
    red, green, blue = _colour(image, 4, 4)
    assert (red, blue) == (0, 255)
    assert green in (127, 128)


def test_channels_may_stand_last_and_be_one():
    assert _colour(thumbnail(np.ones((1, 8, 8, 3), np.float32), QSize(8, 8)), 1, 1) == (0, 0, 0)
    ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 1, 8, 8)
    image = thumbnail(ramp, QSize(8, 8))
    assert _colour(image, 0, 0) == (0, 0, 0)
    assert _colour(image, 7, 7) == (255, 255, 255)


def test_not_a_number_is_black_and_harms_nothing():
    tensor = np.ones((1, 3, 8, 8), np.float32)
    tensor[0, 0, 0, 0] = np.nan
    assert thumbnail(tensor, QSize(8, 8)).width() == 8


def test_more_device_pixels_make_a_sharper_picture():
    image = thumbnail(np.zeros((400, 400, 3), np.uint8), QSize(20, 20), 2.0)
    assert (image.width(), image.height(), image.devicePixelRatio()) == (40, 40, 2.0)
