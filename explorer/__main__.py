"""``python -m explorer`` and the ``portside`` command."""

import sys

from explorer import __version__


def main() -> int:
    """Run the command line with the process's arguments; gives the exit status."""
    if sys.argv[1:] == ["--version"]:
        # Answered before anything is imported: scripts ask for it often.
        print(f"portside {__version__}")
        return 0
    from explorer.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
