"""What brokers share."""
