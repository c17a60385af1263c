"""The rows that an event names, and the people of their asking side."""

from subscriptions import notices
from subscriptions.models import AccessAgreement, AccessRequest


def asking_side(agreement: AccessAgreement) -> set[int]:
    """Give the ids of the requester and of everybody who speaks for the consumer."""
    people = notices.people_of_consumer(agreement.consumer_kind, agreement.consumer_key)
    return people | notices.people_of_consumer("user", agreement.requester)


def request_of(request_id: str) -> AccessRequest:
    """Give a request with its product and the teams that decide."""
    return AccessRequest.objects.select_related(
        "port__product__domain__owner_team", "port__product__owner_team"
    ).get(pk=request_id)


def agreement_of(agreement_id: str) -> AccessAgreement:
    """Give an agreement with its product, teams and request."""
    return AccessAgreement.objects.select_related(
        "port__product__domain__owner_team", "port__product__owner_team", "request"
    ).get(pk=agreement_id)
