import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.importers import open_network
from explorer.network.layer_graph import LayerGraph
from explorer.network.modules import DEEPEST, ROOT, Module, Modules, find_modules
from tests.network.graphs import chain, fire, googlenet, graph_of, inception, renamed, residual

INCEPTIONS = [f"inception_{name}" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]


def outermost(modules: Modules) -> list[str]:
    return [child.name for child in modules.root.children if isinstance(child, Module)]


def is_collapsible(graph: LayerGraph, module: Module) -> bool:
    """Whether no way leads out of the module and back into it."""
    own = set(module.layers)
    reached = {reader for name in own for reader in graph.consumers[name]} - own
    waiting = list(reached)
    while waiting:
        for reader in graph.consumers[waiting.pop()]:
            if reader in own:
                return False
            if reader not in reached:
                reached.add(reader)
                waiting.append(reader)
    return True


def test_googlenet_has_its_stem_and_nine_inception_modules():
    modules = find_modules(googlenet())
    assert outermost(modules) == ["stem", *INCEPTIONS]
    assert modules.module["inception_3a"].layers[0] == "inception_3a/1x1"
    assert modules.module["inception_3a"].layers[-1] == "inception_3a/output"
    assert len(modules.module["inception_3a"].layers) == 14


def test_the_auxiliary_classifiers_are_modules():
    modules = find_modules(googlenet(with_heads=True))
    assert outermost(modules) == ["stem", *INCEPTIONS[:3], "loss1", *INCEPTIONS[3:6], "loss2", *INCEPTIONS[6:]]
    assert modules.module["loss2"].layers[-1] == "loss2/loss"


def test_labels_leave_out_what_the_frame_says():
    modules = find_modules(googlenet())
    assert modules.labels["inception_3a/3x3_reduce"] == "3x3_reduce"
    assert modules.labels["inception_3a"] == "inception_3a"
    assert modules.labels["pool5/7x7_s1"] == "pool5/7x7_s1"
    assert modules.labels["conv1/7x7_s2"] == "conv1/7x7_s2"


def test_children_stand_in_the_order_of_the_data():
    modules = find_modules(googlenet())
    names = [child.name if isinstance(child, Module) else child for child in modules.root.children]
    assert names[:4] == ["data", "stem", "inception_3a", "inception_3b"]
    assert names[-4:] == ["pool5/7x7_s1", "pool5/drop_7x7_s1", "loss3/classifier", "prob"]
    assert names[4] == "pool3/3x3_s2"


def test_a_layer_knows_the_modules_around_it():
    modules = find_modules(googlenet())
    assert modules.module_of("inception_4e/pool") == "inception_4e"
    assert modules.module_of("prob") is None
    assert modules.around("inception_4e/pool") == ("inception_4e",)


def test_two_layers_in_a_row_are_no_module():
    assert (
        outermost(find_modules(graph_of("data Input", "conv1/7x7 Convolution < data", "conv1/relu ReLU < conv1/7x7")))
        == []
    )


def test_a_model_inside_a_model_is_a_module_however_few_layers_it_has():
    modules = find_modules(
        graph_of(
            "img InputLayer",
            "inner/conv Conv2D < img",
            "inner/pool MaxPooling2D < inner/conv",
            "inner Sequential < inner/pool",
            "out Dense < inner",
        )
    )
    assert {module.label: module.layers for module in modules.module.values()} == {
        "inner": ("inner/conv", "inner/pool", "inner")
    }


def test_squeezenet_s_fire_modules():
    lines = ["data Input", "conv1 Convolution < data"]
    last = "conv1"
    for name in ("fire2", "fire3", "fire4"):
        lines += fire(name, last)
        last = f"{name}/concat"
    modules = find_modules(graph_of(*lines, f"prob Softmax < {last}"))
    assert outermost(modules) == ["fire2", "fire3", "fire4"]


def test_scopes_nest_and_the_one_around_everything_says_nothing():
    lines = ["input Input", "InceptionV4/Conv2d_1a Conv2D < input"]
    lines += inception("InceptionV4/Mixed_5b", "InceptionV4/Conv2d_1a")
    lines += chain("InceptionV4/Mixed_5c/Branch_0/Conv2d_", 4, "InceptionV4/Mixed_5b/output")
    lines += chain("InceptionV4/Mixed_5c/Branch_1/Conv2d_", 5, "InceptionV4/Mixed_5b/output")
    lines += [
        "InceptionV4/Mixed_5c/concat Concat < "
        + " ".join(f"InceptionV4/Mixed_5c/Branch_{branch}/Conv2d_{last}" for branch, last in ((0, 3), (1, 4)))
    ]
    modules = find_modules(graph_of(*lines))
    assert outermost(modules) == ["InceptionV4/Mixed_5b", "InceptionV4/Mixed_5c"]
    inner = [child.name for child in modules.module["InceptionV4/Mixed_5c"].children if isinstance(child, Module)]
    assert inner == ["InceptionV4/Mixed_5c/Branch_0", "InceptionV4/Mixed_5c/Branch_1"]
    assert modules.labels["InceptionV4/Mixed_5c"] == "Mixed_5c"
    assert modules.labels["InceptionV4/Mixed_5c/Branch_0"] == "Branch_0"
    assert modules.labels["InceptionV4/Mixed_5c/Branch_0/Conv2d_2"] == "Conv2d_2"
    assert modules.labels["InceptionV4/Conv2d_1a"] == "Conv2d_1a"
    assert modules.around("InceptionV4/Mixed_5c/Branch_0/Conv2d_2") == (
        "InceptionV4/Mixed_5c/Branch_0",
        "InceptionV4/Mixed_5c",
    )


def test_a_slash_in_front_counts_for_nothing():
    lines = ["input Input", "/stem/Conv Conv < input"]
    lines += [line.replace(" block", " /block") for line in ["/" + line for line in fire("block", "/stem/Conv")]]
    modules = find_modules(graph_of(*(line.replace("< /stem", "< /stem") for line in lines)))
    assert outermost(modules) == ["block"]
    assert modules.labels["/block/concat"] == "concat"


def test_a_group_that_could_not_be_one_node_is_taken_apart():
    graph = graph_of(
        "data Input",
        "even/a Convolution < data",
        "odd/a Convolution < even/a",
        "even/b Convolution < odd/a even/a",
        "odd/b Convolution < even/b odd/a",
        "even/c Convolution < odd/b even/b",
        "odd/c Convolution < even/c odd/b",
    )
    assert outermost(find_modules(graph)) == []


def test_two_groups_that_are_whole_alone_but_not_together_are_taken_apart():
    graph = graph_of(
        "data Input",
        "a/1 Convolution < data",
        "b/2 Convolution < data",
        "a/2 Convolution < b/2",
        "b/1 Convolution < a/1",
        "a/sum Eltwise < a/1 a/2",
        "b/sum Eltwise < b/1 b/2",
    )
    assert outermost(find_modules(graph)) == []


def test_nameless_layers_in_a_group_s_midst_belong_to_it():
    graph = graph_of(
        "data Input",
        "conv Convolution2D < data",
        "loss1/pool AveragePooling2D < conv",
        "loss1/conv Convolution2D < loss1/pool",
        "flatten_1 Flatten < loss1/conv",
        "loss1/fc Dense < flatten_1",
        "loss1/classifier Dense < loss1/fc",
        "prob Softmax < conv",
    )
    modules = find_modules(graph)
    assert modules.module["loss1"].layers == ("loss1/pool", "loss1/conv", "flatten_1", "loss1/fc", "loss1/classifier")
    assert modules.labels["flatten_1"] == "flatten_1"


def test_a_layer_named_as_its_scope_belongs_to_it_and_the_module_has_another_name():
    lines = ["data Input", *chain("unit/conv", 4, "data"), "unit Eltwise < unit/conv3 data", "prob Softmax < unit"]
    modules = find_modules(graph_of(*lines))
    assert outermost(modules) == ["unit block"]
    assert modules.labels["unit block"] == "unit"
    assert modules.module_of("unit") == "unit block"
    assert modules.labels["unit"] == "unit"


def test_without_names_a_block_goes_from_a_fork_to_its_join():
    modules = find_modules(residual(4))
    assert outermost(modules) == ["res0 block", "res1 block", "res2 block", "res3 block"]
    block = modules.module["res1 block"]
    assert block.label == "res1"
    assert block.layers == ("branch1a", "bn1a", "relu1a", "branch1b", "res1", "relu1")


def test_inception_modules_are_found_without_their_names():
    graph = googlenet(with_heads=True)
    flat = renamed(graph, {name: name.replace("/", "_") for name in graph.types})
    modules = find_modules(flat)
    assert outermost(modules) == ["stem", *(f"{name}_output block" for name in INCEPTIONS)]
    assert len(modules.module["inception_4a_output block"].layers) == 14


def test_a_plain_chain_has_no_modules():
    assert outermost(find_modules(graph_of("data Input", *chain("conv", 40, "data")))) == []


def test_names_of_a_thousand_parts_make_few_frames():
    lines = ["data Input", *chain("/".join(["a"] * 1000 + [""]), 6, "data"), "other Convolution < data"]
    modules = find_modules(graph_of(*lines))
    assert len(modules.module) <= DEEPEST


def test_an_empty_graph_has_only_a_root():
    modules = find_modules(graph_of())
    assert modules.root == Module(ROOT, "", (), ())
    assert modules.module == {}


@st.composite
def named_graphs(draw) -> LayerGraph:
    count = draw(st.integers(1, 30))
    scopes = st.sampled_from(["", "a/", "b/", "a/c/", "a/d/", "b/e/f/", "/g/"])
    types = st.sampled_from(["Convolution", "ReLU", "Concat", "BatchNorm", "Pooling", "Input"])
    lines: list[str] = []
    names: list[str] = []
    for index in range(count):
        sources = draw(st.lists(st.sampled_from(names), max_size=3, unique=True)) if names else []
        names.append(f"{draw(scopes)}n{index}")
        lines.append(f"{names[-1]} {draw(types)} < {' '.join(sources)}")
    return graph_of(*lines)


@given(named_graphs())
def test_every_layer_stands_in_one_place_and_every_module_can_be_one_node(graph):
    modules = find_modules(graph)
    flat = [child for module in (modules.root, *modules.module.values()) for child in module.children]
    assert sorted(child for child in flat if isinstance(child, str)) == sorted(graph.types)
    assert all(is_collapsible(graph, module) for module in modules.module.values())
    for module in modules.module.values():
        below = [child.layers if isinstance(child, Module) else (child,) for child in module.children]
        assert sorted(name for names in below for name in names) == sorted(module.layers)
        assert module.name not in graph.types
    assert set(modules.labels) == {*graph.types, *modules.module}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("squeezenet-v1.1/deploy.prototxt", [f"fire{number}" for number in range(2, 10)]),
        ("googlenet-random/deploy.prototxt", ["stem", *INCEPTIONS]),
    ],
)
def test_caffe_s_own_files(shared, file, expected):
    assert outermost(find_modules(open_network(shared / "references" / file).graph)) == expected


def test_a_stem_that_something_else_is_added_to_further_down_is_none():
    blocks = [*fire("one", "c4"), *fire("two", "one/concat")]
    plain = ["data Input", "c1 Convolution < data", "c2 Convolution < c1", "c3 Convolution < c2"]
    assert "stem" in find_modules(graph_of(*plain, "c4 Convolution < c3", *blocks)).module
    added = ["other Input", "o1 Convolution < other", "c4 Eltwise < c3 o1"]
    assert "stem" not in find_modules(graph_of(*plain, *added, *blocks)).module
