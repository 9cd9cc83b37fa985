import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from explorer.later import load_later
load_later()
load_later()
import onnx_ir
print("sympy.core" in sys.modules, sum(type(finder).__name__ == "_Finder" for finder in sys.meta_path))
print(onnx_ir.SymbolicDim("N") + 1, "sympy.core" in sys.modules)
import sympy
print(sympy.sqrt(16), type(sympy).__name__, hasattr(sympy, "no_such_name"))
"""


def test_what_is_loaded_later_is_not_loaded_before_it_is_used_and_works_then():
    folder = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False 1", "N + 1 True", "4 module False"]
