import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from explorer.session.answers import Notice, Offer
from explorer.ui.notices import MOST, Notices
from tests.ui.person import colours_of


@pytest.fixture
def notices(qtbot, light):
    made = Notices(light)
    qtbot.addWidget(made)
    made.resize(500, 100)
    return made


def test_there_is_nothing_to_see_without_a_sentence(notices):
    assert not notices.isVisible()
    assert notices.texts == ()


def test_the_latest_sentence_is_on_top(notices):
    notices.show_notice(Notice("first"))
    notices.show_notice(Notice("second", "news"))
    assert notices.texts == ("second", "first")
    assert notices.isVisibleTo(notices.parentWidget())


def test_a_problem_and_news_differ_by_shape_and_colour(notices, light):
    notices.show_notice(Notice("a problem"))
    assert light.culprit in colours_of(notices)
    notices.clear()
    notices.show_notice(Notice("some news", "news"))
    assert light.culprit not in colours_of(notices)
    assert light.accent in colours_of(notices)


def test_a_sentence_stays_until_it_is_dismissed(notices, qtbot):
    notices.show_notice(Notice("first"))
    notices.show_notice(Notice("second"))
    notices.findChildren(QToolButton)[-1].click()
    assert notices.texts == ("first",) or notices.texts == ("second",)
    notices.clear()
    assert notices.texts == ()
    assert notices.isHidden()


def test_the_same_sentence_is_not_shown_twice(notices):
    for text in ("first", "second", "first"):
        notices.show_notice(Notice(text))
    assert notices.texts == ("first", "second")


def test_only_so_many_are_shown(notices):
    for number in range(MOST + 2):
        notices.show_notice(Notice(f"sentence {number}"))
    assert notices.texts == tuple(f"sentence {number}" for number in range(MOST + 1, 1, -1))


def test_markup_in_a_files_name_is_shown_as_text(notices, qtbot):
    notices.show_notice(Notice("<b>bold</b>.npz: holds no arrays"))
    assert notices.texts == ("<b>bold</b>.npz: holds no arrays",)
    notices.show()
    assert notices.grab().width() > 0


def test_an_offer_is_a_button_that_is_told_once_and_ends_the_message(notices, qtbot):
    offer = Offer("Reload", "reload")
    notices.show_notice(Notice("net.onnx has changed on disk.", "news", offer))
    notices.show_notice(Notice("another"))
    (button,) = notices.findChildren(QPushButton, "offer")
    assert button.text() == "Reload"
    with qtbot.waitSignal(notices.offer_taken) as taken:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert taken.args == [offer]
    assert notices.texts == ("another",)


def test_a_message_without_an_offer_has_only_its_cross(notices):
    notices.show_notice(Notice("first"))
    assert notices.findChildren(QPushButton) == []


def test_a_word_of_ten_thousand_letters_makes_the_window_no_wider(qtbot, light):
    notices = Notices(light)
    qtbot.addWidget(notices)
    notices.show_notice(Notice(f"Values of {'L' * 10_000} copied."))
    (label,) = [label for label in notices.findChildren(QLabel) if "copied" in label.text()]
    assert label.text() == f"Values of {'L' * 29}…{'L' * 29} copied."
    assert label.toolTip().startswith("Values of LLL")
    assert notices.texts == (f"Values of {'L' * 10_000} copied.",)
    assert notices.minimumSizeHint().width() < 600


def test_a_sentence_that_looks_like_html_is_shown_as_it_is_written(qtbot, light):
    notices = Notices(light)
    qtbot.addWidget(notices)
    notices.show_notice(Notice("<b>x</b>.onnx: the file is empty"))
    (label,) = [label for label in notices.findChildren(QLabel) if "empty" in label.text()]
    assert (label.text(), label.textFormat()) == ("<b>x</b>.onnx: the file is empty", Qt.TextFormat.PlainText)
