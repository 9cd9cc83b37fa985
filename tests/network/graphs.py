"""Layer graphs for tests, written down in a line for each layer, and networks as people know them."""

from collections.abc import Mapping

from explorer.network.layer_graph import LayerGraph


def graph_of(*lines: str) -> LayerGraph:
    """Each line is ``name type < inputs``, for example ``sum Eltwise < a b``; an input of the network reads nothing."""
    types: dict[str, str] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for line in lines:
        head, _, sources = line.partition("<")
        name, layer_type = head.split()
        types[name], inputs[name] = layer_type, tuple(sources.split())
    return LayerGraph(types, inputs)


def chain(prefix: str, count: int, source: str) -> list[str]:
    """Convolutions one behind the other, ``prefix0`` first."""
    names = [f"{prefix}{index}" for index in range(count)]
    return [f"{name} Convolution < {before}" for name, before in zip(names, [source, *names], strict=False)]


def inception(name: str, source: str) -> list[str]:
    """Caffe's GoogLeNet module: four branches, in-place ReLUs, a concat named ``name/output``."""
    lines: list[str] = []
    ends: list[str] = []
    for branch in (["1x1"], ["3x3_reduce", "3x3"], ["5x5_reduce", "5x5"], ["pool", "pool_proj"]):
        last = source
        for layer in branch:
            if layer == "pool":
                lines.append(f"{name}/pool Pooling < {last}")
                last = f"{name}/pool"
                continue
            lines.append(f"{name}/{layer} Convolution < {last}")
            lines.append(f"{name}/relu_{layer} ReLU < {name}/{layer}")
            last = f"{name}/relu_{layer}"
        ends.append(last)
    return [*lines, f"{name}/output Concat < {' '.join(ends)}"]


def googlenet(*, with_heads: bool = False) -> LayerGraph:
    """GoogLeNet as its authors' prototxt names it; with the two auxiliary classifiers of ``train_val.prototxt``."""
    lines = [
        "data Input",
        "conv1/7x7_s2 Convolution < data",
        "conv1/relu_7x7 ReLU < conv1/7x7_s2",
        "pool1/3x3_s2 Pooling < conv1/relu_7x7",
        "pool1/norm1 LRN < pool1/3x3_s2",
        "conv2/3x3_reduce Convolution < pool1/norm1",
        "conv2/relu_3x3_reduce ReLU < conv2/3x3_reduce",
        "conv2/3x3 Convolution < conv2/relu_3x3_reduce",
        "conv2/relu_3x3 ReLU < conv2/3x3",
        "conv2/norm2 LRN < conv2/relu_3x3",
        "pool2/3x3_s2 Pooling < conv2/norm2",
    ]
    last = "pool2/3x3_s2"
    for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        lines += inception(f"inception_{name}", last)
        last = f"inception_{name}/output"
        if with_heads and name in ("4a", "4d"):
            lines += head("loss1" if name == "4a" else "loss2", last)
        if name in ("3b", "4e"):
            lines.append(f"pool{name[0]}/3x3_s2 Pooling < {last}")
            last = f"pool{name[0]}/3x3_s2"
    lines += [
        f"pool5/7x7_s1 Pooling < {last}",
        "pool5/drop_7x7_s1 Dropout < pool5/7x7_s1",
        "loss3/classifier InnerProduct < pool5/drop_7x7_s1",
        "prob Softmax < loss3/classifier",
    ]
    return graph_of(*lines)


def head(name: str, source: str) -> list[str]:
    """An auxiliary classifier."""
    return [
        f"{name}/ave_pool Pooling < {source}",
        f"{name}/conv Convolution < {name}/ave_pool",
        f"{name}/relu_conv ReLU < {name}/conv",
        f"{name}/fc InnerProduct < {name}/relu_conv",
        f"{name}/relu_fc ReLU < {name}/fc",
        f"{name}/drop_fc Dropout < {name}/relu_fc",
        f"{name}/classifier InnerProduct < {name}/drop_fc",
        f"{name}/loss Softmax < {name}/classifier",
    ]


def fire(name: str, source: str) -> list[str]:
    """SqueezeNet's module."""
    return [
        f"{name}/squeeze1x1 Convolution < {source}",
        f"{name}/relu_squeeze1x1 ReLU < {name}/squeeze1x1",
        f"{name}/expand1x1 Convolution < {name}/relu_squeeze1x1",
        f"{name}/relu_expand1x1 ReLU < {name}/expand1x1",
        f"{name}/expand3x3 Convolution < {name}/relu_squeeze1x1",
        f"{name}/relu_expand3x3 ReLU < {name}/expand3x3",
        f"{name}/concat Concat < {name}/relu_expand1x1 {name}/relu_expand3x3",
    ]


def residual(count: int) -> LayerGraph:
    """A ResNet whose layers' names group nothing: ``res0``, ``res1`` … are the sums."""
    lines = ["data Input", "conv Convolution < data"]
    last = "conv"
    for index in range(count):
        lines += [
            f"branch{index}a Convolution < {last}",
            f"bn{index}a BatchNorm < branch{index}a",
            f"relu{index}a ReLU < bn{index}a",
            f"branch{index}b Convolution < relu{index}a",
            f"res{index} Eltwise < {last} branch{index}b",
            f"relu{index} ReLU < res{index}",
        ]
        last = f"relu{index}"
    return graph_of(*lines, f"pool Pooling < {last}", "prob Softmax < pool")


def renamed(graph: LayerGraph, names: Mapping[str, str]) -> LayerGraph:
    """The same graph under other names."""
    new = {name: names.get(name, name) for name in graph.types}
    return LayerGraph(
        {new[name]: layer_type for name, layer_type in graph.types.items()},
        {new[name]: tuple(new[source] for source in sources) for name, sources in graph.inputs.items()},
    )
