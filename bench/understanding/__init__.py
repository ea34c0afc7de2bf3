"""How well sentences are understood, clean and with simulated recognition errors."""
