"""Who uses what, how they got it, and what they are told."""
