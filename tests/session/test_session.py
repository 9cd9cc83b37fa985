from typing import Any

from explorer.running.images import Picture
from explorer.session.session import COMPUTED, EMPTY, Session
from tests.small_network import picture_pixels, small_network


def thing() -> Any:
    """Something that a session only passes on."""
    return object()


def _listen(session):
    heard = []
    for name in EMPTY:
        getattr(session, f"{name}_changed").connect(lambda value, name=name: heard.append((name, value)))
    return heard


def test_every_value_has_a_property_and_a_signal():
    session = Session()
    for name, value in EMPTY.items():
        assert getattr(session, name) == value
        assert hasattr(session, f"{name}_changed")


def test_another_network_clears_everything_computed_from_the_old_one():
    session = Session()
    session.put(network=small_network(), runner=thing(), picture_run=thing(), reference_run=thing())
    session.put(comparison=thing(), layer="conv1", fed_with="tensor", steps=(thing(),))
    session.put(network=small_network())
    assert session.picture_run is None
    assert session.reference_run is None
    assert session.comparison is None
    assert session.runner is None
    assert session.layer is None
    assert session.steps == ()
    assert session.fed_with == "picture"


def test_another_picture_keeps_the_comparison():
    session = Session()
    comparison = thing()
    session.put(network=small_network(), comparison=comparison, picture_run=thing())
    session.put(picture=Picture("a.png", picture_pixels()))
    assert session.picture_run is None
    assert session.comparison is comparison


def test_another_reference_keeps_the_picture_and_its_run():
    session = Session()
    run = thing()
    session.put(picture=Picture("a.png", picture_pixels()), picture_run=run, comparison=thing())
    session.put(reference=thing())
    assert session.picture_run is run
    assert session.comparison is None


def test_values_given_together_are_kept_together():
    session = Session()
    network, runner, run = small_network(), thing(), thing()
    session.put(network=network, runner=runner, picture_run=run)
    assert (session.network, session.runner, session.picture_run) == (network, runner, run)


def test_all_values_stand_before_the_first_signal():
    session = Session()
    session.put(network=small_network(), picture_run=thing(), comparison=thing())
    seen = []
    session.network_changed.connect(lambda _: seen.append((session.picture_run, session.comparison)))
    session.put(network=small_network())
    assert seen == [(None, None)]


def test_each_change_is_told_once_and_the_same_value_not_at_all():
    session = Session()
    network = small_network()
    session.put(network=network, layer="conv1")
    heard = _listen(session)
    session.put(network=network, layer="conv1")
    assert heard == []
    session.put(layer="fc")
    assert heard == [("layer", "fc")]


def test_changed_follows_the_single_signals():
    session = Session()
    order: list[object] = []
    session.layer_changed.connect(lambda _: order.append("layer"))
    session.changed.connect(order.append)
    session.put(layer="fc", fed_with="tensor")
    assert order == ["layer", {"layer", "fed_with"}]


def test_clearing_closes_all_but_what_the_machine_can_do():
    session, cpu = Session(), thing()
    session.put(network=small_network(), picture=Picture("a.png", picture_pixels()), providers=(cpu,))
    session.clear()
    assert session.network is None
    assert session.picture is None
    assert session.providers == (cpu,)


def test_the_run_that_is_shown_is_the_one_asked_for_or_the_only_one():
    session = Session()
    on_picture, on_tensor = thing(), thing()
    assert session.shown_run is None
    session.put(reference_run=on_tensor)
    assert session.shown_run is on_tensor
    session.put(picture_run=on_picture)
    assert session.shown_run is on_picture
    session.put(fed_with="tensor")
    assert session.shown_run is on_tensor


def test_what_is_computed_are_values_of_the_session():
    assert set(COMPUTED) <= set(EMPTY)
    assert {name for names in COMPUTED.values() for name in names} <= set(EMPTY)
