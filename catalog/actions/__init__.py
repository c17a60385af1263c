"""Everything that changes catalog."""
