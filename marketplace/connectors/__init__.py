"""Data platforms, seen from the marketplace: facts, plans and proofs.

Everything here is pure of Django: a connector knows no models and no database of ours. It is asked
what stands on the platform (`observe`), what would have to change (`plan`, pure), to change it
(`apply`) and to prove the outcome as the consumer (`probe`). `base` holds the shared words,
`registry` finds the connector of a kind.
"""
