"""One short-lived login out of two, dropped by the API after the pages made both; any platform."""

from collections.abc import Callable
from typing import Any

from catalog.actions.platforms import prepare_platform, register_platform
from subscriptions.models import AccessAgreement, IssuedLogin
from tests.factories import descriptors as make

KEY = "flight-operations.delay-events"


def registered(people: dict[str, Any], kind: str, config: dict[str, Any], secret: str) -> None:
    """Make a platform known and ready."""
    facts = {"key": "other", "name": "Other", "kind": kind, "config": config, "secret": secret}
    register_platform(people["pia"], **facts)
    assert [one.level for one in prepare_platform(people["pia"], key="other")] == []


def granted(
    apply: Callable[..., Any],
    ask_curated: Callable[..., Any],
    work: Callable[[], None],
    **port: str,
) -> AccessAgreement:
    """Growth reads the port `live` of the platform."""
    made = make.port("live", contract="delay-events", platform="other", **port)
    apply(
        make.product(KEY, purpose="Each delay when it is known.", ports=[made]),
        make.contract("delay-events", product=KEY, columns=make.FLIGHT_COLUMNS),
    )
    ask_curated(product=KEY, port="live")
    work()
    agreement = AccessAgreement.objects.get()
    assert agreement.state == "active"
    return agreement


def drops_one_of_two(
    agreement: AccessAgreement, browser: Any, api: Any, lets_in: Callable[[str, str], bool]
) -> IssuedLogin:
    """Make two logins on the page, drop the first by the API, and try both."""
    address = f"/access/{agreement.pk}/login"
    ana = browser("ana")
    pages = [ana.post(address, {"minutes": "15"}) for _ in range(2)]
    rows = list(IssuedLogin.objects.order_by("pk"))
    secrets = [page.context["handed"]["secrets"][-1]["value"] for page in pages]
    ways = [(row.login, secret) for row, secret in zip(rows, secrets, strict=True)]
    assert [lets_in(*one) for one in ways] == [True, True]
    assert secrets[0] not in ana.get(address).text

    told = api.olaf.post(f"/credentials/{rows[0].pk}/revoke", {"reason": "A stolen laptop."}).json

    assert (told["state"], told["withdrawn_by"]) == ("revoked", "olaf")
    assert [lets_in(*one) for one in ways] == [False, True]
    again = api.olaf.post(f"/credentials/{rows[0].pk}/revoke", {"reason": "Again."})
    assert again.code == "impossible-move"
    rows[0].refresh_from_db()
    rows[1].refresh_from_db()
    assert (rows[0].state, rows[0].proof["gone"], rows[1].state) == ("revoked", True, "live")
    return rows[0]
