"""Which test provokes which refusal of the catalogue."""

from collections.abc import Callable

PROVOKED: dict[str, str] = {}


def provokes[T: Callable[..., None]](code: str) -> Callable[[T], T]:
    """Say that a test brings about the refusal with this code."""

    def keep(test: T) -> T:
        assert code not in PROVOKED, f"{code} is provoked by {PROVOKED[code]} already"
        PROVOKED[code] = test.__qualname__
        return test

    return keep
