"""Every row once, on next to nothing, with no peer: what a row needs is there, and what is missing is said."""

import pytest

from explorer.bench.bench import Bench, Settings
from explorer.bench.figures import ROWS, measure_of
from explorer.bench.peers import VARIABLES, Peers

TINY = Settings(rounds=1, slow_rounds=1, width=0.0625, large=(40,), growth=(20, 40))
NEED_PEERS = {"caffe", "opencv", "saving", "comparing"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    missing = Peers({}, {peer: f"{peer} not found" for peer in VARIABLES})
    return Bench(TINY, missing, tmp_path_factory.mktemp("bench"), lambda _: None)


@pytest.mark.parametrize("row", sorted(NEED_PEERS))
def test_without_its_peer_a_row_is_there_and_says_so(bench, row):
    for figure in measure_of(row)(bench):
        assert figure.measured is None
        assert figure.missing.endswith("not found")
        assert figure.goal is not None


@pytest.mark.parametrize("row", ["capture", "version", "convert", "open-large"])
def test_a_row_is_measured(bench, row):
    figures = measure_of(row)(bench)
    assert figures[0].row == row
    assert figures[0].measured is not None
    assert figures[0].measured.median > 0


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in ROWS if row not in NEED_PEERS])
def test_every_row_is_measured(bench, row):
    figures = [figure for figure in measure_of(row)(bench) if not figure.missing]
    assert figures
    assert all(figure.measured is not None and figure.measured.median > 0 for figure in figures)
