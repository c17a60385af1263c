import pytest

from marketplace.kernel.web.markdown import to_html


def test_what_a_person_writes_is_formatted():
    assert to_html("**Bold** and `code`") == "<p><strong>Bold</strong> and <code>code</code></p>\n"


def test_heads_start_below_those_of_the_page():
    assert "<h3>One</h3>" in to_html("# One")
    assert "<h6>Six</h6>" in to_html("###### Six")


def test_links_lead_out_without_saying_from_where():
    assert to_html("[x](https://example.org)") == (
        '<p><a href="https://example.org" rel="noopener noreferrer nofollow">x</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://example.org/track.png)",
        "[x](data:text/html,<script>alert(1)</script>)",
        '<a href="https://example.org" onclick="x()">x</a>',
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_that_acts_or_loads_gets_through(text):
    html = to_html(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<style" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert " onclick=" not in html.replace("&quot;", "").split("&lt;")[0]
