"""Channels, with a real mail server and real HTTP receivers on loopback."""
