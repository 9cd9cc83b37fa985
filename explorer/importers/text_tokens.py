"""The words of protobuf's text format, cut and read as its C++ tokenizer does with Caffe's settings."""

import re

END, NAME, NUMBER, STRING, SYMBOL = range(5)
"""What a token is; the numbers are those of the pattern's groups."""

# Possessive throughout: no text can make it backtrack. It matches at every position, the end included.
_TOKEN = re.compile(
    r"""(?:[ \t\r\n\v\f]++|\#[^\n]*+)*+
    (?:([A-Za-z_][A-Za-z0-9_]*+)
    |(\.?[0-9](?:[eE][+-]|[A-Za-z0-9_.])*+)
    |("(?:[^"\\\n]|\\[^\n])*+"|'(?:[^'\\\n]|\\[^\n])*+')
    |(.)
    |\Z)""",
    re.VERBOSE | re.DOTALL,
)
_WHOLE = re.compile(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
_FLOAT = re.compile(r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?")
_ESCAPE = re.compile(
    r"""\\(?:([abfnrtv\\?'"])|([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|.)"""
)
_LETTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_LONGEST_WHOLE = 32
_LONGEST_FLOAT = 400


class Tokens:
    """A text with one token of lookahead: ``kind`` says what ``token`` is, and it begins at ``start``.

    The text holds one character for each byte of the file: comments may be in any encoding, and names are
    decoded one at a time.
    """

    def __init__(self, data: bytes) -> None:
        self._text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
        self._matches = _TOKEN.finditer(self._text)
        self.kind = END
        self.token = ""
        self._end = 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token; there must be one."""
        match = next(self._matches)
        self.kind = kind = match.lastindex or END
        self.token = match[kind] if kind else ""
        self._end = match.end()

    @property
    def start(self) -> int:
        """Where the token begins, in bytes."""
        return self._end - len(self.token)

    def looking_at(self, symbols: str) -> bool:
        """Whether the token is one of these symbols."""
        return self.kind == SYMBOL and self.token in symbols

    def take(self, symbol: str) -> bool:
        """Go past the token if it is ``symbol``, and say whether it was."""
        if self.kind == SYMBOL and self.token == symbol:
            self.advance()
            return True
        return False

    def line(self, position: int | None = None) -> int:
        """The line, from 1, of a position: the token's, where none is given."""
        return self._text.count("\n", 0, self.start if position is None else position) + 1

    def found(self) -> str:
        """The token as it is told to the user."""
        if self.kind == END:
            return "the end of the file"
        if self.looking_at("\"'"):
            return "a string that its line does not close"
        if self.kind == SYMBOL and not (self.token.isascii() and self.token.isprintable()):
            return f"the byte {ord(self.token):#04x}"
        return f"'{self.token[:40]}'"


def whole_number(token: str) -> int | None:
    """A decimal, ``0x`` hexadecimal or ``0`` octal number; None for anything else.

    One too long for Python to convert is out of every field's range as well: 2⁶⁴ stands for it.
    """
    if not _WHOLE.fullmatch(token):
        return None
    if len(token) > _LONGEST_WHOLE:
        return 2**64
    return int(token, 8 if token[0] == "0" and token.isdigit() else 0)


def floating_number(token: str) -> float | None:
    """A decimal number with or without a fraction, an exponent and an ``f``; None for anything else."""
    if len(token) > _LONGEST_FLOAT or not _FLOAT.fullmatch(token):
        return None
    return float(token.rstrip("fF"))


def unquoted(token: str) -> bytes:
    """The bytes of one string in quotes.

    :raises ValueError: for an escape sequence that there is not; its text is the message.
    """
    body = token[1:-1]
    if "\\" in body:
        body = _ESCAPE.sub(_unescape, body)
    return body.encode("latin-1")


def decode_name(raw: bytes) -> str:
    """A string of a Caffe file: UTF-8, and Latin-1 where it is not. Caffe itself only compares bytes."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _unescape(match: re.Match[str]) -> str:
    letter, octal, byte, short, long = match.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    if octal is not None:
        return chr(int(octal, 8) & 0xFF)
    if byte is not None:
        return chr(int(byte, 16))
    code = int(short or long or "110000", 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise ValueError(match[0])
    return chr(code).encode("utf-8").decode("latin-1")
