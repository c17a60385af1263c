"""Words to copy: they are right for their platform, and those that can be run here are."""
