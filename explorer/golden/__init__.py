"""The file of a golden run: a network, a picture and every layer's values as a zip of documented parts."""

from pathlib import Path

ENDING = ".portside"


def is_golden_run(path: str | Path) -> bool:
    """Whether the file's name says that it is a golden run."""
    return Path(path).suffix.lower() == ENDING
