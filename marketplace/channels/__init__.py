"""Ways to tell people and programs. Knows no Django."""
