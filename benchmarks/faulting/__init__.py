"""The fault bench's parts: networks, injections, recordings and the judging of what a diagnosis says."""
