"""The bench's tables: per cause, per kind of case, and every failure with how to see it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.faulting.scoring import Judgement

KINDS = ("singles", "pairs", "triples", "systematic", "clean")

COLUMNS = (
    *("cause", "cases", "layer right", "cause right", "tied", "repaired", "false alarms", "unexplained"),
    *("s, mean", "s, most", "no effect", "not recorded"),
)


def table(judgements: Sequence[Judgement], passed_over: Counter[tuple[str, str]]) -> str:
    """Causes of the single faults, then all kinds of cases, as Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    singles = [each for each in judgements if each.kind == "singles"]
    causes = sorted(
        {cause for each in singles for cause in each.causes} | {cause for cause, _ in passed_over if "*" not in cause}
    )
    for cause in causes:
        mine = [each for each in singles if cause in each.causes]
        lines.append(_row(cause, mine, passed_over[cause, "no effect"], passed_over[cause, "not recorded"]))
    for kind in KINDS:
        mine = [each for each in judgements if each.kind == kind]
        if mine:
            gone = [
                sum(
                    count
                    for (cause, why), count in passed_over.items()
                    if why == reason and (cause == f"*{kind}" or (kind == "singles" and "*" not in cause))
                )
                for reason in ("no effect", "not recorded")
            ]
            lines.append(_row(f"**{kind}**", mine, *gone))
    return "\n".join(lines)


def _row(name: str, mine: Sequence[Judgement], no_effect: int, not_recorded: int) -> str:
    count = len(mine)
    share = [
        _share(sum(getattr(each, part) for each in mine), count) for part in ("layer", "cause", "tied", "repaired")
    ]
    seconds = [each.seconds for each in mine] or [0.0]
    cells = [
        name,
        str(count),
        *share,
        str(sum(each.false_alarms for each in mine)),
        str(sum(each.unexplained for each in mine)),
        f"{sum(seconds) / len(seconds):.1f}",
        f"{max(seconds):.1f}",
        str(no_effect),
        str(not_recorded),
    ]
    return f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def failure(judgement: Judgement, seed: int, recording: str) -> str:
    """What went wrong in a case, and the command that shows it again."""
    wrong = [name for name in ("layer", "cause", "repaired") if not getattr(judgement, name)]
    worst = "" if judgement.worst is None or judgement.repaired else f" (worst {judgement.worst:.3g} floors)"
    lines = [f"✗ {', '.join(wrong) or 'error'}{worst}: {judgement.case}"]
    lines += [f"    done: {text}" for text in judgement.truth[:4]]
    lines += [f"    said: {text}" for text in (judgement.said[:6] or ["nothing"])]
    if judgement.error:
        lines.append(f"    raised: {judgement.error}")
    lines.append(
        f"    again: python -m benchmarks.faults --seed {seed} --recording {recording} --case {judgement.case!r}"
    )
    return "\n".join(lines)


def failures(judgements: Iterable[Judgement], seed: int, recording: str) -> str:
    """Every case that is not right in all parts."""
    return "\n".join(failure(each, seed, recording) for each in judgements if not each.right)
