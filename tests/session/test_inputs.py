import numpy as np

from explorer.running.activations import Activations
from explorer.session.inputs import ROUNDING, input_errors


def _run(tensor):
    return Activations({}, {"data": np.asarray(tensor, np.float32)}, "cpu", 1.0)


def test_the_same_tensor_has_no_error():
    errors = input_errors(_run([[1, 2]]), _run([[1, 2]]))
    assert errors is not None
    assert errors.relative_l2 <= ROUNDING


def test_another_tensor_has_its_relative_error():
    errors = input_errors(_run([[3, 0]]), _run([[0, 4]]))
    assert errors is not None
    assert errors.relative_l2 == 5 / 4


def test_there_is_nothing_to_say_without_both_or_with_other_shapes():
    assert input_errors(None, _run([[1]])) is None
    assert input_errors(_run([[1]]), None) is None
    assert input_errors(_run([[1, 2]]), _run([[1]])) is None
