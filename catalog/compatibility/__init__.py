"""What a change of a contract means for those who read the data."""
