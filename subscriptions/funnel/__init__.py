"""From a search to the first rows: marks as they come, days and journeys made of them, reads.

`marks` is written by pages, `daily` by a worker every few minutes, `reading` is what pages read.
"""
