"""Nobody may drown the others."""

import pytest
from rest_framework.settings import api_settings

from marketplace.kernel.rest.throttling import Window


class Clock:
    moment = 1000.0

    def __call__(self) -> float:
        return self.moment


def test_a_caller_is_held_back_and_the_others_are_not():
    window = Window(3, 60, clock=Clock())

    assert [window.hit("ana") for _ in range(3)] == [0, 0, 0]
    assert window.hit("ana") > 0
    assert window.hit("olaf") == 0


def test_the_window_slides():
    clock = Clock()
    clock.moment = 1020.0
    window = Window(4, 60, clock=clock)
    for _ in range(4):
        window.hit("ana")

    clock.moment = 1080.0 + 1  # the next window has just begun: nearly all of the last one counts
    assert window.hit("ana") == 0
    assert window.hit("ana") > 0
    clock.moment = 1080.0 + 45
    assert window.hit("ana") == 0


def test_only_so_many_callers_are_remembered():
    window = Window(1, 60, keep=2, clock=Clock())

    for name in ("ana", "olaf", "petra"):
        assert window.hit(name) == 0

    assert window.hit("petra") > 0
    assert window.hit("ana") == 0


@pytest.mark.django_db
def test_too_many_requests_are_answered_with_429(api, mesh, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "actor", "2/min")

    answers = [api.ana.get("/products") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].code == "too-many-requests"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61
    assert api.ana.get("/me").status == 429
    assert api.olaf.get("/products").status == 200


@pytest.mark.django_db
def test_guessing_tokens_is_counted_per_address(api, people, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "actor", "5/hour")
    guess = {"Authorization": "Bearer mp_12345678_" + "x" * 38}

    answers = [api.nobody.get("/products", **guess).status for _ in range(7)]

    assert answers == [401] * 5 + [429] * 2
