"""Faults on purpose: killed workers, servers taken away, a platform that fails."""
