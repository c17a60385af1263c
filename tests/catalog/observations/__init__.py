"""Reports of checks, as tools write them."""
