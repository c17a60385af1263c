"""What message brokers have in common: a port is a whole stream, shown to a consumer or not.

A broker hides neither fields nor messages from who may read a stream, so a narrowed variant is
withheld for a person (publish a projected stream instead), and never granted wider than asked.
Everything here is pure: `planning` works out the steps, `messages` makes rows of payloads.
"""
