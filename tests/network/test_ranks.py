from itertools import pairwise

from explorer.network.coordinates import axes
from explorer.network.ranks import arrange


def test_a_node_stands_below_the_lowest_that_it_reads():
    found = arrange([0, 1, 2, 3], [(0, 1), (1, 2), (0, 3), (2, 3)])
    assert [row[0] for row in found.rows] == [0, 1, 2, 3]
    assert len(found.bends[0, 3]) == 2
    assert [len(row) for row in found.rows] == [1, 2, 2, 1]


def test_a_side_input_stands_directly_above_what_reads_it():
    found = arrange([0, 1, 2, 3, 4], [(0, 1), (1, 2), (2, 3), (4, 3)])
    assert found.rows == ((0,), (1,), (2, 4), (3,))


def test_first_and_last_have_their_rows_to_themselves():
    found = arrange([0, 1, 2, 8, 9], [(8, 1), (1, 9), (0, 2)], first=8, last=9)
    assert found.rows[0] == (8,)
    assert found.rows[-1] == (9,)


def test_a_way_that_does_not_come_back_stands_to_the_right():
    found = arrange([0, 1, 2, 3, 4], [(0, 1), (0, 2), (2, 3), (3, 4)])
    assert found.rows == ((0,), (2, 1), (3,), (4,))
    assert (0, 1) in found.side_steps


def test_branches_keep_the_order_of_the_data():
    found = arrange([0, 1, 2, 3, 4, 5], [(0, 1), (0, 2), (0, 3), (2, 4), (3, 5), (1, 5), (4, 5)])
    assert found.rows[1][:3] == (1, 2, 3)


def test_an_arc_beside_another_way_is_a_shortcut():
    found = arrange([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3), (0, 3)])
    path = (0, *found.bends[0, 3], 3)
    assert set(pairwise(path)) == set(found.side_steps)


def test_arcs_against_the_way_of_the_data_are_rails():
    assert arrange([0, 1, 2], [(0, 1), (1, 2), (2, 0)]).rails == ((2, 0),)


def test_bends_stay_in_proportion_to_nodes():
    count = 2000
    arcs = [(index, index + 1) for index in range(count)] + [(0, index) for index in range(2, count, 2)]
    found = arrange(range(count + 1), arcs)
    assert sum(map(len, found.bends.values())) <= 2 * (count + 1) + 1000
    assert len(found.rails) > 900


def test_wide_nodes_keep_their_distance_and_a_lone_one_stands_on_the_trunk():
    found = arrange([0, 1, 2, 3], [(0, 1), (0, 2), (1, 3), (2, 3)])
    extents = {0: (5.0, 5.0), 1: (100.0, 20.0), 2: (10.0, 10.0), 3: (5.0, 5.0)}
    x = axes(found, extents, 16.0)
    assert x[0] == x[3] == 0.0
    assert (x[2] - 10.0) - (x[1] + 20.0) == 16.0
    assert x[1] < 0.0 < x[2]


def test_many_crossing_lines_do_not_drift_apart():
    count = 600
    arcs = [((index * 7919 + step * 104729) % index, index) for index in range(1, count) for step in (1, 2)]
    arcs = [(max(start, end - 25), end) for start, end in arcs]
    found = arrange(range(count), arcs)
    x = axes(found, dict.fromkeys(range(count), (50.0, 50.0)), 16.0)
    widest = max(sum(116.0 if node < count else 16.0 for node in row) for row in found.rows)
    assert max(x.values()) - min(x.values()) <= 3 * widest
    for row in found.rows:
        for one, other in pairwise(row):
            room = 16.0 + (50.0 if one < count else 0.0) + (50.0 if other < count else 0.0)
            assert x[other] - x[one] >= room - 1e-6
