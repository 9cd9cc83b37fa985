"""Portside: see what is in a ported network, what each layer does with a picture, and where it differs."""

__version__ = "0.1.0"
