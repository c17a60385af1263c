"""A large synthetic mesh: planned from a seed, pure of Django. `manage.py make_mesh` writes it."""
