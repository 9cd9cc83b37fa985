"""The commands, one module each: what each is told, and what it prints and writes."""
