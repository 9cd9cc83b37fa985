import pytest

from explorer.ui.fuzzy import Fit, match


@pytest.mark.parametrize(
    ("typed", "name", "fit", "letters"),
    [
        ("open", "Open Reference…", Fit.PREFIX, (0, 1, 2, 3)),
        ("OPEN r", "Open Reference…", Fit.PREFIX, (0, 1, 2, 3, 4, 5)),
        ("ref", "Open Reference…", Fit.WORDS, (5, 6, 7)),
        ("ex gr", "Export Graph…", Fit.WORDS, (0, 1, 7, 8)),
        ("exgr", "Export Graph…", Fit.INITIALS, (0, 1, 7, 8)),
        ("oam", "Open All Modules", Fit.INITIALS, (0, 5, 9)),
        ("3a", "inception_3a/1x1", Fit.WORDS, (10, 11)),
        ("graph", "Orthography", Fit.PART, (5, 6, 7, 8, 9)),
        ("cmp", "Compare", Fit.SCATTERED, (0, 2, 3)),
        ("maps", "featureMaps", Fit.WORDS, (7, 8, 9, 10)),
    ],
)
def test_the_best_fit_and_its_letters_are_found(typed, name, fit, letters):
    found = match(typed, name)
    assert found is not None
    assert (found.fit, found.letters) == (fit, letters)


def test_what_lacks_a_letter_does_not_fit():
    assert match("runx", "Run") is None
    assert match("nur", "Run") is None


def test_fits_that_are_worse_than_asked_for_are_none():
    assert match("cmp", "Compare", Fit.PART) is None
    assert match("raph", "Graph", Fit.INITIALS) is None
    assert match("gr", "Fit Graph", Fit.PREFIX) is None


def test_nothing_typed_fits_everything():
    found = match("  ", "Run")
    assert found is not None
    assert found.letters == ()


def test_of_equal_fits_the_closer_and_then_the_earlier_comes_first():
    names = ["a_x_b_c", "a_b_c", "x_a_b_c"]
    assert sorted(names, key=lambda name: match("abc", name) or pytest.fail(name)) == ["a_b_c", "x_a_b_c", "a_x_b_c"]


def test_initials_that_lead_nowhere_at_first_are_found_further_on():
    found = match("sls", "Save Last Settings Less Slow")
    assert found is not None
    assert found.fit == Fit.INITIALS


def test_letters_that_grow_when_folded_keep_their_places():
    found = match("b", "Straße B")
    assert found is not None
    assert found.letters == (7,)
