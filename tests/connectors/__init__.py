"""Connectors, asked the same questions by `contract.py`; PostgreSQL is a real server."""
