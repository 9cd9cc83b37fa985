"""A network and a picture → activations: the only place that imports onnxruntime."""
