"""The names under which an ONNX file carries what only the source framework knew.

A mark is an entry of ``metadata_props``: it survives saving, and a program that doesn't know it passes over it.
"""

LAYER = "portside.layer"
"""On a node, and on a graph input: the source's own name of the layer it belongs to."""

TYPE = "portside.type"
"""On a node, and on a graph input: the source's own type of that layer (``Convolution``, ``InceptionV4/Conv2d``)."""

TOPS = "portside.tops"
"""On a node, and on a graph input: JSON list, for each output the name under which the framework records it, or
null.
"""

PARAMETERS = "portside.parameters"
"""On the first node of a layer: JSON object, the layer's parameters as the source had them."""

PROVENANCE = "portside.provenance"
"""On an initializer's tensor: JSON object, see :class:`explorer.network.provenance.Provenance`."""

SOURCE = "portside.source"
"""On the model: JSON object with the source's format, its files and the importer's notes."""

PREPROCESSING = "portside.preprocessing"
"""On the model: JSON object, see :class:`explorer.network.preprocessing.Preprocessing`."""

LABELS = "portside.labels"
"""On the model: JSON list, the names of its classes where they are not the customary ones."""

OPAQUE = "portside.opaque"
"""The domain of nodes that stand for layers which no ONNX operator expresses; the node's type is the layer's."""

ALIASES = "portside.aliases"
"""On the model: JSON object, for recorded names a list of further ones under which a reference may hold the value."""

EDITS = "portside.edits"
"""On the model: JSON list, the corrections that were made to it: layer, cause and detail of each."""
