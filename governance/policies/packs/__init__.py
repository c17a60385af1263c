"""Policy packs that come with the catalogue, as JSON."""
