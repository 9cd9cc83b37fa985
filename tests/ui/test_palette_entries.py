from explorer.ui.commands import COMMANDS
from explorer.ui.palette_entries import GO_TO, MOST_LAYERS, entries


def texts(typed, layers=()):
    return [entry.text for entry in entries(typed, COMMANDS.values(), layers)]


def test_with_nothing_typed_all_commands_stand_in_the_order_of_the_menus():
    assert texts("", ["conv1"]) == [command.text for command in COMMANDS.values()]


def test_a_name_that_begins_with_it_comes_before_words_and_words_before_scattered_letters():
    shown = texts("re")
    assert shown.index("Redo Correction") < shown.index("Open Reference…") < shown.index("Compare")


def test_the_path_of_the_menu_is_looked_through_too():
    assert texts("theme dark")[0] == "Dark"
    assert texts("panels")[:2] == ["Reset Panels", "Layers"]


def test_layers_come_behind_the_commands_that_fit_and_before_scattered_letters():
    shown = texts("compa", ["compact", "other"])
    assert shown[:3] == ["Compare", "Command Palette", GO_TO + "compact"]
    assert GO_TO + "other" not in shown


def test_a_layer_by_its_name_is_first_where_no_command_has_it():
    layers = ["data", "inception_3a/3x3_reduce", "inception_3a/3x3"]
    assert texts("3x3", layers) == [GO_TO + "inception_3a/3x3_reduce", GO_TO + "inception_3a/3x3"]


def test_no_more_than_twenty_layers_are_offered():
    assert len(texts("conv", [f"conv{number}" for number in range(500)])) == MOST_LAYERS == 20


def test_twenty_thousand_layers_are_looked_through_to_the_last():
    layers = [f"block_{number}/norm" for number in range(20_000)]
    assert texts("19999", layers) == [GO_TO + "block_19999/norm"]


def test_the_typed_letters_are_those_of_the_shown_text():
    (entry,) = entries("pool1", (), ["stem/pool1"])
    assert "".join(entry.text[index] for index in sorted(entry.letters)) == "pool1"
    assert entry.layer == "stem/pool1"
    found = next(entry for entry in entries("theme dark", COMMANDS.values(), ()))
    assert "".join(found.text[index] for index in sorted(found.letters)) == "Dark"
    assert found.place == "View › Theme"


def test_what_fits_nothing_offers_nothing():
    assert texts("qqq", ["conv1"]) == []
