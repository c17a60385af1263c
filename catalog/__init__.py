"""What there is: domains, products, ports, contracts, quality, lineage."""
