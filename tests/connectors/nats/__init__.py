"""NATS, the real server."""
