"""How well the network does: ``python -m models.drawings.judge``, on what is shipped, run by Portside.

On fresh drawings, whose seed no training has seen, and on the icons that were drawn in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.network.preprocessing import Preprocessing
from models.drawings.classes import KINDS, LABELS
from models.drawings.other_way import icons
from models.drawings.pools import draw_pool

FRESH_SEED, FRESH = 77_001, 2_800

PREPROCESSING = Preprocessing("drawings", fit="shorter", shorter_side=256, order="BGR", mean=(104.0, 117.0, 123.0))

Beliefs = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""N×3×224×224 → N×classes: what a network makes of pictures that are prepared."""

AT_ONCE = 32


def judge(beliefs: Beliefs, log: Callable[[str], None]) -> None:
    """Say the top-1 on both sets, the classes that do worst, and what is taken for what."""
    pictures, numbers = draw_pool(FRESH_SEED, FRESH)
    _report("fresh drawings", beliefs, list(pictures), [LABELS[number] for number in numbers], log)
    drawn, names = icons()
    _report("icons drawn in another way", beliefs, list(drawn), names, log)


def _report(
    what: str,
    beliefs: Beliefs,
    pictures: Sequence[NDArray[np.uint8]],
    wanted: Sequence[str],
    log: Callable[[str], None],
) -> None:
    found: list[str] = []
    for start in range(0, len(pictures), AT_ONCE):
        tensors = [PREPROCESSING.apply(picture, (224, 224)) for picture in pictures[start : start + AT_ONCE]]
        found += [LABELS[best] for best in beliefs(np.concatenate(tensors)).argmax(1)]
    right = np.array(found) == np.array(wanted)
    log(f"{what}: top-1 {right.mean():.4f} of {len(right)}")
    of_class = {kind.name: right[np.array(wanted) == kind.name].mean() for kind in KINDS}
    worst = sorted(of_class, key=lambda name: of_class[name])[:6]
    log("    least " + ", ".join(f"{name} {of_class[name]:.2f}" for name in worst))
    wrong = [f"{want} as {got}" for want, got in zip(wanted, found, strict=True) if want != got]
    common = sorted(set(wrong), key=lambda text: (-wrong.count(text), text))[:8]
    log("    mistakes " + (", ".join(f"{text} {wrong.count(text)}×" for text in common) or "none"))


def main() -> None:
    """Judge the ONNX port."""
    from explorer import drawings
    from explorer.importers import open_network
    from explorer.running.runner import Runner

    runner = Runner(open_network(drawings.onnx_port()), "cpu")
    judge(lambda data: runner.run({"data": data}, values=["prob"])["prob"], print)


if __name__ == "__main__":
    main()
