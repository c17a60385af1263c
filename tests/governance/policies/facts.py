"""The request the tests start from: ana of team growth asks olaf's curated port for 90 days."""

from governance.policies.base import AccessFacts


def facts(**changed):
    """Ana's request, with some facts changed."""
    return AccessFacts(
        **{
            "product": "flight-operations.flight-delays",
            "port": "curated",
            "product_domain": "flight-operations",
            "owner_team": "flight-operations",
            "classification": "internal",
            "personal_data": False,
            "purpose": "analytics",
            "purpose_text": "Weekly delay report",
            "allowed_purposes": ("analytics", "reporting", "machine_learning"),
            "consumer_kind": "team",
            "consumer_key": "growth",
            "requester": "ana",
            "requester_teams": ("growth",),
            "same_domain": False,
            "own_team": False,
            "duration_days": 90,
            "max_duration_days": 365,
        }
        | changed
    )
