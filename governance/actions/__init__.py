"""Everything that changes governance."""
