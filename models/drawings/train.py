"""Train the network: ``python -m models.drawings.train FOLDER``, about an hour on two cores.

First on small pictures, of which there can be many; then on those of the size that the network takes, with the heads
on the side. Writes ``FOLDER/drawings.pt`` (weights with the normalisations folded in) and a line of log for each epoch.
The drawings and what each stage ended with stay in FOLDER too, so that a run that was broken off goes on from there.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from models.drawings.classes import KINDS
from models.drawings.judge import judge
from models.drawings.network import MEAN, GoogLeNet
from models.drawings.pools import draw_pool

SEED = 2026


@dataclass(frozen=True)
class Stage:
    """One part of the training."""

    side: int
    """Of the drawings; seven eighths of that are cut out."""
    pictures: int
    epochs: int
    batch: int
    rate: float
    heads: bool
    seed: int


STAGES = (
    Stage(128, 56_000, 4, 128, 3e-3, False, 1),
    Stage(256, 14_000, 3, 64, 1.2e-3, True, 2),
)


def tensor_of(pictures: NDArray[np.uint8]) -> Tensor:
    """N×H×W×3 RGB → N×3×H×W, BGR minus the mean."""
    values = pictures[..., ::-1].astype(np.float32) - np.array(MEAN, np.float32)
    return torch.from_numpy(values).permute(0, 3, 1, 2)


def middle(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What preprocessing cuts out of N×256×256×3: N×224×224×3."""
    edge = pictures.shape[1] // 16
    return pictures[:, edge:-edge, edge:-edge]


def augmented(rng: np.random.Generator, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut out seven eighths anywhere, mirror half of them, and change the colours of some."""
    count, side = pictures.shape[:2]
    cut = side * 7 // 8
    result = np.empty((count, cut, cut, 3), np.uint8)
    for k, (y, x) in enumerate(rng.integers(0, side - cut + 1, (count, 2))):
        piece = pictures[k, y : y + cut, x : x + cut]
        result[k] = piece[:, ::-1] if rng.random() < 0.5 else piece
        change = rng.random()
        if change < 0.08:
            result[k] = 255 - result[k]
        elif change < 0.16:
            result[k] = result[k][..., rng.permutation(3)]
        elif change < 0.24:
            tone = np.arange(256)[:, None] * rng.uniform(0.65, 1.1, 3) + rng.uniform(-15, 40, 3)
            table = tone.clip(0, 255).astype(np.uint8)
            result[k] = np.stack([table[result[k][..., c], c] for c in range(3)], -1)
    return result


def batches(rng: np.random.Generator, count: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Indices in another order, in full batches."""
    order = rng.permutation(count)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]


def kept_pool(folder: Path, stage: Stage, log: Callable[[str], None]) -> NDArray[np.uint8]:
    """The drawings of a stage, from ``folder`` where an earlier run left them."""
    path = folder / f"pool-{stage.seed}.npy"
    if not path.exists():
        began = time.monotonic()
        np.save(path, draw_pool(SEED + stage.seed, stage.pictures, stage.side)[0])
        log(f"{stage.pictures} drawings of {stage.side} pixels in {time.monotonic() - began:.0f} s")
    pictures: NDArray[np.uint8] = np.load(path)
    return pictures


def train(
    network: GoogLeNet,
    stage: Stage,
    pictures: NDArray[np.uint8],
    log: Callable[[str], None],
    after: Callable[[str], None],
) -> None:
    """Run one stage; ``after`` is called after each epoch."""
    torch.manual_seed(SEED + stage.seed)
    labels = np.arange(stage.pictures) % len(KINDS)
    rng = np.random.default_rng([SEED, stage.seed])
    steps = stage.epochs * (stage.pictures // stage.batch)
    shaped = [p for name, p in network.named_parameters() if p.ndim > 1]
    flat = [p for name, p in network.named_parameters() if p.ndim == 1]
    groups = [{"params": shaped, "weight_decay": 0.02}, {"params": flat, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=stage.rate)
    step = 0
    for epoch in range(stage.epochs):
        network.train()
        began, losses, right = time.monotonic(), [], []
        for chosen in batches(rng, stage.pictures, stage.batch):
            x = tensor_of(augmented(rng, pictures[chosen])).contiguous(memory_format=torch.channels_last)
            wanted = torch.from_numpy(labels[chosen])
            warm = min(1.0, (step + 1) / 200)
            for group in optimiser.param_groups:
                group["lr"] = stage.rate * warm * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-6
            trunk, sides = network.features(x)
            logits = network.classify(trunk)
            loss = cross_entropy(logits, wanted, label_smoothing=0.05)
            if stage.heads:
                # The heads learn from the trunk's maps and leave them alone: they come late.
                for head, maps in sides.items():
                    loss = loss + cross_entropy(network.side(head, maps.detach()), wanted, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
            losses.append(float(loss.detach()))
            right.append(float((logits.detach().argmax(1) == wanted).float().mean()))
            if step % 50 == 0:
                log(f"  step {step}/{steps} loss {np.mean(losses[-50:]):.3f} right {np.mean(right[-50:]):.3f}")
        seconds = time.monotonic() - began
        log(f"epoch {epoch + 1}: loss {np.mean(losses):.4f} right {np.mean(right):.4f} {seconds:.0f} s")
        after(f"{stage.seed}-{epoch + 1}")


def beliefs_of(network: GoogLeNet, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """What the three classifiers believe of N×256×256×3, each N×classes."""
    network.eval()
    pieces = (pictures[start : start + 32] for start in range(0, len(pictures), 32))
    with torch.inference_mode():
        found: list[tuple[Tensor, ...]] = [network(tensor_of(middle(piece)).contiguous()) for piece in pieces]
    return tuple(torch.cat(each).numpy() for each in zip(*found, strict=True))


def main() -> None:
    """Train, fold, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(SEED)
    began = time.monotonic()
    journal = (folder / "train.log").open("a", encoding="utf-8")

    def log(text: str) -> None:
        print(f"{time.monotonic() - began:7.0f} s  {text}", file=journal, flush=True)

    network = GoogLeNet(len(KINDS), normalised=True).to(memory_format=torch.channels_last)
    log(f"PyTorch {torch.__version__}, {sum(p.numel() for p in network.parameters())} parameters")
    some, some_labels = draw_pool(SEED + 9, 560)

    def after(name: str) -> None:
        torch.save(network.folded().state_dict(), folder / "drawings.pt")
        torch.save(network.state_dict(), folder / f"normalised-{name}.pt")
        figures = [f"{np.mean(beliefs.argmax(1) == some_labels):.4f}" for beliefs in beliefs_of(network, some)]
        log(f"after {name}: top-1 of the three classifiers on 560 other drawings {', '.join(figures)}")

    for stage in STAGES:
        ended = folder / f"normalised-{stage.seed}-{stage.epochs}.pt"
        if ended.exists():
            network.load_state_dict(torch.load(ended, weights_only=True))
            log(f"goes on from {ended.name}")
        else:
            train(network, stage, kept_pool(folder, stage, log), log, after)
    plain = network.folded()
    torch.save(plain.state_dict(), folder / "drawings.pt")
    with torch.inference_mode():
        judge(lambda data: plain(torch.from_numpy(data))[0].numpy(), log)
    log("done")


if __name__ == "__main__":
    main()
