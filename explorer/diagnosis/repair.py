"""The corrected network: a copy with the findings' edits applied, which remembers them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit
from explorer.network import marks
from explorer.network.network import Network


def repaired(network: Network, edits: Sequence[Edit]) -> Network:
    """A copy of ``network`` with ``edits`` applied in their order and recorded; it shares the weights that stay."""
    draft = Draft.of_network(network)
    for edit in edits:
        edit.apply(draft)
    record = json.loads(network.model.metadata_props.get(marks.EDITS, "[]"))
    record += [{"layer": edit.layer, "cause": edit.cause, "detail": edit.detail} for edit in edits]
    draft.model.metadata_props[marks.EDITS] = json.dumps(record)
    return Network(draft.model)
