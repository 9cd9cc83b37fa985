"""The window: what is shown, and what the person asks for."""
