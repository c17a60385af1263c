"""A product read before the framework: the same answer, and everything else goes the long way."""

import io

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from prometheus_client import REGISTRY

from catalog.queries.details import detail_by_token
from marketplace.kernel.identity.models import ApiToken
from marketplace.kernel.rest.front import Front
from marketplace.portal.health import count

DELAYS = "/api/v1/products/flight-operations.flight-delays"


class Asked:
    """A WSGI call, and whether it reached what is behind the front."""

    def __init__(self):
        self.long_way = 0
        self.django = WSGIHandler()
        self.front = Front(self.behind, "/api/v1/products/", detail_by_token, count)

    def behind(self, environ, start):
        self.long_way += 1
        return self.django(environ, start)

    def get(self, path, token, application=None, **environ):
        said = {}

        def start(status, headers):
            said.update(status=status, headers=dict(headers))

        asked = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "HTTP_HOST": "testserver",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
        } | environ
        body = b"".join((application or self.front)(asked, start))
        return said["status"], said["headers"], body


@pytest.fixture
def asked(monkeypatch):
    """The test's transaction stays open: nobody closes its connection, as with the test client."""
    monkeypatch.setattr(Front, "after", staticmethod(lambda: None))
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield Asked()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
def test_ana_gets_what_the_long_way_gives_with_the_same_headers(api, mesh, asked):
    status, headers, body = asked.get(DELAYS, api.ana.token)
    slow_status, slow_headers, slow_body = asked.get(DELAYS, api.ana.token, asked.django)

    assert asked.long_way == 0
    assert (status, body) == (slow_status, slow_body)
    assert len(headers.pop("X-Request-Id")) == len(slow_headers.pop("X-Request-Id")) == 32
    assert headers == slow_headers


@pytest.mark.django_db
def test_it_costs_one_statement(api, mesh, asked, django_assert_num_queries):
    asked.get(DELAYS, api.ana.token)

    with django_assert_num_queries(1):
        assert asked.get(DELAYS, api.ana.token)[0] == "200 OK"
    assert asked.long_way == 0


@pytest.mark.django_db
def test_who_has_it_already_is_told_so(api, mesh, asked):
    tag = asked.get(DELAYS, api.ana.token)[1]["ETag"]

    status, headers, body = asked.get(DELAYS, api.ana.token, HTTP_IF_NONE_MATCH=tag)

    assert (status, body, asked.long_way) == ("304 Not Modified", b"", 0)
    assert headers["ETag"] == tag


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asks", "status"),
    [
        ({"HTTP_AUTHORIZATION": "Bearer mp_wrong"}, "401 Unauthorized"),
        ({"HTTP_HOST": "evil.example"}, "400 Bad Request"),
        ({"QUERY_STRING": "colour=red"}, "400 Bad Request"),
        ({"REQUEST_METHOD": "DELETE"}, "405 Method Not Allowed"),
        ({"PATH_INFO": "/api/v1/products/flight-operations.none"}, "404 Not Found"),
        ({"PATH_INFO": f"{DELAYS}/ports"}, "200 OK"),
    ],
)
def test_everything_else_goes_the_long_way(api, mesh, asked, asks, status):
    answer = asked.get(DELAYS, api.ana.token, **asks)

    assert (answer[0], asked.long_way) == (status, 1)


@pytest.mark.django_db
def test_what_sid_may_not_see_is_not_there(api, mesh, asked):
    hidden = "/api/v1/products/customer.bookings"

    assert asked.get(hidden, api.sid.token)[0] == asked.get(hidden, api.sid.token, asked.django)[0]


@pytest.mark.django_db
def test_a_narrow_token_and_a_revoked_one_are_refused(api, mesh, asked):
    assert asked.get(DELAYS, api.with_scopes("ana", "query").token)[0] == "403 Forbidden"

    assert asked.get(DELAYS, api.ana.token)[0] == "200 OK"
    ApiToken.objects.update(revoked_at="2020-01-01T00:00:00Z")

    assert asked.get(DELAYS, api.ana.token)[0] == "401 Unauthorized"


@pytest.mark.django_db
def test_too_many_calls_are_refused_here_too(api, mesh, asked, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"actor": "2/day"}
    }

    seen = [asked.get(DELAYS, api.ana.token)[0] for _ in range(3)]

    assert seen == ["200 OK", "200 OK", "429 Too Many Requests"]


@pytest.mark.django_db
def test_over_https_browsers_are_told_to_stay_there(api, mesh, asked, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000

    headers = asked.get(DELAYS, api.ana.token, **{"wsgi.url_scheme": "https"})[1]

    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert asked.long_way == 0


@pytest.mark.django_db
def test_it_is_counted_as_every_answer(api, mesh, asked):
    def seen():
        labels = {"method": "GET", "family": "api products", "status": "200"}
        return REGISTRY.get_sample_value("emporion_http_requests_total", labels) or 0

    before = seen()
    asked.get(DELAYS, api.ana.token)

    assert seen() == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_not_noticed(api, mesh, asked):
    assert asked.get(DELAYS, api.ana.token)[0] == "200 OK"
    connection.connection.pgconn.finish()

    assert (asked.get(DELAYS, api.ana.token)[0], asked.long_way) == ("200 OK", 1)
    assert (asked.get(DELAYS, api.ana.token)[0], asked.long_way) == ("200 OK", 1)
