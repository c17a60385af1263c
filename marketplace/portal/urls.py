"""Addresses of the portal's pages, grouped by area."""

from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from marketplace.portal import (
    access,
    access_calendar,
    agreement,
    audit,
    changes,
    drift,
    editing,
    error_pages,
    governance_pages,
    health,
    inbox,
    insights,
    lab,
    levels,
    library,
    lineage,
    market,
    new_product,
    operating,
    outbox,
    owner,
    palette,
    platforms,
    product,
    product_connect,
    product_quality,
    product_stream,
    reference,
    request_stream,
    requests,
    review_bulk,
    reviews,
    settings_pages,
    status_page,
    style,
    suspensions,
    webhook_pages,
)

_MARKET: list[URLPattern | URLResolver] = [
    path("", market.market, name="market"),
    path("palette", palette.palette, name="palette"),
]
_PRODUCT: list[URLPattern | URLResolver] = [
    path("products/<str:key>", product.product, name="product"),
    path("products/<str:key>/request", requests.request_drawer, name="request_drawer"),
    path("products/<str:key>/request/verdict", requests.request_verdict, name="request_verdict"),
    path("products/<str:key>/follow", product.follow, name="follow"),
    path("products/<str:key>/unfollow", product.unfollow, name="unfollow"),
    path("products/<str:key>/stream", product_stream.look, name="stream_look"),
    path("products/<str:key>/incidents", product_quality.incident_open, name="incident_open"),
    path(
        "incidents/<uuid:incident_id>/<slug:move>",
        product_quality.incident_move,
        name="incident_move",
    ),
    path("products/<str:key>/<slug:tab>", product.product, name="product"),
]
_ACCESS: list[URLPattern | URLResolver] = [
    path("requests/<uuid:request_id>", requests.request_page, name="request_page"),
    path(
        "requests/<uuid:request_id>/events",
        request_stream.request_stream,
        name="request_stream",
    ),
    path("requests/<uuid:request_id>/<slug:move>", requests.request_move, name="request_move"),
    path("agreements/<uuid:agreement_id>", agreement.agreement, name="agreement"),
    path("agreements/<uuid:agreement_id>/<slug:move>", agreement.grant_move, name="grant_move"),
    path("access", access.access, name="access"),
    path("access/calendar.ics", access_calendar.access_calendar, name="access_calendar"),
    path("access/<uuid:agreement_id>/end", access.access_end, name="access_end"),
    path("access/<uuid:agreement_id>/renew", access.access_renew, name="access_renew"),
    path(
        "access/<uuid:agreement_id>/test",
        product_connect.connection_test,
        name="connection_test",
    ),
    path("access/<uuid:agreement_id>/login", access.access_login, name="access_login"),
    path("lab", lab.lab, name="lab"),
    path("lab/run", lab.lab_run, name="lab_run"),
    path("lab/ahead", lab.lab_ahead, name="lab_ahead"),
    path("lab/file", lab.lab_file, name="lab_file"),
    path("lab/save", lab.lab_save, name="lab_save"),
    path("lab/runs/<uuid:run_id>/stop", lab.lab_stop, name="lab_stop"),
    path("queries", library.queries, name="queries"),
    path("queries/<int:query_id>/remove", library.query_remove, name="query_remove"),
]
_LINEAGE_AND_CHANGES: list[URLPattern | URLResolver] = [
    path("lineage", lineage.lineage, name="lineage"),
    path("lineage/graph", lineage.lineage_graph, name="lineage_graph"),
    path("lineage.svg", lineage.lineage_file, name="lineage_file"),
    path("changes/<uuid:change_id>", changes.change, name="change"),
    path("changes/<uuid:change_id>/answer", changes.change_answer, name="change_answer"),
    path("changes/<uuid:change_id>/release", changes.change_release, name="change_release"),
    path("changes/<uuid:change_id>/withdraw", changes.change_withdraw, name="change_withdraw"),
]
_OWNER: list[URLPattern | URLResolver] = [
    path("owner", owner.owner, name="owner"),
    path("owner/new", new_product.owner_new, name="owner_new"),
    path("owner/apply", editing.owner_apply, name="owner_apply"),
    path("owner/reviews", reviews.reviews, name="reviews"),
    path("owner/reviews/answer/<slug:decision>", review_bulk.review_bulk, name="review_bulk"),
    path("owner/reviews/<uuid:request_id>", reviews.review, name="review"),
    path("owner/reviews/<uuid:request_id>/plan", reviews.review_plan, name="review_plan"),
    path("owner/reviews/<uuid:request_id>/comment", reviews.review_comment, name="review_comment"),
    path(
        "owner/reviews/<uuid:request_id>/<slug:decision>",
        reviews.review_decide,
        name="review_decide",
    ),
    path("owner/products/<str:key>/consumers", owner.consumers, name="consumers"),
    path("owner/products/<str:key>/message", owner.message, name="owner_message"),
    path("owner/products/<str:key>/insights", insights.insights, name="insights"),
    path("owner/products/<str:key>/levels", levels.levels, name="levels"),
    path("owner/products/<str:key>/edit", editing.product_edit, name="product_edit"),
    path("owner/products/<str:key>/changes/new", editing.change_new, name="change_new"),
    path("owner/products/<str:key>/<slug:move>", editing.product_move, name="product_move"),
    path(
        "owner/agreements/<uuid:agreement_id>/<slug:move>",
        owner.agreement_move,
        name="agreement_move",
    ),
    path(
        "owner/changes/<uuid:change_id>/announce", editing.change_announce, name="change_announce"
    ),
]
_DRIFT: list[URLPattern | URLResolver] = [
    path("suspensions", suspensions.suspensions, name="suspensions"),
    path("suspensions/<uuid:switch_id>", suspensions.suspension, name="suspension"),
    path(
        "suspensions/<uuid:switch_id>/<slug:move>",
        suspensions.suspension_move,
        name="suspension_move",
    ),
    path("drift", drift.drift, name="drift"),
    path("drift/ports/<int:port_id>/reaction", drift.drift_reaction, name="drift_reaction"),
    path("drift/<uuid:finding_id>/<slug:how>", drift.drift_answer, name="drift_answer"),
    path("operator/platforms/<slug:key>/census", drift.drift_census, name="drift_census"),
]
_OWN: list[URLPattern | URLResolver] = [
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.inbox_read_all, name="inbox_read_all"),
    path("inbox/<uuid:notice_id>/read", inbox.inbox_read, name="inbox_read"),
    path("inbox/<uuid:notice_id>/answer", inbox.inbox_answer, name="inbox_answer"),
    path("settings", settings_pages.settings, name="settings"),
    path("settings/language", set_language, name="set_language"),
    path("settings/tokens", settings_pages.settings_tokens, name="settings_tokens"),
    path(
        "settings/tokens/<uuid:token_id>/revoke", settings_pages.token_revoke, name="token_revoke"
    ),
    path("settings/webhooks", webhook_pages.settings_webhooks, name="settings_webhooks"),
    path("settings/webhooks/<uuid:endpoint_id>", webhook_pages.webhook, name="webhook"),
    path(
        "settings/webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay",
        webhook_pages.webhook_replay,
        name="webhook_replay",
    ),
    path(
        "settings/webhooks/<uuid:endpoint_id>/<slug:move>",
        webhook_pages.webhook_move,
        name="webhook_move",
    ),
]
_GOVERNANCE: list[URLPattern | URLResolver] = [
    path("governance", governance_pages.governance, name="governance"),
    path("governance/policies", governance_pages.policies, name="governance_policies"),
    path("governance/policies/new", governance_pages.policy_new, name="governance_policy_new"),
    path("governance/policies/<slug:key>", governance_pages.policy, name="governance_policy"),
    path(
        "governance/policies/<slug:key>/<int:number>/activate",
        governance_pages.policy_activate,
        name="policy_activate",
    ),
    path("governance/verdicts", governance_pages.verdicts, name="governance_verdicts"),
    path(
        "governance/verdicts/<uuid:decision_id>",
        governance_pages.verdict,
        name="governance_verdict",
    ),
    path("governance/audit", audit.audit, name="governance-audit"),
    path("governance/audit.csv", audit.audit_csv, name="audit_csv"),
    path("governance/audit/verify", audit.audit_verify, name="audit_verify"),
    path("operator", operating.operator, name="operator"),
    path(
        "operator/grants/<uuid:grant_id>/verify", operating.operator_verify, name="operator_verify"
    ),
    path("operator/platforms", platforms.platforms, name="platforms"),
    path("operator/platforms/new", platforms.platform_edit, name="platform_new"),
    path("operator/platforms/<slug:key>", platforms.platform, name="platform"),
    path("operator/platforms/<slug:key>/edit", platforms.platform_edit, name="platform_edit"),
    path("operator/platforms/<slug:key>/plan", platforms.platform_plan, name="platform_plan"),
    path(
        "operator/platforms/<slug:key>/<slug:move>", platforms.platform_move, name="platform_move"
    ),
    path("operator/<slug:what>/<str:key>/retry", operating.operator_retry, name="operator_retry"),
    path("dev/outbox", outbox.outbox, name="outbox"),
]
_SYSTEM: list[URLPattern | URLResolver] = [
    path("status", status_page.status, name="status"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/docs", reference.docs, name="api-docs"),
    path("api/try", reference.attempt, name="api-try"),
    path("docs/errors", error_pages.explained, name="errors"),
    path("docs/errors/<slug:code>", error_pages.explained, name="error"),
    path("style", style.show, name="style"),
    path("styleguide", style.show, name="styleguide"),
]
urlpatterns = [
    *_MARKET,
    *_PRODUCT,
    *_ACCESS,
    *_LINEAGE_AND_CHANGES,
    *_OWNER,
    *_DRIFT,
    *_OWN,
    *_GOVERNANCE,
    *_SYSTEM,
]
