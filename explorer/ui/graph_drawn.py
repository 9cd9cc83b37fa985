"""A network drawn before it is shown: all that a graph needs and a worker's thread can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QFont

from explorer.network.modules import Modules
from explorer.network.network import Network
from explorer.ui.graph_scene import Drawing, GraphScene
from explorer.ui.layer_rows import LayerRow


@dataclass(frozen=True, eq=False)
class Drawn:
    """A network with its scene, as it follows the scene ``before``; it ``stays`` where that had the very layers."""

    network: Network
    scene: GraphScene
    font: QFont
    before: GraphScene | None
    stays: bool

    def follows(self, scene: GraphScene | None, font: QFont) -> bool:
        """Whether the very same would be drawn after ``scene``: what a comparison says of that changes nothing."""
        if font != self.font:
            return False
        if scene is None or self.before is None:
            return scene is self.before
        return scene.drawing is self.before.drawing and (not self.stays or scene.opened == self.before.opened)


def draw(
    network: Network,
    modules: Modules | None,
    font: QFont,
    before: GraphScene | None,
    rows: Mapping[str, LayerRow] | None = None,
) -> Drawn:
    """Draw a network; the modules that were open stay open where the layers are those of the network before.

    ``rows`` are those of the layer table, by name, where they are made already.
    """
    drawing = Drawing(network, modules, font, rows)
    stays = before is not None and list(before.drawing.rows) == list(drawing.rows)
    if before is not None and stays:
        opened = before.opened & drawing.modules.module.keys()
    else:
        opened = drawing.opened_at_first()
    return Drawn(network, GraphScene(drawing, opened), font, before, stays)
