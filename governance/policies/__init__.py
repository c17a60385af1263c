"""Policies as data: who may read what, for what, decided by rules that explain themselves."""
