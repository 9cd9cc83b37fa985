"""Files damaged in the ways that files are: bits turned, bytes lost, doubled or added, the end cut off."""

from __future__ import annotations

import random
from collections.abc import Iterator


def mutations(whole: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """``count`` damaged versions of ``whole``, the same each time for one ``seed``."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            place = chance.randrange(len(data) + 1)
            how = chance.randrange(5)
            if how == 0:
                del data[place:]
            elif how == 1:
                del data[place : place + chance.randrange(1, 20)]
            elif how == 2:
                data[place:place] = chance.randbytes(chance.randrange(1, 9))
            elif how == 3:
                data[place:place] = data[place : place + chance.randrange(1, 40)]
            elif place < len(data):
                data[place] ^= 1 << chance.randrange(8)
        yield bytes(data)
