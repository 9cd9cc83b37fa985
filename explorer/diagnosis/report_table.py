"""Every layer of the network, as it was compared before the corrections and after them."""

from __future__ import annotations

from typing import NamedTuple

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import Errors
from explorer.diagnosis.report_markup import Markup, element, joined, name, number, sizes


class _Told(NamedTuple):
    mark: str
    word: str
    meaning: str


VERDICTS: dict[Verdict, _Told] = {
    "match": _Told("●", "agrees", "stays within what rounding explains"),
    "culprit": _Told("▲", "wrong", "gives other values than the original’s on the original’s own inputs"),
    "inherited": _Told("○", "inherits", "is right by itself, and fed by a layer that is wrong"),
    "shape": _Told("■", "other shape", "gives another shape than the original’s"),
    "not compared": _Told("·", "not compared", "the reference holds nothing of it"),
}


def layer_table(before: Comparison, after: Comparison | None) -> Markup:
    """The layers in the order of the data; ``after`` the corrections, where there were any."""
    numbers = ("isolated", "its floor", "cumulative", "its floor")
    heads = ["verdict", "layer", "type", "shape", *numbers]
    groups = [
        element("col", span=4),
        element("col", span=4, class_="number"),
        None if after is None else element("col", span=3, class_="after"),
    ]
    top = None
    if after is not None:
        heads += ["verdict", "isolated", "cumulative"]
        top = element(
            "tr",
            element("td", colspan=4),
            element("th", "relative error", scope="colgroup", colspan=4),
            element("th", "after the corrections", scope="colgroup", colspan=3, class_="after"),
        )
    columns = element(
        "tr", *(_column(word, number=index >= 4 and word != "verdict") for index, word in enumerate(heads))
    )
    rows = [
        _row(row, None if after is None else after.layer.get(row.layer), after is not None) for row in before.layers
    ]
    caption = element(
        "caption",
        "Relative L2 errors. Isolated: the layer by itself, on the reference’s own values; cumulative: the whole "
        "network, on the reference’s input. Each floor is the error that rounding alone explains.",
    )
    return element(
        "table",
        caption,
        element("colgroup", *groups),
        element("thead", top, columns),
        element("tbody", *rows),
        class_="layers",
    )


def legend() -> Markup:
    """What the marks mean."""
    rows = [element("div", element("dt", _mark(key)), element("dd", told.meaning)) for key, told in VERDICTS.items()]
    return element("dl", *rows, class_="legend")


def _column(word: str, *, number: bool) -> Markup:
    return element("th", word, scope="col", class_="number" if number else None)


def _row(row: LayerComparison, after: LayerComparison | None, has_after: bool) -> Markup:
    shape = sizes(row.shape)
    if row.verdict == "shape":
        shape += f" ≠ {sizes(row.reference_shape)}"
    cells = [
        element("td", _mark(row.verdict)),
        element("th", name(row.layer), scope="row"),
        element("td", name(row.type)),
        element("td", shape),
        _number(row.isolated),
        _cell(number(row.isolated_floor), "faint"),
        _number(row.cumulative),
        _cell(number(row.noise_floor), "faint"),
    ]
    if has_after:
        cells.append(element("td", None if after is None else _mark(after.verdict)))
        cells.append(_number(None if after is None else after.isolated))
        cells.append(_number(None if after is None else after.cumulative))
    wrong = row.verdict in ("culprit", "shape")
    return element("tr", *cells, class_="wrong" if wrong else None)


def _mark(verdict: Verdict) -> Markup:
    told = VERDICTS[verdict]
    kind = verdict.replace(" ", "-")
    return joined(
        element("span", told.mark, class_=f"mark {kind}", aria_hidden="true"), "\N{NO-BREAK SPACE}", told.word
    )


def _number(errors: Errors | None) -> Markup:
    return _cell(number(None if errors is None else errors.relative_l2), "")


def _cell(text: str, kind: str) -> Markup:
    return element("td", text, class_=f"number {kind}".strip())
