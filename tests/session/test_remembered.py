import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.network.preprocessing import find_preprocessing
from explorer.session.remembered import (
    MOST_LETTERS,
    Layout,
    Remembered,
    Sight,
    Stamp,
    read_windows,
    windows_to_json,
)

PORT = Path("/models/port")

WHOLE = Remembered(
    network=PORT / "deploy.prototxt",
    weights=PORT / "other" / "net.caffemodel",
    reference=PORT / "reference.npz",
    picture=PORT / "cat.jpg",
    pictures=(PORT / "cat.jpg", PORT / "dog.jpg"),
    folder=("pets", (PORT / "cat.jpg", PORT / "dog.jpg")),
    preprocessing=replace(find_preprocessing("caffe"), name="own", mean=(1.5, 2.0, 3.0)),
    fed_with="picture",
    layer="conv1/7x7_s2",
    applied=(("conv1", "kernels rotated"), ("fc", "bias")),
    stamps={PORT / "cat.jpg": Stamp(7, 1_700_000_000_123_456_789)},
    sight=Sight(("inception_3a", "head"), (0.75, -12.5, 300.0), 17, True, "channel"),
    layout=Layout(b"\x01\xd9\xd0\xcb", b"\x00\xff" * 40, ("findings",), {"maps-and-plots": (300, 120)}),
)


def written(*windows):
    return json.dumps(windows_to_json(windows))


def test_a_window_reads_as_it_was_written():
    example = Remembered(is_example=True, layer="pool1")
    assert read_windows(written(WHOLE, example)) == (WHOLE, example)


def test_a_window_with_nothing_open_is_not_read():
    assert read_windows(written(Remembered(), WHOLE)) == (WHOLE,)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '{"version": 2, "windows": []}', '{"version": true}', "[" * 100_000, None, b"{}"],
)
def test_what_is_no_session_is_none(text):
    assert read_windows(text) == ()


def test_a_session_that_is_too_large_is_not_read():
    assert read_windows(written(WHOLE) + " " * MOST_LETTERS) == ()


WRONG: tuple[object, ...] = (
    *(None, True, -1, 10**30, 1e400, "", "a\0b", "relative/path", "x" * 5000),
    *([], [[]], [1, 2, 3], {}, {"a": {}}),
)


def test_whatever_stands_in_place_of_a_value_the_others_are_read():
    record = windows_to_json([WHOLE])["windows"][0]
    for key in record:
        for wrong in WRONG:
            (found,) = read_windows(json.dumps({"version": 1, "windows": [{**record, key: wrong}]}))
            for other in ("network", "reference", "layer", "applied", "sight", "preprocessing"):
                if other != key:
                    assert getattr(found, other) == getattr(WHOLE, other), (key, wrong)
    for part in ("sight", "layout", "folder", "stamps"):
        for key in record[part]:
            for wrong in WRONG:
                damaged = {**record, part: {**record[part], key: wrong}}
                (found,) = read_windows(json.dumps({"version": 1, "windows": [damaged]}))
                assert found.network == WHOLE.network


def test_letters_changed_by_chance_never_bring_an_error():
    draw = random.Random(5)
    text = written(WHOLE)
    for _ in range(2000):
        place = draw.randrange(len(text))
        read_windows(text[:place] + chr(draw.randrange(32, 127)) + text[place + draw.randrange(3) :])


def test_bytes_of_which_one_bit_is_another_are_none():
    record = WHOLE.layout.to_json()
    data = record["geometry"]["data"]
    record["geometry"] = {**record["geometry"], "data": data[:-2] + ("A=" if data[-2:] != "A=" else "Q=")}
    found = Layout.from_json(record)
    assert found.geometry == b""
    assert found.docks == WHOLE.layout.docks


def test_a_layout_of_another_version_is_the_usual_one():
    assert Layout.from_json({**WHOLE.layout.to_json(), "version": 99}) == Layout()


def test_without_its_network_what_was_chosen_of_it_is_gone_and_the_pictures_stay():
    rest = WHOLE.without([PORT / "deploy.prototxt"])
    assert (rest.network, rest.weights, rest.layer, rest.applied, rest.sight) == (None, None, "", (), Sight())
    assert (rest.reference, rest.picture, rest.pictures) == (WHOLE.reference, WHOLE.picture, WHOLE.pictures)


def test_without_a_picture_the_rest_stays_as_it_was():
    rest = WHOLE.without([PORT / "cat.jpg"])
    assert (rest.picture, rest.pictures) == (None, (PORT / "dog.jpg",))
    assert (rest.network, rest.layer, rest.sight) == (WHOLE.network, WHOLE.layer, WHOLE.sight)
    assert WHOLE.without([Path("/elsewhere")]) is WHOLE
