"""Every page of the portal, once: who opens it and how it is reached.

All page checks run from this list, and `test_every_page_of_the_portal_is_in_the_list` fails when a
page is added without a line here. A page about one thing is reached as people reach it: by the
first link of its kind on the page `by` (`link` is the beginning of the link's address).
"""

from dataclasses import dataclass

DELAYS = "flight-operations.flight-delays"
_PRODUCT = f"/products/{DELAYS}"
_SOCIAL = "/accounts/3rdparty/"
_OWNED = f"/owner/products/{DELAYS}"


@dataclass(frozen=True)
class PageToCheck:
    """One page. ``view`` is the name of its address; ``status`` is what it answers with."""

    name: str
    view: str
    path: str = ""
    by: str = ""
    link: str = ""
    end: str = ""
    status: int = 200


def _tab(tab: str) -> PageToCheck:
    return PageToCheck(f"product {tab}", "product", f"{_PRODUCT}/{tab}")


_Page = PageToCheck
PAGES: dict[str, tuple[PageToCheck, ...]] = {
    "": (
        _Page("sign in", "account_login", "/accounts/login/"),
        _Page("sign up", "account_signup", "/accounts/signup/"),
        _Page("forgotten password", "account_reset_password", "/accounts/password/reset/"),
        _Page("mail is sent", "account_reset_password_done", "/accounts/password/reset/done/"),
        _Page(
            "old reset link",
            "account_reset_password_from_key",
            "/accounts/password/reset/key/1-set-password/",
        ),
        _Page(
            "password is set",
            "account_reset_password_from_key_done",
            "/accounts/password/reset/key/done/",
        ),
        _Page("confirm a mail", "account_email_verification_sent", "/accounts/confirm-email/"),
        _Page("old mail link", "account_confirm_email", "/accounts/confirm-email/none/"),
        _Page("closed account", "account_inactive", "/accounts/inactive/"),
        _Page("sign-on given up", "socialaccount_login_cancelled", _SOCIAL + "login/cancelled/"),
        _Page("sign-on failed", "socialaccount_login_error", _SOCIAL + "login/error/", status=401),
    ),
    "ana": (
        _Page("market", "market", "/"),
        _Page("market, searched", "market", "/?q=weather+fresh:yesterday"),
        _Page("market, nothing found", "market", "/?q=nothing-is-called-so"),
        _Page("home", "home", "/home"),
        _Page("first run", "welcome", "/welcome"),
        _Page("ask board", "asks", "/asks"),
        _Page("ask", "ask", by="/asks", link="/asks/0"),
        _Page("new ask", "ask_new", "/asks/new?q=weather+has:wind"),
        _Page("domains", "domains", "/domains"),
        _Page("domain", "domain", "/domains/flight-operations"),
        _Page("keep a search", "search_new", "/searches/new?q=late"),
        _Page("show as code", "show_as", "/show-as/products?q=late"),
        _Page("peek", "peek", f"{_PRODUCT}/peek"),
        _Page("product overview", "product", _PRODUCT),
        *map(_tab, ("schema", "lineage", "quality", "connect", "access", "changes")),
        _Page("product with an incident", "product", "/products/finance.revenue-by-route/quality"),
        _Page("why no access", "why", f"{_PRODUCT}/why"),
        _Page("request drawer", "request_drawer", f"{_PRODUCT}/request"),
        _Page("request", "request_page", by="/access", link="/requests/"),
        _Page("agreement", "agreement", by="/access", link="/agreements/"),
        _Page("my access", "access", "/access"),
        _Page("give back", "access_end", by="/access", link="/access/0", end="/end"),
        _Page("renew", "access_renew", by="/access", link="/access/0", end="/renew"),
        _Page(
            "own login",
            "access_login",
            by="/products/airports-and-weather.airports/connect",
            link="/access/0",
            end="/login",
        ),
        _Page("lab", "lab", "/lab"),
        _Page("lab, before access", "lab", "/lab?port=fleet.fleet-utilisation:curated@1"),
        _Page("query library", "queries", "/queries"),
        _Page("inbox", "inbox", "/inbox"),
        _Page("settings", "settings", "/settings"),
        _Page("notifications", "settings_notifications", "/settings/notifications"),
        _Page("own logins", "settings_logins", "/settings/logins"),
        _Page("kept searches", "settings_searches", "/settings/searches"),
        _Page("sessions", "settings_sessions", "/settings/sessions"),
        _Page("passkeys", "settings_passkeys", "/settings/passkeys"),
        _Page("tokens", "settings_tokens", "/settings/tokens"),
        _Page("lineage", "lineage", f"/lineage?node=product/{DELAYS}"),
        _Page("change", "change", by="/inbox", link="/changes/"),
        _Page("password", "account_change_password", "/accounts/password/change/"),
        _Page("e-mail addresses", "account_email", "/accounts/email/"),
        _Page("say it again", "account_reauthenticate", "/accounts/reauthenticate/"),
        _Page("sign-on accounts", "socialaccount_connections", _SOCIAL),
        _Page("sign out", "account_logout", "/accounts/logout/"),
        _Page("refusals", "errors", "/docs/errors"),
        _Page("refusal", "error", "/docs/errors/denied-by-policy"),
        _Page("status", "status", "/status"),
        _Page("style guide", "styleguide", "/styleguide"),
        _Page("not found", "", "/nothing-here", status=404),
        _Page("not allowed", "operator", "/operator", status=403),
    ),
    "olaf": (
        _Page("owner console", "owner", "/owner"),
        _Page("reviews", "reviews", "/owner/reviews"),
        _Page("review", "review", by="/owner/reviews", link="/owner/reviews/0"),
        _Page("consumers", "consumers", f"{_OWNED}/consumers"),
        _Page("apply", "owner_apply", "/owner/apply"),
        _Page("edit as text", "product_edit", f"{_OWNED}/edit"),
        _Page("edit as form", "product_edit", f"{_OWNED}/edit?mode=form"),
        _Page("insights", "insights", f"{_OWNED}/insights"),
        _Page("service levels", "levels", f"{_OWNED}/levels"),
        _Page("new product", "owner_new", "/owner/new"),
        _Page("import", "welcome_import", "/welcome/import"),
        _Page("new change", "change_new", f"{_OWNED}/changes/new"),
        _Page("orders of an owner", "orders", "/orders"),
        _Page("drift of an owner", "drift", "/drift"),
        _Page("webhooks", "settings_webhooks", "/settings/webhooks"),
        _Page(
            "webhook and deliveries",
            "webhook",
            by="/settings/webhooks",
            link="/settings/webhooks/0",
        ),
    ),
    "gus": (
        _Page("governance", "governance", "/governance"),
        _Page("policies", "governance_policies", "/governance/policies"),
        _Page("policy", "governance_policy", "/governance/policies/emporion-base"),
        _Page("new policy", "governance_policy_new", "/governance/policies/new"),
        _Page("verdicts", "governance_verdicts", "/governance/verdicts"),
        _Page(
            "verdict",
            "governance_verdict",
            by="/governance/verdicts",
            link="/governance/verdicts/0",
        ),
        _Page("audit", "governance-audit", "/governance/audit"),
        _Page("kill switch", "suspensions", "/suspensions?scope=domain&key=flight-operations"),
        _Page("pulled switch", "suspension", by="/suspensions", link="/suspensions/0"),
    ),
    "pia": (
        _Page("operator console", "operator", "/operator"),
        _Page("people", "people", "/operator/people"),
        _Page("person", "person", "/operator/people/ana"),
        _Page("all logins", "operator_logins", "/operator/logins"),
        _Page("connections", "platforms", "/operator/platforms"),
        _Page("connection", "platform", "/operator/platforms/warehouse"),
        _Page("edit a connection", "platform_edit", "/operator/platforms/warehouse/edit"),
        _Page("new connection", "platform_new", "/operator/platforms/new?kind=postgres"),
        _Page("dry run", "platform_plan", "/operator/platforms/warehouse/plan"),
        _Page("tables of a platform", "harvest", "/operator/platforms/warehouse/harvest"),
        _Page("orders", "orders", "/orders"),
        _Page("drift", "drift", "/drift"),
        _Page("mail", "outbox", "/dev/outbox"),
    ),
}

# Addresses that answer a GET and are no page of our frame, and why.
NO_PAGES: dict[str, str] = {
    "palette": "part of the palette",
    "search_again": "leads to the market",
    "show_as_yaml": "a file",
    "request_verdict": "part of the request drawer",
    "request_stream": "events of a request",
    "review_plan": "part of the review",
    "access_calendar": "a file",
    "lineage_graph": "JSON",
    "lineage_file": "a picture",
    "lab_file": "a file",
    "lab_ahead": "part of the lab",
    "audit_csv": "a file",
    "health-live": "JSON",
    "health-ready": "JSON",
    "metrics": "text",
    "security_txt": "text",
    "well_known_password": "leads to the change of a password",
    "well_known_passkeys": "JSON",
    "api-docs": "Redoc's own page",
    "api-try": "Swagger's own page",
    "style": "the same as styleguide",
    "account_set_password": "leads to the change of a password for whoever has one",
    "account_confirm_login_code": "codes by mail are not switched on",
    "socialaccount_signup": "comes after a provider's answer",
    "openid_connect_login": "leads to the provider",
    "openid_connect_callback": "where the provider leads back to",
    "set_language": "takes a choice; a GET leads back",
    "stream_look": "a product with a stream port, which the demo's warehouse has not",
}

# Whole branches of addresses that are no pages of ours.
ELSEWHERE: dict[str, str] = {
    "api/v1/": "the API",
    "admin/": "Django's own console",
    "callbacks/<slug:platform>": "where platforms report",
    "files/<slug:platform>/<str:token>": "a file",
}
