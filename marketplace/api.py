"""The REST face: every address below /api/v1, with and without a slash at its end."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import (
    Resolver404,
    URLPattern,
    URLResolver,
    path,
    re_path,
    register_converter,
    resolve,
)
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt

from catalog.api import (
    applying,
    asks,
    changes,
    domains,
    incidents,
    lineage,
    ports,
    products,
    quality,
    queries,
    searches,
)
from governance.api import policies as rules
from governance.api import views as governance
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest import accounts
from marketplace.portal import harvest_api, health, platform_api, reference
from subscriptions.api import accounts as people
from subscriptions.api import (
    agreements,
    drift,
    explanations,
    lab,
    logins,
    notices,
    orders,
    requests,
    unmet,
    webhooks,
)
from subscriptions.api import changes as releases
from subscriptions.api import products as usage
from subscriptions.api import suspensions as suspensions_api


class KeyConverter(StringConverter):
    """A natural key: letters, digits, dots, hyphens, and colons between parts."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,299}"


register_converter(KeyConverter, "key")

_PRODUCTS = [
    path("products", products.Products.as_view()),
    path("products/<key:key>", products.Product.as_view()),
    path("products/<key:key>/publish", products.Publish.as_view()),
    path("products/<key:key>/deprecate", products.Deprecate.as_view()),
    path("products/<key:key>/retire", products.Retire.as_view()),
    path("products/<key:key>/descriptor.yaml", products.Descriptor.as_view()),
    path("products/<key:key>/score", governance.Score.as_view()),
    path("products/<key:key>/consumers", usage.Consumers.as_view()),
    path("products/<key:key>/messages", usage.Messages.as_view()),
    path("products/<key:key>/metrics", usage.Metrics.as_view()),
    path("products/<key:key>/quality", quality.Quality.as_view()),
    path("products/<key:key>/service-levels", quality.ServiceLevels.as_view()),
    path("products/<key:key>/incidents", incidents.ProductIncidents.as_view()),
    path("products/<key:key>/ports", ports.Ports.as_view()),
    path("products/<key:key>/ports/<key:name>", ports.Port.as_view()),
    path("products/<key:key>/ports/<key:name>/schema", ports.Schema.as_view()),
    path("products/<key:key>/ports/<key:name>/sample", ports.Sample.as_view()),
    path("products/<key:key>/ports/<key:name>/snippets", ports.Snippets.as_view()),
    path("products/<key:key>/ports/<key:name>/explain", explanations.Explain.as_view()),
    path("products/<key:key>/ports/<key:name>/contract.yaml", ports.Contract.as_view()),
]
_REQUESTS = [
    path("access-requests", requests.AccessRequests.as_view()),
    path("access-requests/evaluate", requests.Evaluate.as_view()),
    path("access-requests/decide", requests.Decide.as_view()),
    path("access-requests/<uuid:id>", requests.AccessRequestView.as_view()),
    path("access-requests/<uuid:id>/approve", requests.Approve.as_view()),
    path("access-requests/<uuid:id>/reject", requests.Reject.as_view()),
    path("access-requests/<uuid:id>/withdraw", requests.Withdraw.as_view()),
    path("access-requests/<uuid:id>/return", requests.Return.as_view()),
    path("access-requests/<uuid:id>/counter", requests.Counter.as_view()),
    path("access-requests/<uuid:id>/accept-counter", requests.AcceptCounter.as_view()),
    path("access-requests/<uuid:id>/resubmit", requests.Resubmit.as_view()),
    path("access-requests/<uuid:id>/comments", requests.Comments.as_view()),
]
_AGREEMENTS = [
    path("access-agreements", agreements.AccessAgreements.as_view()),
    path("access-agreements/<uuid:id>", agreements.AccessAgreementView.as_view()),
    path("access-agreements/<uuid:id>/revoke", agreements.Revoke.as_view()),
    path("access-agreements/<uuid:id>/suspend", agreements.Suspend.as_view()),
    path("access-agreements/<uuid:id>/resume", agreements.Resume.as_view()),
    path("access-agreements/<uuid:id>/renew", agreements.Renew.as_view()),
    path("access-agreements/<uuid:id>/terminate", agreements.Terminate.as_view()),
    path("access-agreements/<uuid:id>/credentials", agreements.Credentials.as_view()),
    path("orders", orders.Orders.as_view()),
    path("orders/<key:handle>/answer", orders.OrderAnswer.as_view()),
    path("credentials", logins.Logins.as_view()),
    path("credentials/<uuid:id>", logins.LoginView.as_view()),
    path("credentials/<uuid:id>/revoke", logins.RevokeLogin.as_view()),
    path("grants", agreements.Grants.as_view()),
    path("grants/<uuid:id>", agreements.GrantView.as_view()),
    path("grants/<uuid:id>/verify", agreements.Verify.as_view()),
    path("grants/<uuid:id>/send-back", agreements.SendBack.as_view()),
    path("grants/<uuid:id>/abandon", agreements.Abandon.as_view()),
    path("lab/runs", lab.Runs.as_view()),
    path("lab/runs/<uuid:id>", lab.Run.as_view()),
    path("lab/runs/<uuid:id>/stop", lab.Stop.as_view()),
    path("lab/estimates", lab.Estimates.as_view()),
    path("lab/sandbox", lab.Sandbox.as_view()),
]
_DRIFT = [
    path("suspensions", suspensions_api.Suspensions.as_view()),
    path("suspensions/<uuid:id>/confirm", suspensions_api.Confirm.as_view()),
    path("suspensions/<uuid:id>/restore", suspensions_api.Restore.as_view()),
    path("drift", drift.Findings.as_view()),
    path("drift/<uuid:id>/answer", drift.Answer.as_view()),
    path("products/<key:key>/ports/<key:name>/drift-reaction", drift.Reaction.as_view()),
    path("policies", rules.Policies.as_view()),
    path("policies/<key:key>", rules.PolicyView.as_view()),
    path("policies/<key:key>/activate", rules.Activate.as_view()),
    path("verdicts", rules.Verdicts.as_view()),
    path("verdicts/<uuid:id>", rules.VerdictView.as_view()),
]
_MESSAGES = [
    path("follows", notices.Follows.as_view()),
    path("follows/<key:key>", notices.FollowView.as_view()),
    path("notices", notices.Notices.as_view()),
    path("notices/<uuid:id>", notices.NoticeView.as_view()),
    path("notices/<uuid:id>/acknowledge", notices.Acknowledge.as_view()),
    path("notices/<uuid:id>/snooze", notices.Snooze.as_view()),
    path("notification-choices", notices.NotificationChoices.as_view()),
    path("webhooks", webhooks.Webhooks.as_view()),
    path("webhooks/<uuid:id>", webhooks.Webhook.as_view()),
    path("webhooks/<uuid:id>/test", webhooks.Test.as_view()),
    path("webhooks/<uuid:id>/rotate", webhooks.Rotate.as_view()),
    path("webhooks/<uuid:id>/deliveries", webhooks.Deliveries.as_view()),
    path("webhooks/<uuid:id>/deliveries/<uuid:delivery_id>", webhooks.Delivery.as_view()),
    path("webhooks/<uuid:id>/deliveries/<uuid:delivery_id>/replay", webhooks.Replay.as_view()),
    path("events", governance.Events.as_view()),
]
_CATALOG = [
    path("domains", domains.Domains.as_view()),
    path("domains/<key:slug>", domains.Domain.as_view()),
    path("teams", domains.Teams.as_view()),
    path("teams/<key:slug>", domains.Team.as_view()),
    path("changes", changes.Changes.as_view()),
    path("changes/<uuid:id>", changes.Change.as_view()),
    path("changes/<uuid:id>/impact", releases.Impact.as_view()),
    path("changes/<uuid:id>/propose", changes.Propose.as_view()),
    path("changes/<uuid:id>/release", releases.Release.as_view()),
    path("changes/<uuid:id>/withdraw", changes.Withdraw.as_view()),
    path("incidents", incidents.Incidents.as_view()),
    path("incidents/<uuid:id>", incidents.IncidentView.as_view()),
    path("incidents/<uuid:id>/update", incidents.Update.as_view()),
    path("incidents/<uuid:id>/resolve", incidents.Resolve.as_view()),
    path("lineage", lineage.Lineage.as_view()),
    path("lineage/batch", lineage.LineageBatch.as_view()),
    path("asks", asks.Asks.as_view()),
    path("asks/unmet", unmet.Unmet.as_view()),
    path("asks/<uuid:id>", asks.AskView.as_view()),
    path("asks/<uuid:id>/vote", asks.Vote.as_view()),
    path("asks/<uuid:id>/claim", asks.Claim.as_view()),
    path("asks/<uuid:id>/release", asks.Release.as_view()),
    path("asks/<uuid:id>/answer", asks.AnswerView.as_view()),
    path("asks/<uuid:id>/close", asks.Close.as_view()),
    path("asks/<uuid:id>/reopen", asks.Reopen.as_view()),
    path("saved-searches", searches.SavedSearches.as_view()),
    path("saved-searches/<uuid:id>", searches.SavedSearchView.as_view()),
    path("queries", queries.Queries.as_view()),
    path("queries/<key:key>", queries.Query.as_view()),
    path("queries/<key:key>/copy", queries.QueryCopy.as_view()),
    path("apply", applying.Apply.as_view()),
    path("plan", applying.Plan.as_view()),
]
_SYSTEM = [
    path("platforms", platform_api.Platforms.as_view()),
    path("platforms/<key:key>", platform_api.Platform.as_view()),
    path("platforms/<key:key>/check", platform_api.Check.as_view()),
    path("platforms/<key:key>/census", drift.Census.as_view()),
    path("platforms/<key:key>/reports", platform_api.OrderReports.as_view()),
    path("platforms/<key:key>/harvest", harvest_api.Harvest.as_view()),
    path("platforms/<key:key>/plan", platform_api.DryRun.as_view()),
    path("accounts", people.Accounts.as_view()),
    path("accounts/<key:name>", people.AccountView.as_view()),
    path("accounts/<key:name>/departures", people.Departures.as_view()),
    path("accounts/<key:name>/deactivate", people.Deactivate.as_view()),
    path("accounts/<key:name>/reactivate", people.Reactivate.as_view()),
    path("audit", governance.Audit.as_view()),
    path("audit/verify", governance.Verify.as_view()),
    path("me", accounts.Me.as_view()),
    path("passkeys", accounts.Passkeys.as_view()),
    path("passkeys/<uuid:id>", accounts.PasskeyView.as_view()),
    path("sessions", accounts.Sessions.as_view()),
    path("sessions/end", accounts.SessionsEnd.as_view()),
    path("sessions/<uuid:id>", accounts.SessionView.as_view()),
    path("tokens", accounts.Tokens.as_view()),
    path("tokens/<uuid:id>", accounts.Token.as_view()),
    path("openapi.json", reference.openapi),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
]


@csrf_exempt  # the endpoint behind it checks its own
def otherwise(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Answer an address with a slash at its end as the one without; all else is not there."""
    if rest.endswith("/"):
        try:
            found = resolve(f"/{rest[:-1]}", urlconf="marketplace.api")
        except Resolver404:
            raise NotFound from None
        if found.func is not otherwise:
            answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
            return answer
    raise NotFound


urlpatterns: list[URLPattern | URLResolver] = [
    *_PRODUCTS,
    *_REQUESTS,
    *_AGREEMENTS,
    *_DRIFT,
    *_MESSAGES,
    *_CATALOG,
    *_SYSTEM,
    re_path(r"^(?P<rest>.*)$", otherwise),
]
