import pytest

from explorer.ui.layer_filter import SYNTAX, RowFacts, layer_filter
from explorer.ui.layer_rows import LayerRow, RowState, RowTime

CONV = LayerRow("inception_4a/3x3", "3x3", "Convolution", "128×28×28", parameters=221_000, macs=173_000_000)
POOL = LayerRow("pool1/3x3_s2", "3x3_s2", "Pooling", "64×56×56", parameters=0, macs=0)
SPACED = LayerRow("my conv 1", "my conv 1", "Fully Connected", "10")
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
        ("is:match", CONV, RIGHT, True),
        ("is:shape", CONV, RowState("shape"), True),
        ("type:conv error>1e-3 inception_4", CONV, WRONG, True),
        ("-type:pool", CONV, None, True),
        ("-type:pool", POOL, None, False),
        ("-type:pool", MODULE, None, False),
        ("-3x3", CONV, None, False),
        ("inception -is:culprit", CONV, WRONG, False),
        ("-error>1e-3", CONV, RIGHT, True),
        ('"my conv"', SPACED, None, True),
        ('"conv my"', SPACED, None, False),
        ("conv my", SPACED, None, True),
        ('-"my conv"', SPACED, None, False),
        ('type:"fully connected"', SPACED, None, True),
        ('type:"fully connected" is:agrees', SPACED, None, False),
        ('"error>1"', SPACED, WRONG, False),
        ("shape:128x28x28", CONV, None, True),
        ("shape:128×28×28", CONV, None, True),
        ("shape:28x28", CONV, None, True),
        ("shape:28x28", POOL, None, False),
        ("shape:128x*x28", CONV, None, True),
        ("shape:128x28x28x1", CONV, None, False),
        ("shape:12", CONV, None, False),
        ("params>1e5", CONV, None, True),
        ("params>1M", CONV, None, False),
        ("params=0", POOL, None, True),
        ("params>1e5", SPACED, None, False),
        ("macs>=100m", CONV, None, True),
        ("type:conv error>1e-3 inception_5", CONV, WRONG, False),
    ],
)
def test_only_rows_that_pass_every_word_stay(text, row, state, passes):
    assert layer_filter(text)(row, RowFacts(state)) is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("time>1ms", True),
        ("time>1500us", True),
        ("time>1500µs", True),
        ("time>3", False),
        ("time<0.01s", True),
        ("is:bookmarked", True),
        ("-is:book", False),
    ],
)
def test_times_have_units_and_bookmarks_are_found(text, passes):
    assert layer_filter(text)(CONV, RowFacts(time=RowTime(2.0, 0.5, 0), is_bookmarked=True)) is passes
    assert layer_filter("time>0")(CONV, RowFacts(time=RowTime(None, 0.0, 0))) is False
    assert layer_filter("is:bookmarked")(CONV, RowFacts()) is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("error>many", "“many” is no number; try error>1e-3."),
        ("error>", "error> what? For example error>1e-3."),
        ("params>5q", "“5q” is no number (units: k, m, g, t); try params>1e5."),
        ("size>5", "“size” can't be compared with a number; only error, floor, cumulative, params, macs, time can."),
        ("eror>5", "“eror” can't be compared with a number; is error meant?"),
        (
            "is:wrong",
            "A layer is never “wrong”; it is one of agrees, inherits, culprit, other shape, not compared, bookmarked.",
        ),
        ("is:", "is: what? For example is:culprit."),
        ("type:", "type: what? For example type:conv."),
        ("shape:big", "“big” is no shape; for example shape:28x28."),
        ("typ:conv", "There is no typ:, is type: meant? In quotes it is a name."),
    ],
)
def test_a_bad_term_is_told_and_left_out(text, problem):
    found = layer_filter(f"3x3 {text}")
    assert found.problem == problem
    assert found(CONV, RowFacts())
    assert layer_filter(text).is_empty


def test_names_may_hold_colons_and_quotes_keep_signs():
    row = LayerRow("block:0/a>b", "block:0/a>b")
    assert layer_filter("block:0")(row, RowFacts())
    assert layer_filter("block:0").problem == ""
    assert layer_filter('"a>b"')(row, RowFacts())


def test_an_open_quote_goes_to_the_end():
    assert layer_filter('"my conv')(SPACED, RowFacts())


@pytest.mark.parametrize("term", [term for term, _ in SYNTAX])
def test_all_that_the_help_shows_is_understood(term):
    found = layer_filter(term)
    assert found.problem == ""
    assert not found.is_empty
