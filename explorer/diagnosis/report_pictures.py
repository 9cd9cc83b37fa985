"""Feature maps and vectors as they stand on the page: pictures within the file, bars, and what their colours mean."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np

from explorer.diagnosis.finding import Finding
from explorer.diagnosis.report_evidence import MOST_BARS, MOST_MAPS, Views, unfinite, views
from explorer.diagnosis.report_markup import Markup, element, joined, number, sizes
from explorer.maps.colour_maps import LEVELS, Ramp, colour_table, indices, ramp_colours
from explorer.maps.feature_maps import Maps
from explorer.maps.pooling import Pooling, pooled
from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array

LARGEST_SIDE = 112
"""Pixels of a map on the page; larger ones are pooled."""

SMALLEST_SIDE = 24
"""A smaller map shows nothing."""

ALL_BYTES = 1_200_000
"""Of all maps of a page together, which keeps a page with many findings small."""

BYTES_BESIDE = 1_000
"""What a picture takes beside its pixels: mostly its colours."""

STOPS = 26
"""Colours that a legend is drawn from."""

MANY = 50
"""Findings of a page whose vectors are shown in fewer bars."""

COLUMNS = ("ours", "reference", "difference", "after the fix")


def evidence_figure(finding: Finding, findings: int) -> Markup:
    """The evidence of one of ``findings`` findings."""
    share = ALL_BYTES // (len(COLUMNS) * max(findings, 1))
    most = MOST_MAPS if share // MOST_MAPS - BYTES_BESIDE >= (2 * SMALLEST_SIDE) ** 2 else 1
    side = min(LARGEST_SIDE, int(max(0, share // most - BYTES_BESIDE) ** 0.5))
    found = views(finding, most, MOST_BARS if findings <= MANY else MOST_BARS // 3)
    if found is None:
        return element("p", "There is nothing in these values that could be drawn.", class_="note")
    if found.kind == "vector":
        return _vector(finding, found)
    if side < SMALLEST_SIDE:
        words = f"{findings} findings are too many to show maps of each; the window shows this layer's."
        return element("p", words, class_="note")
    return _maps(finding, found, side)


def _maps(finding: Finding, found: Views, side: int) -> Markup:
    head = element("tr", element("td"), *(element("th", word, scope="col") for word in COLUMNS))
    rows = [
        _map_row(found, channel, errors, side) for channel, errors in zip(found.channels, found.errors, strict=True)
    ]
    caption = element("caption", _which(finding, found, "channel"))
    table = element("table", caption, element("thead", head), element("tbody", *rows), class_="maps")
    ramp: Ramp = "signed" if found.values.diverging else "values"
    low, high = found.values.ends()
    keys = [
        element("div", "ours, reference and after the fix share one range: ", _gradient(ramp, low, high)),
        None
        if found.signed is None
        else element(
            "div",
            "difference, ours − reference: ",
            _gradient("signed", *found.signed.ends()),
            " red: ours is smaller, blue: ours is larger",
        ),
    ]
    return element("figure", table, element("figcaption", *keys))


def _map_row(found: Views, channel: int, errors: tuple[float | None, float | None], side: int) -> Markup:
    name = found.reference.name(channel) if found.reference.count > 1 else "the map"
    before, after = errors
    told = None
    if after is not None:
        change = f"{number(before)} → {number(after)}" if before is not None else f"{number(after)} after the fix"
        told = element("small", "error ", change)
    ours = _map_cell(found.ours, channel, found.values, name, "ours", side)
    if found.ours is None:
        ours = _no_picture("can’t run on what the reference recorded", "ours")
    if found.difference is None or found.signed is None:
        words = "none: ours has another shape" if found.ours is not None else "none"
        apart = _no_picture(words, "difference")
    else:
        values = found.difference[channel]
        apart = _picture_cell(values, found.signed, "signed", "peak", name, "difference", side)
    return element(
        "tr",
        element("th", name, told and joined(element("br"), told), scope="row"),
        ours,
        _map_cell(found.reference, channel, found.values, name, "reference", side),
        apart,
        _map_cell(found.after, channel, found.values, name, "after the fix", side),
    )


def _map_cell(maps: Maps | None, channel: int, span: ValueRange, title: str, column: str, side: int) -> Markup:
    if maps is None or channel >= maps.count:
        return _no_picture("no such channel", column)
    ramp: Ramp = "signed" if span.diverging else "values"
    return _picture_cell(maps.values[channel], span, ramp, "mean", title, column, side)


def _picture_cell(
    values: Array, span: ValueRange, ramp: Ramp, pooling: Pooling, title: str, column: str, side: int
) -> Markup:
    finite = values[np.isfinite(values)]
    marks = list(unfinite(values))
    told = f"from {number(float(finite.min()))} to {number(float(finite.max()))}" if finite.size else "no numbers"
    step = -(-max(values.shape) // side)
    small = pooled(values[np.newaxis], step, pooling)
    drawn = indices(small, span)[0].astype(np.uint8)
    image = element("img", src=_png(drawn, ramp), alt=", ".join([title, column, sizes(values.shape), told, *marks]))
    return element("td", image, *(element("small", mark) for mark in marks), data_column=column)


def _no_picture(words: str, column: str) -> Markup:
    return element("td", words, class_="none", data_column=column)


def ramps() -> Markup:
    """The two ramps of colours, once a page, for the legends to draw from."""
    kinds: tuple[Ramp, ...] = ("values", "signed")
    drawn = []
    for kind in kinds:
        colours = ramp_colours(kind)
        places = np.linspace(0, LEVELS - 1, STOPS).round().astype(int)
        stops = [
            element("stop", offset=f"{place / (LEVELS - 1):.3f}", stop_color=f"#{colours[place].tobytes().hex()}")
            for place in places
        ]
        drawn.append(element("linearGradient", *stops, id=f"ramp-{kind}"))
    return element("svg", element("defs", *drawn), width=0, height=0, class_="ramps", aria_hidden="true")


def _gradient(ramp: Ramp, low: float, high: float) -> Markup:
    bar = element("rect", width="100%", height="100%", fill=f"url(#ramp-{ramp})")
    drawn = element("svg", bar, class_="gradient", role="img", aria_label="to")
    return element("span", number(low), " ", drawn, " ", number(high), class_="range")


def _png(drawn: Array, ramp: Ramp) -> str:
    """Indices of colours as a picture within the page."""
    from PIL import Image

    image = Image.fromarray(drawn)
    table = np.array(colour_table(ramp, "#ffffff"), np.uint32)
    image.putpalette(np.stack([table >> 16 & 255, table >> 8 & 255, table & 255], 1).astype(np.uint8).tobytes())
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _vector(finding: Finding, found: Views) -> Markup:
    columns = ("entry", "", *COLUMNS)
    head = element("tr", *(element("th", word, scope="col") if word else element("td") for word in columns))
    rows = [_entry(found, channel) for channel in found.channels]
    caption = element("caption", _which(finding, found, "entry"))
    low, high = _with_zero(found.values)
    words = (
        f"Bars from {number(low)} to {number(high)}, the thin line is zero: filled is ours, hollow the reference, "
        "hatched after the fix."
    )
    table = element("table", caption, element("thead", head), element("tbody", *rows), class_="vector")
    return element("figure", table, element("figcaption", words))


def _entry(found: Views, entry: int) -> Markup:
    values = [_value(maps, entry) for maps in (found.ours, found.reference, found.after)]
    apart = None if found.difference is None else float(found.difference[entry, 0, 0])
    low, high = _with_zero(found.values)
    told = [values[0], values[1], apart, values[2]]
    return element(
        "tr",
        element("th", str(entry), scope="row"),
        element("td", _bars(values, low, high)),
        *(element("td", number(value), class_="number") for value in told),
    )


def _bars(values: Sequence[float | None], low: float, high: float) -> Markup:
    width = high - low or 1.0
    zero = 100 * -low / width
    bars = []
    for row, (value, kind) in enumerate(zip(values, ("ours", "theirs", "fixed"), strict=True)):
        if value is None or not np.isfinite(value):
            continue
        end = 100 * (value - low) / width
        length = max(abs(end - zero), 0.4)
        bars.append(
            element("rect", x=f"{min(zero, end):.2f}%", y=1 + 6 * row, width=f"{length:.2f}%", height=5, class_=kind)
        )
    line = element("line", x1=f"{zero:.2f}%", x2=f"{zero:.2f}%", y1=0, y2=20, class_="axis")
    return element("svg", *bars, line, width="100%", height=20, class_="bars", aria_hidden="true")


def _value(maps: Maps | None, entry: int) -> float | None:
    return None if maps is None or entry >= maps.count else float(maps.values[entry, 0, 0])


def _with_zero(span: ValueRange) -> tuple[float, float]:
    low, high = span.ends()
    return min(low, 0.0), max(high, 0.0)


def _which(finding: Finding, found: Views, noun: str) -> str:
    """What part of the layer's values is shown."""
    count, shown = found.reference.count, len(found.channels)
    plural = {"channel": "channels", "entry": "entries"}[noun]
    if found.difference is None:
        which = f"the {shown} of {count} {plural} with the reference's largest values"
    else:
        which = f"the {shown} of {count} {plural} that differ most"
    if shown == count:
        which = f"all {count} {plural}" if count > 1 else f"the one {noun}"
    picture = f", picture {found.item + 1} of {found.items}" if found.items > 1 else ""
    shapes = sizes(finding.evidence.reference.shape)
    if found.ours is not None and finding.evidence.before.shape != finding.evidence.reference.shape:
        shapes = f"ours {sizes(finding.evidence.before.shape)}, reference {shapes}"
    return f"Evidence: {which}{picture} ({shapes})"
