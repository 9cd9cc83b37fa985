"""Two designs of each class for the test drawn in another way: icons by hand, as path data in a square of 100.

M, L, C, Q and Z as in SVG, with E for an ellipse (middle, radii) and R for a rectangle (corner, size, rounding). The
word that begins a line says what it is: the ``body``, an ``accent`` of another colour, something ``dark`` or ``light``,
or a ``line``; a line without a word goes on with the one before.
"""

from __future__ import annotations

Design = tuple[tuple[str, str], ...]
"""Its parts from the back to the front: what each is, and its path data."""

_TEXTS = {
    "arrow": (
        """
        body M8 42 L55 42 L55 20 L94 50 L55 80 L55 58 L8 58 Z
        """,
        """
        line M10 50 L88 50
        line M62 24 L90 50 L62 76
        """,
    ),
    "boat": (
        """
        body M8 64 Q50 74 92 64 Q86 88 70 90 L30 90 Q14 88 8 64 Z
        accent M48 10 Q84 34 80 58 L48 58 Z
        light M43 18 Q26 40 18 58 L43 58 Z
        line M46 8 L46 66
        """,
        """
        body M14 66 L86 66 L74 88 L26 88 Z
        accent M54 12 L54 60 L84 60 Z
        line M50 8 L50 66
        line M4 94 Q16 88 28 94 Q40 100 52 94 Q64 88 76 94 Q88 100 96 94
        """,
    ),
    "butterfly": (
        """
        body M49 50 C30 8 6 10 6 30 C6 48 28 54 49 52 Z M51 50 C70 8 94 10 94 30 C94 48 72 54 51 52 Z
        accent M49 53 C20 54 14 74 24 84 C36 92 46 72 49 56 Z M51 53 C80 54 86 74 76 84 C64 92 54 72 51 56 Z
        dark E50 52 3.5 24
        line M49 30 Q44 16 36 14
        line M51 30 Q56 16 64 14
        """,
        """
        body E30 36 22 20 E70 36 22 20
        accent E34 68 15 16 E66 68 15 16
        dark R47 26 6 56 3
        line M49 28 L40 10
        line M51 28 L60 10
        """,
    ),
    "car": (
        """
        body M4 70 L4 54 Q6 48 14 46 L26 44 Q36 26 46 26 L64 26 Q74 26 82 46 Q94 48 96 56 L96 70 Z
        light M34 44 Q40 32 47 32 L51 32 L51 44 Z
        light M56 32 L63 32 Q69 33 74 44 L56 44 Z
        dark E26 70 10 10
        dark E76 70 10 10
        """,
        """
        body R4 46 92 24 8
        body M24 48 L32 24 L72 24 L80 48 Z
        light R37 30 13 14 2
        light R54 30 14 14 2
        dark E24 72 11 11
        dark E76 72 11 11
        light E24 72 5 5
        light E76 72 5 5
        """,
    ),
    "circle": (
        """
        body E50 50 42 42
        """,
        """
        body M50 10 C74 8 92 28 90 52 C88 76 70 92 48 90 C24 88 8 70 10 46 C12 26 28 11 50 10 Z
        """,
    ),
    "cloud": (
        """
        body M24 76 C4 76 2 50 22 48 C20 28 48 20 56 38 C68 26 88 38 82 54 C98 56 96 76 80 76 Z
        """,
        """
        body M20 70 Q6 68 10 54 Q14 42 28 46 Q30 28 48 30 Q62 30 66 44 Q84 36 90 52 Q94 68 80 70 Z
        """,
    ),
    "cross": (
        """
        body R40 8 20 84 4 R8 40 84 20 4
        """,
        """
        line M50 6 L50 94
        line M22 34 L78 34
        """,
    ),
    "cup": (
        """
        line M70 40 C96 34 96 70 68 68
        body M16 30 L72 30 L68 78 Q66 86 58 86 L30 86 Q22 86 20 78 Z
        line M34 22 Q28 16 34 8
        line M52 22 Q46 16 52 8
        """,
        """
        line M66 42 Q90 40 84 56 Q80 68 62 66
        body M14 36 L70 36 Q70 76 42 76 Q14 76 14 36 Z
        accent E42 82 36 6
        dark E42 36 28 6
        """,
    ),
    "envelope": (
        """
        body R6 22 88 58 5
        line M8 25 L50 56 L92 25
        """,
        """
        body M6 24 L94 24 L94 80 L6 80 Z
        accent M6 24 L94 24 L50 58 Z
        line M6 80 L40 50
        line M94 80 L60 50
        """,
    ),
    "face": (
        """
        body E50 50 44 44
        dark E35 40 5 8
        dark E65 40 5 8
        line M26 60 Q50 86 74 60
        """,
        """
        body M50 6 C80 6 90 30 88 54 C86 80 68 94 50 94 C32 94 14 80 12 54 C10 30 20 6 50 6 Z
        light E34 42 9 7
        light E66 42 9 7
        dark E35 42 4 4
        dark E66 42 4 4
        line M50 50 Q44 60 51 62
        line M34 74 Q50 82 66 74
        """,
    ),
    "fish": (
        """
        accent M66 50 L96 26 Q88 50 96 74 Z
        body M4 50 Q30 16 76 50 Q30 84 4 50 Z
        dark E22 45 3.5 3.5
        line M36 36 Q44 50 36 64
        """,
        """
        accent M68 50 C80 42 92 26 96 22 L90 50 L96 78 C92 74 80 58 68 50 Z
        accent M34 30 Q48 10 60 32 Z
        body E42 50 36 24
        light E20 44 6 6
        dark E20 44 2.5 2.5
        line M9 56 Q15 60 19 57
        """,
    ),
    "flower": (
        """
        line M50 50 Q54 74 50 98
        accent M51 86 Q66 68 82 74 Q72 90 51 86 Z
        body E50 16 11 13 E73 31 13 11 E66 55 12 12 E34 55 12 12 E27 31 13 11
        light E50 37 11 11
        """,
        """
        body M50 50 Q30 10 50 4 Q70 10 50 50 Z M50 50 Q90 30 96 50 Q90 70 50 50 Z M50 50 Q70 90 50 96 Q30 90
            50 50 Z M50 50 Q10 70 4 50 Q10 30 50 50 Z
        accent M50 50 Q66 10 82 18 Q90 34 50 50 Z M50 50 Q90 66 82 82 Q66 90 50 50 Z M50 50 Q34 90 18 82 Q10
            66 50 50 Z M50 50 Q10 34 18 18 Q34 10 50 50 Z
        light E50 50 10 10
        """,
    ),
    "glasses": (
        """
        light E26 52 20 18
        light E74 52 20 18
        line M46 50 Q50 44 54 50
        line M6 48 L2 38
        line M94 48 L98 38
        """,
        """
        body M6 38 L44 38 Q46 66 26 66 Q6 66 6 38 Z
        body M56 38 L94 38 Q94 66 74 66 Q54 66 56 38 Z
        line M44 42 L56 42
        line M6 40 L0 36
        line M94 40 L100 36
        """,
    ),
    "heart": (
        """
        body M50 90 C10 60 4 40 8 26 C14 8 42 6 50 30 C58 6 86 8 92 26 C96 40 90 60 50 90 Z
        """,
        """
        body M50 84 L14 48 Q4 34 14 22 Q32 6 50 26 Q68 6 86 22 Q96 34 86 48 Z
        """,
    ),
    "house": (
        """
        accent M2 50 L50 8 L98 50 Z
        body R16 50 68 44 0
        dark R42 64 16 30 0
        light R22 58 14 14 0
        light R64 58 14 14 0
        """,
        """
        dark R68 12 10 24 0
        body M14 46 L86 46 L86 92 L14 92 Z
        accent M6 48 L50 12 L94 48 L88 52 L12 52 Z
        dark M26 92 L26 66 Q35 56 44 66 L44 92 Z
        light R56 62 20 16 1
        line M66 62 L66 78
        """,
    ),
    "key": (
        """
        body R44 46 52 8 1 R72 52 7 14 0 R86 52 7 11 0
        body E26 50 22 22
        light E22 50 10 10
        """,
        """
        line M50 44 L50 94
        line M50 92 L68 92
        line M50 78 L64 78
        line M50 8 C72 8 72 44 50 44 C28 44 28 8 50 8 Z
        """,
    ),
    "ladder": (
        """
        line M30 4 L30 96
        line M70 4 L70 96
        line M30 18 L70 18
        line M30 34 L70 34
        line M30 50 L70 50
        line M30 66 L70 66
        line M30 82 L70 82
        """,
        """
        accent R26 20 48 6 0 R26 38 48 6 0 R26 56 48 6 0 R26 74 48 6 0
        body M22 96 L32 4 L38 4 L30 96 Z
        body M78 96 L68 4 L62 4 L70 96 Z
        """,
    ),
    "lightning": (
        """
        body M58 2 L18 56 L46 56 L36 98 L82 38 L52 38 Z
        """,
        """
        body M36 4 L70 4 L56 36 L78 36 L32 96 L44 54 L22 54 Z
        """,
    ),
    "moon": (
        """
        body M62 6 C28 8 12 34 18 60 C24 88 58 100 84 80 C52 84 36 56 62 6 Z
        """,
        """
        body M40 8 Q98 28 78 70 Q64 96 26 90 Q62 72 60 44 Q58 22 40 8 Z
        """,
    ),
    "mushroom": (
        """
        light M38 52 Q42 76 34 92 L66 92 Q58 76 62 52 Z
        body M6 54 C8 -6 92 -6 94 54 Q50 66 6 54 Z
        light E34 32 7 7
        light E60 24 6 6
        light E72 42 6 5
        """,
        """
        light R40 46 20 46 8
        body M12 52 Q10 14 50 10 Q90 14 88 52 Z
        """,
    ),
    "snail": (
        """
        accent M8 86 L90 86 Q98 86 92 78 Q76 76 70 74 L30 76 Q26 66 26 48 Q24 36 14 38 Q6 42 8 56 Z
        line M14 40 L8 20
        line M18 40 L26 22
        body E58 50 28 27
        line M58 50 Q62 44 67 50 Q68 62 56 62 Q44 58 46 46 Q52 34 66 38 Q78 44 77 58 Q72 72 56 72
        """,
        """
        accent M96 84 Q60 92 24 86 Q8 82 8 62 Q6 48 16 46 Q26 48 26 62 Q34 78 60 72 Q84 74 96 84 Z
        line M12 48 Q8 36 2 32
        line M18 47 Q20 34 28 30
        body M34 72 Q30 30 62 28 Q92 32 88 62 Q84 74 74 75 Z
        line M60 56 Q66 56 64 48 Q56 44 52 54 Q52 66 66 66 Q78 60 74 46 Q64 34 50 42
        """,
    ),
    "spiral": (
        """
        line M50 50 C54 46 58 52 54 56 C46 62 38 52 42 44 C50 32 68 40 68 54 C66 74 38 76 28 58 C20 34 42 18
            62 22 C88 28 92 62 76 80 C56 98 22 92 12 66
        """,
        """
        line M48 52 Q52 46 56 52 Q56 62 46 62 Q34 58 36 46 Q42 32 58 36 Q72 44 68 60 Q58 76 40 74 Q20 66 22
            44 Q32 18 60 20 Q88 30 86 60
        """,
    ),
    "square": (
        """
        body R12 12 76 76 0
        """,
        """
        body R10 14 80 72 8
        """,
    ),
    "star": (
        """
        body M50 4 L64 36 L98 39 L72 62 L80 96 L50 78 L20 96 L28 62 L2 39 L36 36 Z
        """,
        """
        body M50 4 L61 30 L90 27 L73 50 L90 73 L61 70 L50 96 L39 70 L10 73 L27 50 L10 27 L39 30 Z
        """,
    ),
    "sun": (
        """
        body E50 50 22 22
        line M50 4 L50 18
        line M50 82 L50 96
        line M4 50 L18 50
        line M82 50 L96 50
        line M18 18 L28 28
        line M72 72 L82 82
        line M82 18 L72 28
        line M28 72 L18 82
        """,
        """
        accent M50 2 L57 20 L43 20 Z M50 98 L57 80 L43 80 Z M2 50 L20 43 L20 57 Z M98 50 L80 43 L80 57 Z M16
            16 L34 24 L24 34 Z M84 16 L76 34 L66 24 Z M16 84 L24 66 L34 76 Z M84 84 L66 76 L76 66 Z
        body E50 50 25 25
        """,
    ),
    "tree": (
        """
        dark M44 60 L56 60 L60 96 L40 96 Z
        body M50 4 C64 2 74 14 72 22 C90 26 90 50 76 54 C70 68 30 68 24 54 C10 50 10 26 28 22 C26 14 36 2 50
            4 Z
        """,
        """
        dark R44 78 12 20 0
        body M50 4 L72 34 L60 34 L80 58 L66 58 L88 82 L12 82 L34 58 L20 58 L40 34 L28 34 Z
        """,
    ),
    "triangle": (
        """
        body M50 8 L94 88 L6 88 Z
        """,
        """
        body M10 16 Q8 10 15 12 L88 40 Q94 44 89 49 L34 90 Q28 94 26 87 Z
        """,
    ),
    "umbrella": (
        """
        line M50 12 L50 82 Q50 94 40 93 Q32 92 32 84
        body M4 54 C6 4 94 4 96 54 Q88 44 80 54 Q70 44 60 54 Q50 44 40 54 Q30 44 20 54 Q12 44 4 54 Z
        """,
        """
        line M50 6 L50 84 Q54 96 62 86
        body M6 50 Q14 12 50 12 Q86 12 94 50 Q78 40 66 50 Q50 40 34 50 Q22 40 6 50 Z
        line M50 13 Q34 26 34 49
        line M50 13 Q66 26 66 49
        """,
    ),
}


def _design(text: str) -> Design:
    parts: list[tuple[str, str]] = []
    for line in text.strip().splitlines():
        first, _, rest = line.strip().partition(" ")
        if first.islower():
            parts.append((first, rest))
        else:
            role, path = parts[-1]
            parts[-1] = (role, f"{path} {line.strip()}")
    return tuple(parts)


DESIGNS: dict[str, tuple[Design, Design]] = {
    name: (_design(first), _design(second)) for name, (first, second) in _TEXTS.items()
}
