"""The Kafka connector against a double of ours that speaks the broker's binary protocol."""
