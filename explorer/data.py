"""Where the data that comes with the program is: ``resources`` and ``models``."""

from pathlib import Path


def data_folder(name: str) -> Path:
    """Return the folder ``name`` of the installed wheel, or of the checkout that holds this package.

    The build places the folders under ``explorer/_data``; in a checkout they stand beside ``explorer``.
    Raises ``FileNotFoundError`` when neither is there: an incomplete installation, not a user's mistake.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name!r} is missing from this installation of Portside")
