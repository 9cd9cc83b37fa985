"""GoogLeNet as Caffe's own (BVLC), in PyTorch, a quarter as wide.

For pictures of N×3×224×224: BGR, 0–255, minus the mean. Every part has the name of the layer that it is in Caffe, and
gives what Caffe's blob of that name holds: after the ReLU, which computes in place there.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from models.drawings.carrying import POOLED_AFTER, SIDE_HEADS

WIDTH = 0.25
MEAN = (104.0, 117.0, 123.0)
"""Of blue, green and red."""

# The paper's table 1: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection.
INCEPTIONS = {
    "inception_3a": (64, 96, 128, 16, 32, 32),
    "inception_3b": (128, 128, 192, 32, 96, 64),
    "inception_4a": (192, 96, 208, 16, 48, 64),
    "inception_4b": (160, 112, 224, 24, 64, 64),
    "inception_4c": (128, 128, 256, 24, 64, 64),
    "inception_4d": (112, 144, 288, 32, 64, 64),
    "inception_4e": (256, 160, 320, 32, 128, 128),
    "inception_5a": (256, 160, 320, 32, 128, 128),
    "inception_5b": (384, 192, 384, 48, 128, 128),
}
LOUD = 60.0
"""What the normalisation before an LRN multiplies by when training begins: α = 1e-4 means the scale of pictures."""


class Unit(nn.Conv2d):
    """A convolution and its ReLU; while it is trained, normalised in between."""

    def __init__(self, taken: int, given: int, kernel: int, stride: int, normalised: bool, loud: bool = False) -> None:
        super().__init__(taken, given, kernel, stride, kernel // 2, bias=not normalised)
        self.norm = nn.BatchNorm2d(given) if normalised else None
        if self.norm is not None and loud:
            nn.init.constant_(self.norm.weight, LOUD)

    def forward(self, x: Tensor) -> Tensor:
        """N×C×H×W → N×C'×H'×W', nothing below zero."""
        x = super().forward(x)
        return torch.relu(x if self.norm is None else self.norm(x))


class Dense(nn.Linear):
    """A matrix and a bias on flattened maps, with a ReLU or without."""

    def __init__(self, taken: int, given: int, relu: bool) -> None:
        super().__init__(taken, given)
        self.bent = relu

    def forward(self, x: Tensor) -> Tensor:
        """N×… → N×given; maps are flattened channel by channel."""
        x = super().forward(torch.flatten(x, 1))
        return torch.relu(x) if self.bent else x


class Join(nn.Module):
    """Branches one after the other along the channels."""

    def forward(self, *branches: Tensor) -> Tensor:
        """N×Cᵢ×H×W, i = 1… → N×ΣCᵢ×H×W."""
        return torch.cat(branches, 1)


class Lrn(nn.LocalResponseNorm):
    """Local response normalisation across channels; while it is trained, by cheaper arithmetic."""

    def forward(self, x: Tensor) -> Tensor:
        """X ÷ (1 + α/5 · Σ x²)^¾ over five neighbouring channels."""
        if not self.training:
            return super().forward(x)
        channel = torch.arange(x.shape[1])
        near = ((channel[:, None] - channel[None]).abs() <= self.size // 2).to(x.dtype)
        divided = self.k + self.alpha / self.size * conv2d(x * x, near[:, :, None, None])
        return x * torch.rsqrt(divided) * torch.rsqrt(torch.sqrt(divided))


class GoogLeNet(nn.Module):
    """Three classifiers on one trunk; ``forward`` gives what each believes, the last one's first."""

    def __init__(self, classes: int, *, normalised: bool = False, width: float = WIDTH) -> None:
        """With ``normalised`` each convolution has a batch normalisation, to be folded away by ``folded``."""
        super().__init__()
        self.classes, self.normalised, self.width = classes, normalised, width

        def channels(full: int) -> int:
            return max(1, round(full * width))

        def unit(name: str, taken: int, full: int, kernel: int = 1, stride: int = 1, loud: bool = False) -> int:
            self.add_module(name, Unit(taken, channels(full), kernel, stride, normalised, loud))
            return channels(full)

        x = unit("conv1/7x7_s2", 3, 64, 7, 2, loud=True)
        self.add_module("pool1/3x3_s2", nn.MaxPool2d(3, 2, ceil_mode=True))
        self.add_module("pool1/norm1", Lrn(5, 1e-4, 0.75, 1.0))
        x = unit("conv2/3x3_reduce", x, 64)
        x = unit("conv2/3x3", x, 192, 3, loud=True)
        self.add_module("conv2/norm2", Lrn(5, 1e-4, 0.75, 1.0))
        self.add_module("pool2/3x3_s2", nn.MaxPool2d(3, 2, ceil_mode=True))
        for at, (one, three_reduce, three, five_reduce, five, pool) in INCEPTIONS.items():
            ends = [unit(f"{at}/1x1", x, one)]
            ends.append(unit(f"{at}/3x3", unit(f"{at}/3x3_reduce", x, three_reduce), three, 3))
            ends.append(unit(f"{at}/5x5", unit(f"{at}/5x5_reduce", x, five_reduce), five, 5))
            self.add_module(f"{at}/pool", nn.MaxPool2d(3, 1, 1))
            ends.append(unit(f"{at}/pool_proj", x, pool))
            self.add_module(f"{at}/output", Join())
            x = sum(ends)
            if at in SIDE_HEADS:
                head = SIDE_HEADS[at]
                self.add_module(f"{head}/ave_pool", nn.AvgPool2d(5, 3, ceil_mode=True))
                maps = unit(f"{head}/conv", x, 128)
                self.add_module(f"{head}/fc", Dense(maps * 16, channels(1024), relu=True))
                self.add_module(f"{head}/drop_fc", nn.Dropout(0.7))
                self.add_module(f"{head}/classifier", Dense(channels(1024), classes, relu=False))
                self.add_module(f"{head}/prob", nn.Softmax(1))
            if at in POOLED_AFTER:
                self.add_module(POOLED_AFTER[at], nn.MaxPool2d(3, 2, ceil_mode=True))
        self.add_module("pool5/7x7_s1", nn.AvgPool2d(7, 1))
        self.add_module("pool5/drop_7x7_s1", nn.Dropout(0.4))
        self.add_module("loss3/classifier", Dense(x, classes, relu=False))
        self.add_module("prob", nn.Softmax(1))

    def part(self, name: str, *x: Tensor) -> Tensor:
        """Run the part of this name."""
        result: Tensor = self._modules[name](*x)
        return result

    def forward(self, data: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """N×3×224×224 → three times N×classes, probabilities: the last classifier's, the first's and the second's."""
        trunk, sides = self.features(data)
        first, second = (self.part(f"{head}/prob", self.side(head, maps)) for head, maps in sides.items())
        return self.part("prob", self.classify(trunk)), first, second

    def features(self, data: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The trunk's last maps, and what each head on the side takes. Any size that is not too small."""
        x = self.part("pool1/norm1", self.part("pool1/3x3_s2", self.part("conv1/7x7_s2", data)))
        x = self.part("conv2/norm2", self.part("conv2/3x3", self.part("conv2/3x3_reduce", x)))
        x = self.part("pool2/3x3_s2", x)
        sides = {}
        for at in INCEPTIONS:
            branches = [self.part(f"{at}/1x1", x)]
            branches.append(self.part(f"{at}/3x3", self.part(f"{at}/3x3_reduce", x)))
            branches.append(self.part(f"{at}/5x5", self.part(f"{at}/5x5_reduce", x)))
            branches.append(self.part(f"{at}/pool_proj", self.part(f"{at}/pool", x)))
            x = self.part(f"{at}/output", *branches)
            if at in SIDE_HEADS:
                sides[SIDE_HEADS[at]] = x
            if at in POOLED_AFTER:
                x = self.part(POOLED_AFTER[at], x)
        return x, sides

    def side(self, head: str, maps: Tensor) -> Tensor:
        """The logits of a head on the side."""
        x = self.part(f"{head}/conv", self.part(f"{head}/ave_pool", maps))
        return self.part(f"{head}/classifier", self.part(f"{head}/drop_fc", self.part(f"{head}/fc", x)))

    def classify(self, trunk: Tensor) -> Tensor:
        """The logits of the trunk's own maps, of whatever size they are."""
        x = self.part("pool5/7x7_s1", trunk) if trunk.shape[-1] == 7 else trunk.mean((2, 3), keepdim=True)
        return self.part("loss3/classifier", self.part("pool5/drop_7x7_s1", x))

    def units(self) -> Iterator[tuple[str, Unit]]:
        """Every convolution by its name."""
        for name, module in self.named_children():
            if isinstance(module, Unit):
                yield name, module

    def folded(self) -> GoogLeNet:
        """The same function with each normalisation taken into its convolution's weights, in double precision."""
        plain = GoogLeNet(self.classes, width=self.width)
        state = self.state_dict()
        for name, unit in self.units():
            norm = unit.norm
            if norm is None:
                continue
            assert norm.running_mean is not None and norm.running_var is not None
            factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
            kernels = state[f"{name}.weight"].double() * factor[:, None, None, None]
            state[f"{name}.weight"] = kernels.float()
            state[f"{name}.bias"] = (norm.bias.double() - norm.running_mean.double() * factor).float()
        plain.load_state_dict({key: value for key, value in state.items() if ".norm." not in key})
        plain.eval()
        return plain
