"""Which colour a domain has: a class of the style sheet, since pages carry no `style`."""

STEP = 10
FULL = 360
NAMELESS = 8


def hue_class(hue: int | None, slug: str) -> str:
    """Give the class of a hue in degrees, or, without one, one of eight chosen by the slug.

    The lightness and chroma are shared by all hues, so that every one is readable.
    """
    if hue is None:
        return f"d{sum(slug.encode()) % NAMELESS}"
    return f"hue-{round(hue / STEP) * STEP % FULL}"
