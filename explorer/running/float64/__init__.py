"""Networks evaluated in double precision: what rounding errors are measured against."""

from explorer.running.float64.evaluation import OPERATORS, evaluate, supports
from explorer.running.float64.operators import UnsupportedOperator

__all__ = ["OPERATORS", "UnsupportedOperator", "evaluate", "supports"]
