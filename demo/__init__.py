"""The demo mesh: descriptors, the warehouse they describe, its people and a history to look at."""
