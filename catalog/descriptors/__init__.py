"""Descriptors: YAML of the open standards (ODPS, ODCS) in, frozen dataclasses out, and back."""
