"""What stands beside a network for formats that can't say it: the classes' names, and what is done to a picture."""

from __future__ import annotations

import json
from pathlib import Path

from explorer.network import marks
from explorer.network.network import Network

LABELS, PREPROCESSING = ".labels.txt", ".preprocessing.json"
"""What the names of such files end in; they begin as the network's own does."""


def take_companions(network: Network, path: Path) -> Network:
    """Give a network that was just read from ``path`` what ``STEM.labels.txt`` and ``STEM.preprocessing.json`` say.

    Labels in the network's own file go before; a preprocessing that somebody laid beside it goes before the one that
    is customary for its format.

    :raises PortsideError: when such a file is no list of labels, or describes no preprocessing.
    """
    from explorer.network.labels import read_labels
    from explorer.network.preprocessing import find_preprocessing

    said = network.model.metadata_props
    labels, preprocessing = (path.with_name(path.stem + ending) for ending in (LABELS, PREPROCESSING))
    found = {}
    if marks.LABELS not in said and labels.is_file():
        found[marks.LABELS] = json.dumps(read_labels(str(labels)))
    if preprocessing.is_file():
        found[marks.PREPROCESSING] = json.dumps(find_preprocessing(str(preprocessing)).to_json())
    if not found:
        return network
    said.update(found)
    # Another one: what this one said of itself before, it would go on saying.
    return Network(network.model)
