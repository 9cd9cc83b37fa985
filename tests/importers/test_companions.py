import json

import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.preprocessing import find_preprocessing
from tests.small_network import small_network, write_small_files


@pytest.fixture
def network_file(tmp_path):
    return write_small_files(tmp_path).network


def test_labels_beside_a_network_are_its_own(network_file):
    names = [f"kind {number}" for number in range(6)]
    network_file.with_name("small.labels.txt").write_text("\n".join(names), "utf-8")
    assert open_network(network_file).labels == tuple(names)


def test_labels_of_another_network_are_not(network_file):
    network_file.with_name("other.labels.txt").write_text("a\nb", "utf-8")
    assert not open_network(network_file).labels


def test_a_preprocessing_beside_a_network_goes_before_the_customary_one(network_file):
    assert small_network().preprocessing == find_preprocessing("raw")
    wanted = find_preprocessing("caffe")
    network_file.with_name("small.preprocessing.json").write_text(json.dumps(wanted.to_json()), "utf-8")
    assert open_network(network_file).preprocessing == wanted


@pytest.mark.parametrize(
    ("name", "data"), [("small.labels.txt", b"\xff\xfe\xff"), ("small.preprocessing.json", b'{"mean": "much"}')]
)
def test_what_is_damaged_is_named(network_file, name, data):
    network_file.with_name(name).write_bytes(data)
    with pytest.raises(PortsideError, match=name.replace(".", r"\.")):
        open_network(network_file)
