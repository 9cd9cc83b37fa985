"""Drawings: a GoogLeNet of our own, the pictures that it learnt from, and how it was carried to other frameworks."""
