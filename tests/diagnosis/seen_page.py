"""A page as its reader sees it, and names that would be more than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HOSTILE = '</td></style><script>alert(1)</script><img src="http://example.com/x.png" onerror=alert(2)>'


class SeenPage(HTMLParser):
    """What a reader sees: the text of the page, its tags, and the attributes of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("b", "bdi", "code", "span", "small", "a", "text"):
            self.pieces.append(" ")
        if tag not in ("img", "meta", "link", "br", "col"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._inside:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.pieces))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
