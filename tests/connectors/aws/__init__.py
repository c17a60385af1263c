"""Amazon connectors, on a double of AWS."""
