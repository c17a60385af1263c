"""Pages are packed for browsers that take gzip; other answers are left as they are."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from deploy.embedded.prepare import pack
from marketplace.kernel.web.packed import Packed

PAGE = "<!doctype html>" + "<p>Flight delays</p>" * 100


def answered(response, **headers):
    return Packed(lambda _request: response)(RequestFactory().get("/", headers=headers))


def test_a_page_is_packed_for_who_takes_gzip():
    answer = answered(HttpResponse(PAGE), **{"accept-encoding": "gzip, br"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(answer.content) < len(PAGE) / 5
    assert gzip.decompress(answer.content).decode() == PAGE


def test_a_page_is_left_alone_for_who_does_not():
    answer = answered(HttpResponse(PAGE))

    assert answer.content.decode() == PAGE


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "text/event-stream"])
def test_what_is_no_page_is_left_alone(kind):
    answer = answered(
        StreamingHttpResponse([PAGE], content_type=kind), **{"accept-encoding": "gzip"}
    )

    assert "Content-Encoding" not in answer.headers


def test_our_own_static_files_lie_packed_beside_themselves(tmp_path):
    (tmp_path / "app.css").write_text("a{b:c}" * 100)
    (tmp_path / "body.woff2").write_bytes(b"packed already")

    pack(tmp_path)
    pack(tmp_path)

    assert gzip.decompress((tmp_path / "app.css.gz").read_bytes()) == b"a{b:c}" * 100
    assert {path.name for path in tmp_path.iterdir()} == {"app.css", "app.css.gz", "body.woff2"}


def test_a_file_that_changed_is_packed_anew(tmp_path):
    (tmp_path / "app.css").write_text("a{b:c}")
    pack(tmp_path)

    (tmp_path / "app.css").write_text("a{b:d}")
    pack(tmp_path)

    assert gzip.decompress((tmp_path / "app.css.gz").read_bytes()) == b"a{b:d}"
