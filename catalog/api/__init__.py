"""The REST face of catalog."""
