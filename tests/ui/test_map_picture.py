"""Pictures of mosaics."""

import numpy as np

from explorer.maps.colour_maps import ramp_colours
from explorer.maps.value_range import value_range
from explorer.ui.map_picture import ColourPicture, MapPicture
from explorer.ui.mosaic import Mosaic
from explorer.ui.theme import theme
from tests.ui.person import colour_name

LIGHT, DARK = theme("light"), theme("dark")
LOW, HIGH = map(colour_name, ramp_colours("values")[[0, -1]])
MOSAIC = Mosaic(2, 2, 2, 2, 1)


def picture(values, mode="layer"):
    maps = np.stack([np.full((2, 2), value, np.float32) for value in values])
    return MapPicture(maps, value_range([maps], mode), "values")


def colours(image):
    return [[image.pixelColor(x, y).name() for x in range(image.width())] for y in range(image.height())]


def test_the_pixels_of_two_maps():
    found = colours(picture([0, 1]).image(MOSAIC, 0, 1, LIGHT))
    assert found[0] == found[1] == [LOW, LOW, LIGHT.panel, HIGH, HIGH, LIGHT.panel]


def test_a_picture_is_made_once_for_each_look():
    made = picture([0, 1])
    first = made.image(MOSAIC, 0, 1, LIGHT)
    assert made.image(MOSAIC, 0, 1, LIGHT) is first
    assert colours(made.image(MOSAIC, 0, 1, DARK))[0][2] == DARK.panel


def test_one_map_alone_keeps_its_own_range():
    made = picture([1, 5], "channel")
    made.span.low[:], made.span.high[:] = 0, (4, 5)
    alone = Mosaic(1, 2, 2, 1, 1)
    assert colours(made.image(alone, 1, 1, LIGHT))[0][0] == HIGH
    assert colours(made.image(alone, 0, 1, LIGHT))[0][0] not in (LOW, HIGH)


def test_no_maps_make_no_picture():
    maps = np.zeros((0, 2, 2), np.float32)
    made = MapPicture(maps, value_range([maps], "layer"), "values")
    assert made.image(Mosaic(0, 2, 2, 1, 1), 0, 1, LIGHT).isNull()


def test_the_picture_outlives_its_values():
    made = picture([0, 1])
    image = made.image(MOSAIC, 0, 1, LIGHT)
    del made
    assert colours(image)[0][3] == HIGH


def test_kernels_in_their_own_colours_are_grey_at_zero():
    kernels = np.zeros((2, 3, 2, 2), np.float32)
    kernels[1, 0], kernels[1, 1] = 2, -2
    found = colours(ColourPicture(kernels).image(MOSAIC, 0, 1, LIGHT))
    assert (found[0][0], found[0][3]) == ("#808080", "#ff0080")


def test_kernels_of_zeros_are_grey():
    image = ColourPicture(np.zeros((2, 3, 2, 2), np.float32)).image(MOSAIC, 0, 1, LIGHT)
    assert colours(image)[0][0] == "#808080"
