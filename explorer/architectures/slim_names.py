"""TF-slim's names: scopes of layers, the end points that networks record, and what else a reference may call them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import onnx_ir as ir

from explorer.architectures.slim_blocks import give_blocks
from explorer.network import marks
from explorer.network.network import Layer, Network

LONGEST_SHORTENING = 3
"""How many scopes in front of a name a reference may leave out."""

OTHER_NAMES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"AvgPool_1a_\d+x\d+"), "AvgPool_1a"),
    (re.compile(r"pool5|AvgPool_1a(_\d+x\d+)?|GlobalPool"), "global_pool"),
    (re.compile(r"SpatialSqueeze"), "spatial_squeeze"),
    (re.compile(r"Dropout_1b"), "PreLogits"),
    (re.compile(r"Dropout"), "PreLogitsFlatten"),
    (re.compile(r"Repeat_1"), "PreAuxLogits"),
)
"""End points that slim's networks name otherwise than their scopes: for the last part of a scope what stands there."""

_SIDE = "AuxLogits"
"""The scope of the classifier on the side, whose parts have no end points of their own."""

_NORMALISATION = re.compile(r"(batch_?norm(alization)?(_v[12])?|bn)(_\d+)?", re.IGNORECASE)
_VERSION = re.compile(r"(.*/FusedBatchNorm)V\d(_\d+)?$")
_DROPOUT = re.compile(r"drop(out)?(_?\d+\w?)*", re.IGNORECASE)

_FUNCTION_NAMES = """
    add sub mul div truediv floordiv pow neg concat stack unstack split strided_slice depthwise separable_conv2d
    convolution conv2d_transpose xw_plus_b BiasAdd bias_add matmul
"""

_OWN_NAMES = frozenset(_FUNCTION_NAMES.split())
"""What TensorFlow's functions name an operation where they don't take its type."""

_COMPOSED = frozenset(("BatchNorm", "Dropout"))
"""Types of layers of several operations: none of those has the layer's name."""

_INNER_SCOPES = frozenset(("flatten", "batchnorm", "separable_conv2d", "cond", "dropout"))
"""Scopes that TensorFlow opens within those that a person named."""


def normalisation_scope(name: str) -> str:
    """The scope of a batch normalisation: ``a/BatchNorm`` for any operation in it.

    Where there is none it is the operation's own name, without the version of TensorFlow's operation.
    """
    scope = _scope(name, _NORMALISATION)
    return _VERSION.sub(r"\1\2", name) if scope == name else scope


def dropout_scope(name: str) -> str | None:
    """The scope of a dropout, or None for an operation that stands in none."""
    scope = _scope(name, _DROPOUT)
    return None if scope == name and not _DROPOUT.fullmatch(name.rpartition("/")[2]) else scope


def with_end_points(network: Network, also: Mapping[str, Sequence[str]] | None = None) -> Network:
    """The network with its values recorded under slim's names; up to now they are recorded under operations' names.

    The result of a scope is recorded as slim's end point of that scope. All other names that a reference may use are
    noted as further ones (:data:`explorer.network.marks.ALIASES`); ``also`` has further operations' names by value.
    """
    network = give_blocks(network, scope_ends(network, also or {}))
    ends = scope_ends(network, also or {})
    layers: dict[str, Layer] = {
        blob: layer for layer in network.layers if layer.nodes for blob in layer.blobs if blob is not None
    }
    taken = {value.name or "" for value in network.inputs}
    records = _records(ends, taken)
    short = _short_names(ends)
    aliases: dict[str, list[str]] = {}
    for blob, record in records.items():
        names = (blob, *(also or {}).get(blob, ()), layers[blob].name, *ends[blob], *short.get(blob, ()))
        found = [name for name in dict.fromkeys(names) if name not in taken]
        if found:
            aliases[record] = found
    for layer in layers.values():
        for value, top in zip(layer.outputs, layer.blobs, strict=True):
            if top is not None:
                value.name = records[top]
    for node in network.model.graph:
        if marks.TOPS in node.metadata_props:
            tops = json.loads(node.metadata_props[marks.TOPS])
            node.metadata_props[marks.TOPS] = json.dumps([records.get(top, top) for top in tops])
    network.model.metadata_props[marks.ALIASES] = json.dumps(aliases)
    return Network(network.model)


def scope_ends(network: Network, also: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each recorded value the names whose one result it is: its own where a person gave it, and scopes' around.

    Innermost first. A scope in which ``also`` alone has names is taken too.
    """
    values: dict[str, tuple[ir.Value, Layer]] = {
        blob: (value, layer)
        for layer in network.layers
        for value, blob in zip(layer.outputs, layer.blobs, strict=True)
        if layer.nodes and blob is not None
    }
    given = set(network.outputs)
    whole = _common_scope([layer.name for layer in network.layers if layer.nodes])
    own: dict[str, dict[str, None]] = {}
    passed_on: dict[str, dict[str, None]] = {}
    for blob, (value, layer) in values.items():
        readers = [set(_scopes(reader)) for reader in _readers(value, layer)]
        for leaving, names in ((own, (blob,)), (passed_on, also.get(blob, ()))):
            for scope in (scope for name in names for scope in _scopes(name)):
                if value in given or any(scope not in around for around in readers):
                    leaving.setdefault(scope, {})[blob] = None
    ends: dict[str, list[str]] = {}
    for blob, (_, layer) in values.items():
        ends[blob] = [blob] if _is_given_name(blob, layer.type) else []
        for name in (blob, *also.get(blob, ())):
            for scope in _scopes(name):
                results = own.get(scope) or passed_on.get(scope) or {}
                inside = scope not in values and not f"{whole}/".startswith(f"{scope}/")
                if inside and list(results) == [blob] and scope not in ends[blob]:
                    ends[blob].append(scope)
    return ends


def _scope(name: str, pattern: re.Pattern[str]) -> str:
    parts = name.split("/")
    for index, part in enumerate(parts):
        if pattern.fullmatch(part):
            return "/".join(parts[: index + 1])
    return name


def _scopes(name: str) -> list[str]:
    """The scopes around a name, innermost first; predictions that are made in the logits' scope don't count to it."""
    parts = name.split("/")
    ends = range(len(parts) - 1, 0, -1)
    return ["/".join(parts[:end]) for end in ends if parts[end - 1 : end + 1] != ["Logits", "Predictions"]]


def _common_scope(names: Sequence[str]) -> str:
    """The scope that all of the names stand in, or an empty string."""
    common = set(_scopes(names[0])) if names else set()
    for name in names:
        common.intersection_update(_scopes(name))
    return max(common, key=len, default="")


def _is_given_name(name: str, kind: str) -> bool:
    """Whether a person chose the last part of the name, and TensorFlow did not derive it from the operation's type."""
    if kind in _COMPOSED:
        return False
    last = re.sub(r"(_\d+|:\d+)+$", "", name.rpartition("/")[2])
    return last not in (kind, re.sub(r"V\d$", "", kind), *_OWN_NAMES)


def _readers(value: ir.Value, layer: Layer) -> list[str]:
    """The layers that read a value, by name, its own left out."""
    names = (use.node.metadata_props.get(marks.LAYER, "") for use in value.uses())
    return [name for name in dict.fromkeys(names) if name != layer.name]


def _records(ends: Mapping[str, Sequence[str]], taken: set[str]) -> dict[str, str]:
    """For each value its one name; ``taken`` are names that are used, and those given out are added to them."""
    doubled = _doubled_roots(ends)
    records: dict[str, str] = {}
    for blob, names in ends.items():
        named = [name for name in names if name.rpartition("/")[2] not in _INNER_SCOPES]
        wanted = [_record_name(name, doubled) for name in (named or names)[:1]]
        records[blob] = next((name for name in wanted if name not in taken and name not in ends), blob)
        taken.add(records[blob])
    return records


def _record_name(name: str, doubled: Collection[str]) -> str:
    """The name under which slim records a result.

    Networks whose scope stands twice (``InceptionV4/InceptionV4``, in ``doubled``) leave it out, and that of the
    classifier too; others keep all.
    """
    root, _, rest = name.partition("/")
    if root not in doubled or not rest or rest == root:
        return name
    return rest.removeprefix(f"{root}/").removeprefix("Logits/")


def _doubled_roots(names: Iterable[str]) -> set[str]:
    """The scopes that stand twice at the beginning of names."""
    pairs = (name.split("/")[:2] for name in names)
    return {pair[0] for pair in pairs if len(pair) == 2 and pair[0] == pair[1]}


def _short_names(ends: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each value what a reference may call it in short: its names without what stands in front.

    Where several have a short name, it is that of the outermost, or of one of the same name within that; where there
    is no outermost, of none.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for value, names in ends.items():
        for name in names:
            parts = name.split("/")
            for start in range(1, min(len(parts), LONGEST_SHORTENING + 1)):
                found.setdefault("/".join(parts[start:]), []).append((name, value))
    short: dict[str, list[str]] = {}
    for name, candidates in found.items():
        meant = _meant(candidates)
        if meant is not None:
            short.setdefault(meant, []).append(name)
    taken = {name for names in (*short.values(), *ends.values()) for name in names}
    for value, own in ends.items():
        if f"/{_SIDE}/" not in f"/{value}":
            names = (*own, *short.get(value, ()))
            others = [name for name in _other_names(names) if name not in taken]
            short.setdefault(value, []).extend(others)
            taken.update(others)
    return short


def _other_names(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        head, slash, last = name.rpartition("/")
        for pattern, other in OTHER_NAMES:
            if pattern.fullmatch(last):
                yield f"{head}{slash}{other}"


def _meant(candidates: Sequence[tuple[str, str]]) -> str | None:
    ordered = sorted(candidates, key=lambda candidate: candidate[0].count("/"))
    name, value = ordered[0]
    if len(ordered) > 1 and ordered[1][0].count("/") == name.count("/"):
        return None
    for inner, inner_value in ordered[1:]:
        if inner.startswith(f"{name}/"):
            name, value = inner, inner_value
    return value
