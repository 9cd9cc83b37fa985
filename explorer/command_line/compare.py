"""A network, or what one gave, against what the original computed, layer by layer."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.command_line.golden import check_ending, saved_picture, write_comparison
from explorer.command_line.options import (
    add_common,
    add_model,
    add_running,
    check_outputs,
    chosen_preprocessing,
    make_runner,
    note,
    number,
    open_model,
    shown_progress,
    sizes,
    table,
    write_json,
)
from explorer.errors import PortsideError
from explorer.importers import recognise
from explorer.running.provider_table import PROVIDER_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.comparison.comparison import Comparison
    from explorer.comparison.tf32 import Tf32Layer
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner

TF32_SIDES = (
    (
        "reference",
        "with what is multiplied rounded to 10 bits in our evaluation too",
        "an NVIDIA GPU computed the reference so, as it does unless told otherwise",
    ),
    ("model", "run again without it", "leave out --tf32"),
)
"""Which side rounded, what was done to prove it, and what the person may do."""

SAVED_RUN = ".npz"
"""As MODEL: no network but what one gave, as `portside run --capture` writes it."""

MARKS = {"match": "●", "inherited": "○", "culprit": "▲", "shape": "■", "not compared": "·"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL REFERENCE."""
    add_model(parser)
    add_reference(parser)
    parser.add_argument(
        "--golden",
        metavar="OUT.portside",
        help="write network, picture, REFERENCE's values, pairing and floors as one file",
    )
    add_running(parser)
    add_common(parser)


def add_reference(parser: argparse.ArgumentParser) -> None:
    """REFERENCE, and the picture that it was made from."""
    parser.add_argument(
        "reference",
        metavar="REFERENCE",
        help="the original's values (.npz, HDF5, .npy folder), a golden run (.portside), or another network",
    )
    parser.add_argument(
        "picture",
        metavar="PICTURE",
        nargs="?",
        help="the picture that it was made from: how it is prepared is compared too",
    )
    parser.add_argument("--picture", dest="picture_option", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--preprocess", metavar="NAME|FILE", help="a preset, or a JSON file that describes the steps")
    parser.add_argument(
        "--against",
        metavar="PROVIDER",
        choices=PROVIDER_NAMES,
        help="where REFERENCE runs, when it is a network (default: as --provider)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare; 0 when all that was compared agrees, 1 when something differs."""
    check_outputs(arguments.json, arguments.golden)
    check_ending(arguments.golden)
    if Path(arguments.model).suffix.lower() == SAVED_RUN:
        return _run_saved(arguments)
    from explorer.comparison.compare import compare
    from explorer.comparison.tf32 import find_tf32
    from explorer.running.runner import feed_picture

    found = comparable(arguments)
    runner, reference, picture = found.runner, found.reference, found.picture
    given = None if picture is None else feed_picture(runner.network, picture.pixels, found.preprocessing)
    with shown_progress(arguments, "comparing") as progress:
        comparison, _ = compare(runner, reference, given=given, progress=progress)
    rounded = find_tf32(runner, reference, comparison)
    if arguments.golden:
        write_comparison(arguments, runner, reference, comparison, picture, found.preprocessing, given)
    if arguments.json:
        write_json(document(comparison, arguments.model, arguments.reference, rounded), arguments.json)
    if not arguments.quiet and arguments.json != "-":
        print("\n".join([shown(comparison), *tf32_sentences(comparison, rounded)]))
    return 0 if comparison.agrees else 1


def _run_saved(arguments: argparse.Namespace) -> int:
    """Compare two saved runs."""
    from explorer.comparison.saved_runs import compare_saved
    from explorer.running.reference import open_reference

    wanting = ("picture", "picture_option", "preprocess", "against", "weights", "architecture", "golden")
    given = [name for name in wanting if getattr(arguments, name)]
    if given:
        reason = f"values that were saved can't be computed again: --{given[0].partition('_')[0]} wants a network"
        raise PortsideError(reason, file=arguments.model)
    comparison = compare_saved(open_reference(arguments.model), open_reference(arguments.reference))
    if arguments.json:
        write_json(document(comparison, arguments.model, arguments.reference), arguments.json)
    if not arguments.quiet and arguments.json != "-":
        print(shown_saved(comparison))
    return 0 if comparison.agrees else 1


@dataclass(frozen=True, eq=False)
class Comparable:
    """MODEL, ready to run, what it is compared with, the picture of that, and how it is prepared (None: as MODEL says).

    The picture is PICTURE, or the one of a golden run.
    """

    runner: Runner
    reference: Reference
    picture: Picture | None
    preprocessing: Preprocessing | None


def comparable(arguments: argparse.Namespace) -> Comparable:
    """What the arguments name, opened."""
    from explorer.running.images import read_picture

    arguments.picture = arguments.picture or arguments.picture_option
    network = _fitting(arguments, open_model(arguments))
    runner = make_runner(network, arguments)
    reference = _reference(arguments, runner)
    preprocessing = chosen_preprocessing(arguments, network)
    if arguments.picture is not None:
        return Comparable(runner, reference, read_picture(arguments.picture), preprocessing)
    if reference.golden is None:
        return Comparable(runner, reference, None, preprocessing)
    picture, recorded = saved_picture(reference.golden, network)
    return Comparable(runner, reference, picture, preprocessing or recorded)


def document(comparison: Comparison, model: str, reference: str, rounded: Sequence[Tf32Layer] = ()) -> dict[str, Any]:
    """The contract's ``compare`` document, with the layers that TF32 explains under ``causes``."""
    return {
        "model": model,
        "reference": reference,
        "agrees": comparison.agrees,
        "first_divergence": comparison.first_divergence,
        "layers": [
            {
                "name": row.layer,
                "type": row.type,
                "reference_key": row.reference_key,
                "shape": row.shape,
                "reference_shape": row.reference_shape,
                "cumulative": row.cumulative and asdict(row.cumulative),
                "isolated": row.isolated and asdict(row.isolated),
                "isolated_floor": row.isolated_floor,
                "noise_floor": row.noise_floor,
                "verdict": row.verdict,
            }
            for row in comparison.layers
        ],
        "unmatched_layers": comparison.unmatched_layers,
        "unmatched_reference": comparison.unmatched_reference,
        "causes": [
            {
                "layer": layer.layer,
                "cause": "tf32",
                "side": layer.side,
                "residual_before": layer.before,
                "residual_after": layer.after,
                "noise_floor": layer.floor,
            }
            for layer in rounded
        ],
    }


def shown(comparison: Comparison) -> str:
    """The comparison as a table, and its verdict in a sentence."""
    headers = ["", "layer", "type", "shape", "isolated", "floor", "cumulative", "floor", "verdict"]
    rows = []
    for row in comparison.layers:
        shape = sizes(row.shape)
        if row.verdict == "shape":
            shape += f" ≠ {sizes(row.reference_shape)}"
        rows.append(
            [
                MARKS[row.verdict],
                row.layer,
                row.type,
                shape,
                number(None if row.isolated is None else row.isolated.relative_l2),
                number(row.isolated_floor),
                number(None if row.cumulative is None else row.cumulative.relative_l2),
                number(row.noise_floor),
                row.verdict,
            ]
        )
    return f"{table(headers, rows, {4, 5, 6, 7})}\n\n{summary(comparison)}"


def shown_saved(comparison: Comparison) -> str:
    """Two saved runs as a table, what is in one of them only, and the verdict in a sentence."""
    rows = []
    for row in comparison.layers:
        shape = sizes(row.shape) + (f" ≠ {sizes(row.reference_shape)}" if row.verdict == "shape" else "")
        error = number(None if row.cumulative is None else row.cumulative.relative_l2)
        rows.append([MARKS[row.verdict], row.layer, shape, error, number(row.noise_floor), row.verdict])
    text = table(["", "array", "shape", "error", "floor", "verdict"], rows, {3, 4})
    compared = [row for row in comparison.layers if row.verdict != "not compared"]
    differing = [row for row in compared if row.verdict != "match"]
    if not compared:
        verdict = "nothing could be compared: no array has the same name in both"
    elif differing:
        verdict = f"{len(differing)} of {len(compared)} arrays differ; the first is {comparison.first_divergence}"
    else:
        verdict = (
            f"all {len(compared)} arrays agree; the largest relative error is {comparison.largest_relative_l2:.1e}"
        )
    missing = [row.layer for row in comparison.layers if row.verdict == "not compared"]
    alone = ((comparison.model, missing), (comparison.reference, comparison.unmatched_reference))
    notes = [f"only in {file}: {', '.join(names)}" for file, names in alone if names]
    return "\n".join([text, "", *notes, verdict])


def summary(comparison: Comparison) -> str:
    """The comparison's verdict in a sentence."""
    compared = [row for row in comparison.layers if row.verdict != "not compared"]
    if not compared:
        return "nothing could be compared: the reference holds no array of this network's layers, or not its input"
    if comparison.agrees:
        whole = [row.cumulative.relative_l2 for row in compared if row.cumulative]
        alone = [row.isolated.relative_l2 for row in compared if row.isolated]
        if whole:
            return f"all {len(compared)} compared layers agree; the largest relative error is {max(whole):.1e}"
        return (
            f"all {len(compared)} compared layers agree, each by itself (largest relative error {max(alone):.1e}); "
            "the whole network was not run, as the reference doesn't hold its input"
        )
    wrong = [row for row in compared if row.verdict in ("culprit", "shape")]
    return f"{len(wrong)} of {len(compared)} compared layers are wrong; the first is {comparison.first_divergence}"


def tf32_sentences(comparison: Comparison, rounded: Sequence[Tf32Layer]) -> list[str]:
    """What TF32 explains, with the number that proves it: a sentence for the reference and one for the model."""
    wrong = sum(row.verdict in ("culprit", "shape") for row in comparison.layers)
    sentences = []
    for side, proof, advice in TF32_SIDES:
        layers = [layer for layer in rounded if layer.side == side]
        if layers:
            worst = max(layers, key=lambda layer: layer.before)
            count = f"{len(layers)} of the {wrong} wrong layers" if wrong > 1 else "the wrong layer"
            sentences.append(
                f"TF32 explains {count}: {proof}, the error of {worst.layer} falls from "
                f"{number(worst.before)} to {number(worst.after)}; {advice}"
            )
    return sentences


def _fitting(arguments: argparse.Namespace, network: Network) -> Network:
    """The network for pictures of the size that REFERENCE was recorded with, where its file leaves that open."""
    from explorer.comparison.picture_size import recorded_size
    from explorer.running.reference import open_reference

    if not network.source.open_size or recognise(arguments.reference) is not None:
        return network
    size = recorded_size(network, open_reference(arguments.reference))
    if size is None:
        return network
    note(arguments, f"the reference was fed with pictures of {size[0]}×{size[1]}, so that size is taken")
    return open_model(argparse.Namespace(**{**vars(arguments), "size": size, "quiet": True}))


def _reference(arguments: argparse.Namespace, runner: Runner) -> Reference:
    """The saved outputs that REFERENCE names, or those that the network it names computes now."""
    from explorer.comparison.second_network import reference_from_network
    from explorer.importers import open_network
    from explorer.running.reference import open_reference

    if recognise(arguments.reference) is None:
        if arguments.against is not None:
            reason = "--against says where a second network runs, and these are saved values"
            raise PortsideError(reason, file=arguments.reference)
        return open_reference(arguments.reference)
    same = arguments.reference == arguments.model
    network = runner.network if same else open_network(arguments.reference)
    other = make_runner(network, arguments, arguments.against)
    return reference_from_network(runner.network, other, arguments.picture)
