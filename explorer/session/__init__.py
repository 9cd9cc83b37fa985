"""What is open now, and the long work that changes it (QtCore only)."""
