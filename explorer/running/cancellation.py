"""How long work below the session stops when the person asks it to."""


class Cancelled(Exception):  # noqa: N818 - it is an answer to the person, not an error
    """The person cancelled the work.

    Raised by a computation between two steps once its ``cancelled()`` answers true. It is not an error and
    has nothing to tell: whoever started the work drops what was computed and shows what stood there before.
    """
