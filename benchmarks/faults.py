"""The fault bench: mistakes of every kind put into right ports, and what the diagnosis says of them.

`python -m benchmarks.faults [--networks …] [--causes …] [--singles N] [--pairs N] [--triples N] [--systematic N]
[--clean] [--all] [--seed S] [--recording caffe|all|sparse|nhwc] [--json FILE] [--list] [--case CASE]`
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.faulting.bench import Bench
from benchmarks.faulting.cases import (
    Case,
    all_singles,
    candidates,
    draw_several,
    draw_singles,
    draw_systematic,
    parse_case,
)
from benchmarks.faulting.networks import LARGEST, NAMES, WHOLE, MissingFilesError, Subject, make_subject, scratch_folder
from benchmarks.faulting.recording import RECORDINGS
from benchmarks.faulting.report import failures, table
from benchmarks.faulting.table_of_injections import ALL, CAUSES

TRIES = 12
"""How many cases are drawn for one that counts: some layers have no place for a fault, some pictures don't show it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; the exit status says whether every case came out right."""
    options = _options(arguments)
    with scratch_folder() as folder:
        cases = [parse_case(text) for text in options.case]
        networks = list(dict.fromkeys(case.network for case in cases)) or options.networks
        subjects = list(_subjects(networks, Path(folder), options.seed, options.picture))
        if options.list:
            return _list(subjects, options.causes)
        bench = Bench(
            subjects, options.recording, options.seed, Path(folder), progress=not options.quiet, minutes=options.minutes
        )
        for case in cases:
            bench.run(case)
        if not cases:
            _run_all(bench, subjects, options)
    print(failures(bench.judgements, options.seed, options.recording))
    print(table(bench.judgements, bench.passed_over))
    if options.json:
        Path(options.json).write_text(
            json.dumps(
                {
                    "seed": options.seed,
                    "recording": options.recording,
                    "cases": [each.to_json() for each in bench.judgements],
                    "passed_over": [[*key, count] for key, count in bench.passed_over.items()],
                },
                indent=1,
            )
        )
    return 0 if all(each.right for each in bench.judgements) else 1


def _run_all(bench: Bench, subjects: Sequence[Subject], options: argparse.Namespace) -> None:
    seed, causes = options.seed, options.causes
    if options.clean:
        for subject in subjects:
            bench.run(Case(subject.name, ()))
        bench.run_oracles()
    if options.all:
        every = all_singles(subjects, causes)
        bench.run_some(every, sys.maxsize)
    bench.run_some(islice(draw_singles(subjects, causes, seed), TRIES * options.singles), options.singles)
    for count, wanted in ((2, options.pairs), (3, options.triples)):
        narrow = [subject for subject in subjects if subject.name not in WHOLE] or subjects
        bench.run_some(islice(draw_several(narrow, causes, count, seed), TRIES * wanted), wanted)
    bench.run_some(islice(draw_systematic(subjects, causes, seed), TRIES * options.systematic), options.systematic)


def _subjects(names: Sequence[str], folder: Path, seed: int, picture: str) -> Iterator[Subject]:
    for name in names:
        try:
            yield make_subject(name, folder, seed=seed, picture=picture)
        except MissingFilesError as error:
            print(f"skipped: {error}", file=sys.stderr)


def _list(subjects: Sequence[Subject], causes: Sequence[str]) -> int:
    for subject in subjects:
        counts = Counter((p.injection.cause, p.injection.variant) for p in candidates(subject, causes))
        print(f"{subject.name}: {sum(counts.values())} candidates")
        for (cause, variant), count in counts.items():
            print(f"  {count:4} {cause}/{variant}")
    print(f"{len(ALL)} injections of {len(CAUSES)} causes")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", nargs="+", choices=NAMES, default=[name for name in NAMES if name not in LARGEST])
    parser.add_argument("--causes", nargs="+", choices=CAUSES, default=[])
    parser.add_argument("--singles", type=int, default=0, help="how many cases with one fault")
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--triples", type=int, default=0)
    parser.add_argument("--systematic", type=int, default=0, help="one fault in every layer that has a place for it")
    parser.add_argument("--clean", action="store_true", help="right ports: the same networks, and every oracle")
    parser.add_argument("--all", action="store_true", help="every injection in every layer of every network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", default="cat", help="cat or elephant; drawn where there is none of that name")
    parser.add_argument("--recording", choices=RECORDINGS, default="caffe")
    parser.add_argument("--json", help="write every case to this file")
    parser.add_argument("--list", action="store_true", help="only count what could be injected")
    parser.add_argument("--case", action="append", default=[], help="one case by its name, as failures print it")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="draw no more cases after so long")
    parser.add_argument("--quiet", action="store_true", help="no line for each case")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
