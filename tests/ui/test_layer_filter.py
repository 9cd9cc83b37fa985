import pytest

from explorer.ui.layer_filter import layer_filter
from explorer.ui.layer_rows import LayerRow, RowState

CONV = LayerRow("inception_4a/3x3", "3x3", "Convolution")
POOL = LayerRow("pool1/3x3_s2", "3x3_s2", "Pooling")
MODULE = LayerRow("inception_4a", "inception_4a", children=(CONV,))
WRONG = RowState("culprit", 0.5, 2e-7, 0.6)
RIGHT = RowState("match", 1e-7, 2e-7, 1e-7)


@pytest.mark.parametrize(
    ("text", "row", "state", "passes"),
    [
        ("", CONV, None, True),
        ("3x3", CONV, None, True),
        ("INCEPTION_4", CONV, None, True),
        ("inception_4", POOL, None, False),
        ("type:conv", CONV, None, True),
        ("type:conv", POOL, None, False),
        ("type:conv", MODULE, None, False),
        ("is:culprit", CONV, WRONG, True),
        ("is:culprit", CONV, RIGHT, False),
        ("is:agrees", CONV, RIGHT, True),
        ("is:culprit", CONV, None, False),
        ("error>1e-3", CONV, WRONG, True),
        ("error>1e-3", CONV, RIGHT, False),
        ("error<1e-3", CONV, RIGHT, True),
        ("error>1e-3", CONV, None, False),
        ("error>1e-3", MODULE, WRONG, False),
        ("cumulative>=0.6", CONV, WRONG, True),
        ("error>many", CONV, WRONG, False),
        ("type:conv error>1e-3 inception_4", CONV, WRONG, True),
        ("type:conv error>1e-3 inception_5", CONV, WRONG, False),
    ],
)
def test_only_rows_that_pass_every_word_stay(text, row, state, passes):
    assert layer_filter(text)(row, state) is passes
