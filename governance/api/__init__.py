"""The REST face of governance."""
