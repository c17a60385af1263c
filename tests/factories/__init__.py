"""Descriptors with the plainest defaults, and the one way to have them in the database: apply."""
