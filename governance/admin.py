"""Governance as rows, for operators: nothing is edited; buttons call actions."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from governance.actions.packs import activate_policy
from governance.models import Policy, PolicyDecision, Score, ScoreDay
from marketplace.kernel.identity.admin import ReadOnly, site


@admin.register(Policy, site=site)
class Policies(ReadOnly):
    """Versions of packs; activating asks whether one governs."""

    list_display = ("key", "number", "title", "active", "activated_by", "activated_at")
    list_filter = ("active",)
    search_fields = ("key", "title")
    actions = ("activate",)

    @admin.action(description="Let this version decide")
    def activate(self, request: HttpRequest, rows: QuerySet[Policy]) -> None:
        """Call the action for each."""
        self.each(
            request,
            rows,
            lambda actor, row: activate_policy(actor, key=row.key, number=row.number),
            "activated.",
        )


@admin.register(PolicyDecision, site=site)
class Decisions(ReadOnly):
    """Verdicts with all they were made from."""

    list_display = ("subject", "outcome", "at")
    list_filter = ("outcome",)
    search_fields = ("subject",)


@admin.register(Score, site=site)
class Scores(ReadOnly):
    """Scores now."""

    list_display = ("product", "total", "grade", "at")
    list_select_related = ("product",)
    list_filter = ("grade",)
    search_fields = ("product__key",)


@admin.register(ScoreDay, site=site)
class ScoreDays(ReadOnly):
    """Scores of days."""

    list_display = ("product", "day", "total")
    list_select_related = ("product",)
    search_fields = ("product__key",)
