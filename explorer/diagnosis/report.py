"""A diagnosis → one page, to be read on a screen or on paper: verdict, evidence, corrections, layers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from explorer import __version__
from explorer.causes import cause_text
from explorer.comparison.comparison import Comparison
from explorer.data import data_folder
from explorer.diagnosis.edit import Fitted
from explorer.diagnosis.finding import Diagnosis, Finding
from explorer.diagnosis.report_changes import changes
from explorer.diagnosis.report_markup import LONGEST, Markup, counted, element, joined, name, number
from explorer.diagnosis.report_pictures import evidence_figure, ramps
from explorer.diagnosis.report_scale import Scale, error_bar, error_key, scale_of
from explorer.diagnosis.report_table import layer_table, legend
from explorer.files import whole_file
from explorer.network.network import Network

PROOFS = {
    Fitted.NOTHING: "A rule, with no number taken from the reference: nothing was fitted.",
    Fitted.FEW: "A few numbers for the whole layer were taken from the reference.",
    Fitted.PER_CHANNEL: "Some numbers for each channel were taken from the reference.",
    Fitted.ALL: "All its numbers were fitted to the reference, which proves less than a rule does.",
}
"""How strong a correction is as a proof."""

MOST_NAMES = 12
"""Names that are told of a longer list."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The page asks for nothing, whatever a file may have put into its names."""


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What else is known of a diagnosis and can be told.

    ``network`` is the port as it was diagnosed, ``metadata`` what the reference says of itself, ``repaired`` where the
    corrected network was written, and ``second`` another reference with the comparison of the corrected network.
    """

    network: Network | None = None
    provider: str | None = None
    picture: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    repaired: Path | None = None
    second: tuple[str, Comparison] | None = None


def write_report(
    diagnosis: Diagnosis, path: Path, *, model: str, reference: str, circumstances: Circumstances | None = None
) -> None:
    """Write ``diagnosis`` as an HTML file that holds everything it shows; it appears whole or not at all.

    :raises PortsideError: when ``path`` can't be written.
    """
    page = report_page(diagnosis, model=model, reference=reference, circumstances=circumstances or Circumstances())
    with whole_file(path) as temporary:
        temporary.write_text(page, "utf-8")


def report_page(diagnosis: Diagnosis, *, model: str, reference: str, circumstances: Circumstances) -> str:
    """The page as text."""
    title = f"{Path(model).name} against {Path(reference).name}"
    state = "agrees" if diagnosis.agrees else "differs"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"Portside {__version__}"),
        element("link", rel="icon", href="data:,"),
        element("title", f"{title}: {state}"),
        element("style", Markup(_style())),
    )
    body = element("body", ramps(), element("main", *_sections(diagnosis, model, reference, circumstances)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def verdict(diagnosis: Diagnosis) -> str:
    """The outcome in a sentence or two."""
    rows = [row for row in diagnosis.comparison.layers if row.verdict != "not compared"]
    if not rows and not diagnosis.findings:
        return "Nothing could be compared: the reference holds no values of this network’s layers, or not its input."
    if diagnosis.agrees:
        largest = number(diagnosis.comparison.largest_relative_l2)
        layers = "The one compared layer agrees" if len(rows) == 1 else f"All {len(rows)} compared layers agree"
        return f"{layers} with the reference: nothing differs beyond rounding. The largest relative error is {largest}."
    found, left = len(diagnosis.findings), len(diagnosis.unexplained)
    # Layers that compute in one place are judged together, and are one wrong layer.
    wrong = len({row.value or row.layer for row in rows if row.verdict in ("culprit", "shape")})
    text = "The port differs from the reference"
    if wrong:
        verb = "is itself" if wrong == 1 else "are themselves"
        text += f": {wrong} of {counted(len(rows), 'compared layer')} {verb} wrong"
    text += (
        f". {counted(found, 'mistake')} {'was' if found == 1 else 'were'} found" if found else ". No cause was found"
    )
    text += f", and {counted(left, 'layer')} left unexplained." if left else "."
    if diagnosis.after is not None and found:
        text += f" Corrected, {_corrected(diagnosis.after)}"
    return text


def _sections(diagnosis: Diagnosis, model: str, reference: str, known: Circumstances) -> Iterator[Markup]:
    findings = diagnosis.findings
    port = name(Path(model).name)
    mark, kind, title = "▲", "culprit", element("h1", "Why ", port, " differs from the original")
    if diagnosis.agrees:
        mark, kind, title = "●", "match", element("h1", port, " agrees with the original")
    elif all(row.verdict == "not compared" for row in diagnosis.comparison.layers) and not findings:
        mark, kind, title = "·", "not-compared", element("h1", port, " could not be compared")
    stamp = element("span", mark, class_=f"mark {kind}", aria_hidden="true")
    yield element("header", title, element("p", stamp, " ", verdict(diagnosis), class_="verdict"))
    if len(findings) > 1:
        yield _contents(findings)
    yield element("section", element("h2", "What was compared"), _facts(diagnosis, model, reference, known))
    if findings:
        scale = scale_of(findings)
        cards = [_card(number, diagnosis, scale, known) for number in range(len(findings))]
        yield element("section", element("h2", "Findings, in the order of the data"), *cards)
    if diagnosis.unexplained:
        yield _unexplained(diagnosis.unexplained)
    scroll = element(
        "div", layer_table(diagnosis.comparison, diagnosis.after), class_="wide", tabindex=0, role="region"
    )
    yield element("section", element("h2", "Layers"), legend(), scroll, _foot(), class_="all-layers")


def _contents(findings: tuple[Finding, ...]) -> Markup:
    lines = [
        element("li", element("a", name(each.layer), ": ", cause_text(each.cause).title, href=f"#finding-{place + 1}"))
        for place, each in enumerate(findings)
    ]
    return element("nav", element("ol", *lines), aria_label="Findings")


def _facts(diagnosis: Diagnosis, model: str, reference: str, known: Circumstances) -> Markup:
    comparison = diagnosis.comparison
    compared = len(comparison.layers) - len(comparison.unmatched_layers)
    network = known.network
    files = (model,) if network is None or not network.source.files else network.source.files
    port = joined(*(element("span", name(file), class_="line") for file in files))
    rows: list[tuple[str, str | None]] = [
        ("Port", port),
        ("Format", None if network is None else network.source.format),
        ("Reference", name(reference)),
        *((f"Reference’s {_short(str(key))}", _short(_told(value))) for key, value in known.metadata.items()),
        ("Picture", None if known.picture is None else name(known.picture)),
        ("Layers", f"{compared} of {len(comparison.layers)} compared"),
        ("Only in the reference", _names(comparison.unmatched_reference)),
        ("Run on", known.provider),
        ("Took", f"{diagnosis.seconds:.1f} s"),
    ]
    if diagnosis.after is not None and diagnosis.findings:
        rows.append(("Corrected", _corrected(diagnosis.after)))
    if known.repaired is not None:
        rows.append(("Corrected network", name(str(known.repaired))))
    if known.second is not None:
        rows.append(("On a second reference", joined(name(known.second[0]), ": ", _corrected(known.second[1]))))
    told = [element("div", element("dt", term), element("dd", value)) for term, value in rows if value]
    return element("dl", *told, class_="facts")


def _card(place: int, diagnosis: Diagnosis, scale: Scale, known: Circumstances) -> Markup:
    finding = diagnosis.findings[place]
    words = cause_text(finding.cause)
    head = element(
        "header",
        element(
            "h3", f"{place + 1}. ", element("span", "▲", class_="mark culprit", aria_hidden="true"), " ", words.title
        ),
        element("p", "in ", name(finding.layer), " · ", element("code", finding.cause), class_="where"),
    )
    bound = element("p", f"{words.line} ", element("b", f"Here: {finding.detail}."), class_="what")
    return element(
        "article",
        head,
        bound,
        error_bar(finding, scale),
        error_key(finding),
        _doubts(finding),
        evidence_figure(finding, len(diagnosis.findings)),
        _edit(finding, diagnosis, known),
        class_="finding",
        id=f"finding-{place + 1}",
    )


def _doubts(finding: Finding) -> Markup | None:
    """Causes that explain the reference as well, and what would decide."""
    if not finding.indistinguishable and not finding.decides:
        return None
    lines: list[str] = []
    if finding.indistinguishable:
        others = [
            joined(", " if place else "", cause_text(cause).title, " (", element("code", cause), ")")
            for place, cause in enumerate(finding.indistinguishable)
        ]
        lines.append(joined(element("b", "As good on this reference: "), *others, ". "))
    if finding.decides:
        lines.append(_sentence(finding.decides))
    return element("p", *lines, class_="doubt")


def _edit(finding: Finding, diagnosis: Diagnosis, known: Circumstances) -> Markup:
    done: tuple[str, ...] = ()
    if known.network is not None and diagnosis.repaired is not None:
        done = changes(known.network, diagnosis.repaired, finding.layer)
    several = sum(other.layer == finding.layer for other in diagnosis.findings) > 1
    lead = "Changed in this layer by all its corrections: " if several else "Changed: "
    listed = None
    if done:
        shown = [element("li", text) for text in done[:MOST_NAMES]]
        if len(done) > MOST_NAMES:
            shown.append(element("li", f"and {len(done) - MOST_NAMES} more"))
        listed = joined(element("p", lead), element("ul", *shown))
    return element(
        "div", element("h4", "The correction"), listed, element("p", PROOFS[finding.edit.fitted]), class_="edit"
    )


def _unexplained(layers: Mapping[str, str]) -> Markup:
    rows = [
        element("div", element("dt", "? ", name(layer)), element("dd", _sentence(why))) for layer, why in layers.items()
    ]
    lead = element("p", "These layers are wrong, and no known mistake accounts for what they give.")
    return element("section", element("h2", "Unexplained"), lead, element("dl", *rows, class_="facts"))


def _foot() -> Markup:
    return element("footer", f"Portside {__version__}, {date.today().isoformat()}")


def _corrected(comparison: Comparison) -> str:
    """What holds of the network with all corrections."""
    rows = [row for row in comparison.layers if row.verdict != "not compared"]
    if comparison.agrees:
        largest = number(comparison.largest_relative_l2)
        return f"all {len(rows)} compared layers agree; the largest relative error is {largest}."
    left = [row for row in rows if row.verdict != "match"]
    verb = "differs" if len(left) == 1 else "differ"
    return f"{len(left)} of {counted(len(rows), 'compared layer')} still {verb}."


def _style() -> str:
    """The page's style, with the window's colours."""
    text = (data_folder("resources") / "report" / "page.css").read_text("utf-8")
    light, dark = (_colours(theme) for theme in ("light", "dark"))
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{text}"


def _colours(theme: str) -> str:
    record = json.loads((data_folder("resources") / "themes" / f"{theme}.json").read_text("utf-8"))
    return "".join(f"--{key.replace('_', '-')}:{value};" for key, value in record.items() if str(value).startswith("#"))


def _names(names: tuple[str, ...]) -> Markup | None:
    if not names:
        return None
    shown = [joined(", " if place else "", name(each)) for place, each in enumerate(names[:MOST_NAMES])]
    more = len(names) - MOST_NAMES
    return joined(*shown, f" and {more} more" if more > 0 else "")


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _short(text: str) -> str:
    return text if len(text) <= 4 * LONGEST else f"{text[: 4 * LONGEST]} …"


def _sentence(text: str) -> str:
    """With a capital at its start and a stop at its end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
