"""Figures in words."""

import numpy as np

from explorer.running.statistics import statistics
from explorer.ui.statistics_table import figure_texts, figures


def test_the_figures_of_an_array():
    texts = figure_texts(statistics(np.array([0.0, 2.0, 4.0, 0.0], np.float32)))
    assert texts == ["4", "0", "4", "1.5", "1.658", "50.0 %", "", "0", "0"]


def test_without_a_finite_value_the_figures_are_dashes():
    texts = figure_texts(statistics(np.full(2, np.nan)))
    assert texts == ["2", "–", "–", "–", "–", "0 %", "", "2", "0"]


def test_in_a_line_what_is_not_finite_is_told_only_where_there_is_some():
    assert figures(statistics(np.array([1.0, 3.0]))) == ["min 1", "max 3", "mean 2", "deviation 1", "zeros 0 %"]
    assert figures(statistics(np.array([1.0, np.inf])))[-1] == "infinite 1"


def test_dead_channels_are_counted_where_there_are_maps():
    maps = np.ones((3, 2, 2), np.float32)
    maps[1] = 0
    assert figure_texts(statistics(maps, channel_axis=0))[6] == "1 of 3"
    assert "dead 1 of 3" in figures(statistics(maps, channel_axis=0))
