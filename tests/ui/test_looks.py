import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication, QPalette

from explorer.ui.looks import Looks
from explorer.ui.theme import theme


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def test_a_chosen_theme_dresses_the_application(qapp, qtbot):
    looks = Looks("light")
    with qtbot.waitSignal(looks.changed) as told:
        looks.choose("dark")
    assert told.args[0].name == "dark"
    assert looks.theme.name == "dark"
    assert qapp.palette().color(QPalette.ColorRole.Base).name() == looks.theme.panel
    assert looks.theme.accent in qapp.styleSheet()


def test_choosing_what_is_in_force_changes_nothing(qtbot):
    looks = Looks("light")
    with qtbot.assertNotEmitted(looks.changed):
        looks.choose("light")


def test_the_choice_is_kept(settings):
    Looks("light", settings).choose("dark")
    assert Looks(None, settings).mode == "dark"
    Looks(None, settings).choose("system")
    assert Looks(None, settings).mode == "system"


def test_a_setting_that_is_no_mode_is_the_systems(settings):
    settings.setValue("theme", "purple")
    assert Looks(None, settings).mode == "system"


def test_the_systems_colours_are_followed(qtbot, monkeypatch):
    hints = QGuiApplication.styleHints()
    scheme = {"now": Qt.ColorScheme.Light}
    monkeypatch.setattr(type(hints), "colorScheme", lambda self: scheme["now"])
    looks = Looks("system")
    assert looks.theme == theme("light")
    scheme["now"] = Qt.ColorScheme.Dark
    with qtbot.waitSignal(looks.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert looks.theme == theme("dark")
    looks.choose("light")
    with qtbot.assertNotEmitted(looks.changed):
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
