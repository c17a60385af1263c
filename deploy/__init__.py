"""How Emporion is started: the bootstrap, the embedded servers and their supervisor."""
