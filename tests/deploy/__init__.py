"""How the embedded stack starts, stays up and ends."""
