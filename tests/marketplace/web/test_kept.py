"""A part that is kept shows exactly the data it was given."""

from django.utils.safestring import mark_safe
from django.utils.translation import override

from marketplace.kernel.web import kept
from marketplace.kernel.web.kept import draw

SEAL = "components/regulation_tag.html"


def drawn_so_far() -> int:
    return kept._drawn.cache_info().misses


def test_the_same_data_is_drawn_once():
    first = draw(SEAL, {"label": "once"})
    before = drawn_so_far()

    assert draw(SEAL, {"label": "once"}) == first
    assert drawn_so_far() == before


def test_other_data_and_another_language_are_drawn_anew():
    draw(SEAL, {"label": "pii"})
    before = drawn_so_far()

    assert "PHI" in draw(SEAL, {"label": "phi"})
    with override("de"):
        assert "PHI" in draw(SEAL, {"label": "phi"})
    assert drawn_so_far() == before + 2


def test_the_foot_of_every_page_is_drawn_once_for_each_set_of_addresses(settings):
    facts = {"instance": "Acme data", "signed_in": True}
    first = draw("components/foot.html", facts)
    before = drawn_so_far()

    assert draw("components/foot.html", facts) == first
    assert "Acme data" in first
    assert 'href="/asks"' in first
    assert drawn_so_far() == before
    assert 'href="/asks"' not in draw("components/foot.html", {**facts, "signed_in": False})
    settings.ROOT_URLCONF = "tests.marketplace.web.urls"
    assert 'href="/at/asks"' in draw("components/foot.html", facts)


def test_letters_marked_as_safe_never_stand_in_for_those_typed_by_sid():
    def chip(label):
        return draw("components/chip.html", {"label": label, "href": "/"})

    assert "<b>" in chip(mark_safe("<b>"))
    assert "<b>" not in chip("<b>")
    assert "&lt;b&gt;" in chip("<b>")
    assert "<b>" in chip(mark_safe("<b>"))


def test_while_templates_are_written_nothing_is_kept(settings):
    settings.DEBUG = True
    before = drawn_so_far()

    assert "NEW" in draw(SEAL, {"label": "new"})
    assert drawn_so_far() == before
