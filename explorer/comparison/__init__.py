"""Our activations and a reference's → a comparison, layer by layer."""
