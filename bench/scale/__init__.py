"""A thousand grants on one port: held back and given again, changed by others, taken away."""
