import pytest

from explorer.ui.commands import COMMANDS
from explorer.ui.icons import ICON, MARK, application_icon, icon, mark_icon
from explorer.ui.theme import MARKS


def _colours(pixmap):
    image = pixmap.toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {colour.name() for colour in pixels if colour.alpha() == 255}


@pytest.mark.parametrize("name", sorted({command.icon for command in COMMANDS.values() if command.icon}))
def test_every_commands_icon_is_drawn_in_the_themes_text_colour(qapp, light, dark, name):
    assert light.text in _colours(icon(name, light).pixmap(ICON, ICON))
    assert dark.text in _colours(icon(name, dark).pixmap(ICON, ICON))


def test_the_marks_of_verdicts_differ_in_shape(qapp, light):
    def outline(verdict):
        image = mark_icon(light, verdict).pixmap(MARK, MARK).toImage()
        return tuple(image.pixelColor(x, y).alpha() > 127 for x in range(image.width()) for y in range(image.height()))

    assert len({outline(verdict) for verdict in MARKS}) == len(MARKS)


def test_the_program_has_an_icon(qapp):
    assert not application_icon().isNull()
