"""Why a network differs from the original, and the network put right."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.command_line.compare import add_reference, comparable, summary
from explorer.command_line.options import (
    add_common,
    add_model,
    add_running,
    check_outputs,
    number,
    shown_progress,
    write_json,
)

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.diagnosis.finding import Diagnosis, Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL REFERENCE."""
    add_model(parser)
    add_reference(parser)
    parser.add_argument("--repair", metavar="OUT.onnx", type=Path, help="write the corrected network")
    parser.add_argument("--report", metavar="OUT.html", type=Path, help="write a report to read or to print")
    parser.add_argument(
        "--second", metavar="REFERENCE", help="another reference, of another picture, that the correction is checked on"
    )
    add_running(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose; 0 when the two agree, 1 when they differ."""
    from explorer.diagnosis.diagnose import diagnose, validated
    from explorer.diagnosis.report import Circumstances, write_report
    from explorer.network.saving import save_network
    from explorer.running.reference import open_reference

    check_outputs(arguments.json, arguments.repair, arguments.report)
    other = None if arguments.second is None else open_reference(arguments.second)
    found = comparable(arguments)
    runner, reference, recipe = found.runner, found.reference, found.preprocessing
    pixels = None if found.picture is None else found.picture.pixels
    with shown_progress(arguments, "diagnosing") as progress:
        diagnosis = diagnose(runner, reference, picture=pixels, preprocessing=recipe, progress=progress)
    corrected = diagnosis.repaired or runner.network
    second = None if other is None else (str(arguments.second), validated(corrected, other, runner))
    if arguments.repair is not None:
        save_network(corrected, arguments.repair)
    if arguments.report is not None:
        circumstances = Circumstances(
            runner.network, runner.provider.name, arguments.picture, reference.metadata, arguments.repair, second
        )
        write_report(
            diagnosis,
            arguments.report,
            model=arguments.model,
            reference=arguments.reference,
            circumstances=circumstances,
        )
    if arguments.json:
        write_json(document(diagnosis, arguments.repair, second), arguments.json)
    if not arguments.quiet and arguments.json != "-":
        print(shown(diagnosis, arguments.repair))
        if second is not None:
            corrections = ", corrected" if diagnosis.repaired is not None else ""
            print(f"on {second[0]}{corrections}: {summary(second[1])}")
    return 0 if diagnosis.agrees else 1


def document(diagnosis: Diagnosis, repair: Path | None, second: tuple[str, Comparison] | None = None) -> dict[str, Any]:
    """The contract's ``diagnose`` document; with a ``second`` reference what holds on that."""
    after = diagnosis.after or diagnosis.comparison
    found: dict[str, Any] = {
        "agrees": diagnosis.agrees,
        "findings": [
            {
                "layer": finding.layer,
                "cause": finding.cause,
                "detail": finding.detail,
                "residual_before": finding.residual_before,
                "residual_after": finding.residual_after,
                "noise_floor": finding.noise_floor,
                "runner_up": finding.runner_up
                and {"cause": finding.runner_up.cause, "residual": finding.runner_up.residual},
                "indistinguishable": list(finding.indistinguishable),
                "decides": finding.decides,
            }
            for finding in diagnosis.findings
        ],
        "unexplained": list(diagnosis.unexplained),
        "repaired": repair
        and {"path": str(repair), "agrees": after.agrees, "max_relative_l2": after.largest_relative_l2},
        "seconds": diagnosis.seconds,
    }
    if second is not None:
        path, comparison = second
        found["second"] = {
            "path": path,
            "agrees": comparison.agrees,
            "max_relative_l2": comparison.largest_relative_l2,
        }
    return found


def shown(diagnosis: Diagnosis, repair: Path | None) -> str:
    """The diagnosis in sentences, the findings in the order of the data."""
    lines = [summary(diagnosis.comparison)]
    for finding in diagnosis.findings:
        lines += ["", *_finding(finding)]
    for layer, reason in diagnosis.unexplained.items():
        lines += ["", f"? {layer}: unexplained: {reason}"]
    if diagnosis.after is not None:
        where = f" (written to {repair})" if repair is not None else ""
        lines += ["", f"corrected{where}: {summary(diagnosis.after)}"]
    return "\n".join(lines)


def _finding(finding: Finding) -> list[str]:
    before, after = number(finding.residual_before), number(finding.residual_after)
    lines = [
        f"▲ {finding.layer}: {finding.cause}",
        f"    {finding.detail}",
        f"    error {before} → {after}, rounding alone makes {number(finding.noise_floor)}",
    ]
    if finding.runner_up is not None:
        lines.append(f"    next best: {finding.runner_up.cause}, which leaves {number(finding.runner_up.residual)}")
    if finding.indistinguishable:
        lines.append(f"    as good here: {', '.join(finding.indistinguishable)}")
    if finding.decides:
        lines.append(f"    {finding.decides}")
    return lines
