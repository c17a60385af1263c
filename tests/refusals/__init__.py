"""Every refusal of the catalogue, provoked."""
