"""Who may do what with requests, agreements and notices. Pure questions."""

from catalog.models import DataProduct, Domain
from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import (
    AUDITOR,
    DOMAIN_OWNER,
    GOVERNANCE,
    OPERATOR,
    PRIVACY,
    Actor,
)
from subscriptions.consumers import Consumer
from subscriptions.models import AccessAgreement, AccessRequest, ApprovalStage, WebhookEndpoint

OVERSIGHT = (GOVERNANCE, PRIVACY, AUDITOR, OPERATOR)


def is_system(actor: Actor) -> bool:
    """Tell whether Emporion itself acts."""
    return actor.kind == "system"


def speaks_for(actor: Actor, consumer: Consumer) -> bool:
    """A person for themselves, members for their team, sponsors for their programs."""
    if consumer.kind in ("user", "application", "agent") and actor.subject == consumer.key:
        return True
    if consumer.sponsor and actor.subject == consumer.sponsor:
        return True
    return (
        bool(consumer.team)
        and consumer.kind in ("team", "data_product")
        and (consumer.team in actor.teams)
    )


def may_request(actor: Actor, consumer: Consumer) -> bool:
    """Whoever speaks for the consumer may ask for it."""
    return is_system(actor) or (
        actor.signed_in and speaks_for(actor, consumer) and actor.may_use("request")
    )


def owns(actor: Actor, product: DataProduct) -> bool:
    """Tell whether the actor answers for a product: its owners, or those of its domain."""
    if actor.team_role(product.owner_team.slug) in PUBLISHERS:
        return True
    return actor.team_role(product.domain.owner_team.slug) == DOMAIN_OWNER


def concerned(actor: Actor, product: DataProduct, consumer: Consumer, requester: str) -> bool:
    """Both sides of an access, and oversight, may see it."""
    return (
        is_system(actor)
        or actor.subject == requester
        or speaks_for(actor, consumer)
        or product.owner_team.slug in actor.teams
        or owns(actor, product)
        or actor.holds(*OVERSIGHT)
    )


def may_explain(actor: Actor, person: str, product: DataProduct) -> bool:
    """Everybody asks why about themselves; owners of the product and oversight about anybody."""
    if is_system(actor) or (actor.signed_in and actor.subject == person):
        return True
    return owns(actor, product) or actor.holds(*OVERSIGHT)


def may_withdraw_login(actor: Actor, person: str, product: DataProduct) -> bool:
    """Whoever it was made for; the product's owners, and oversight that acts."""
    if is_system(actor):
        return True
    if actor.subject == person:
        return actor.may_use("query")
    acts = actor.kind == "user" and actor.may_use("decide")
    return acts and (owns(actor, product) or actor.holds(GOVERNANCE, PRIVACY, OPERATOR))


def _may_write(actor: Actor) -> bool:
    """Tell whether the token reaches what either side of an access does."""
    return actor.may_use("request") or actor.may_use("decide")


def answers_stage(actor: Actor, stage: ApprovalStage, product: DataProduct) -> bool:
    """Tell whether the actor holds the role that a stage asks for."""
    if stage.role == "privacy_officer":
        return actor.holds(PRIVACY)
    if stage.role == "governance":
        return actor.holds(GOVERNANCE)
    if stage.role == "domain_owner":
        return actor.team_role(product.domain.owner_team.slug) == DOMAIN_OWNER
    return owns(actor, product)


def may_decide(
    actor: Actor, request: AccessRequest, stage: ApprovalStage | None, consumer: Consumer
) -> bool:
    """A person with the stage's role; never the requester, nor anybody who would get access.

    Programs never decide. People may through their own token, when it carries ``decide``.
    """
    if actor.kind != "user" or not actor.may_use("decide"):
        return False
    if actor.subject == request.requester or speaks_for(actor, consumer):
        return False
    if stage is None:
        return False
    return answers_stage(actor, stage, request.port.product)


def may_change_request(actor: Actor, request: AccessRequest, consumer: Consumer) -> bool:
    """The asking side takes back, changes and answers."""
    asks = actor.subject == request.requester or speaks_for(actor, consumer)
    return asks and actor.may_use("request")


def may_comment(actor: Actor, request: AccessRequest, consumer: Consumer) -> bool:
    """Whoever may see a request may say a word; a token needs more than reading for it."""
    return _may_write(actor) and concerned(actor, request.port.product, consumer, request.requester)


def may_revoke(actor: Actor, agreement: AccessAgreement) -> bool:
    """The owners; governance, the privacy officer and, as break-glass, the operator."""
    if actor.kind != "user" or not actor.may_use("decide"):
        return is_system(actor)
    return owns(actor, agreement.port.product) or actor.holds(GOVERNANCE, PRIVACY, OPERATOR)


def may_abandon_removal(actor: Actor) -> bool:
    """To stop trying a removal, a person of governance or operations answers by name."""
    return actor.kind == "user" and actor.holds(GOVERNANCE, OPERATOR) and actor.may_use("decide")


def may_message(actor: Actor, product: DataProduct) -> bool:
    """People who answer for a product write to its consumers; programs do not."""
    return actor.kind == "user" and actor.may_use("decide") and owns(actor, product)


def may_answer_drift(actor: Actor, product: DataProduct) -> bool:
    """The product's owners and the operators answer what others did to a platform."""
    if is_system(actor):
        return True
    person = actor.kind == "user" and actor.may_use("decide")
    return person and (owns(actor, product) or actor.holds(OPERATOR, GOVERNANCE))


def may_answer_order(actor: Actor, product: DataProduct) -> bool:
    """The product's owners and the operators say by name what became of an order."""
    person = actor.kind == "user" and actor.may_use("decide")
    return person and (owns(actor, product) or actor.holds(OPERATOR))


def may_pull_switch(actor: Actor, scope: str, owner: DataProduct | Domain | None) -> bool:
    """Oversight that acts, on anything; owners on their own products, domain owners on theirs."""
    if is_system(actor):
        return True
    if actor.kind != "user" or not actor.may_use("decide"):
        return False
    if actor.holds(GOVERNANCE, PRIVACY, OPERATOR):
        return True
    if isinstance(owner, DataProduct):
        return scope in ("agreement", "product") and owns(actor, owner)
    return owner is not None and actor.team_role(owner.owner_team.slug) == DOMAIN_OWNER


def may_give_back(actor: Actor, consumer: Consumer) -> bool:
    """The consumer gives back what it holds."""
    return speaks_for(actor, consumer) and actor.may_use("request")


def may_query(actor: Actor, consumer: Consumer) -> bool:
    """Only who speaks for the consumer reads as the consumer; no role opens this."""
    return speaks_for(actor, consumer) and actor.may_use("query")


def may_rehearse(actor: Actor) -> bool:
    """Everybody who signs in may try a query on invented rows of a port that they can see."""
    return actor.signed_in and actor.may_use("query")


def may_provision(actor: Actor) -> bool:
    """Only the system changes platforms and tells people."""
    return is_system(actor)


def may_check_grant(actor: Actor, agreement: AccessAgreement, consumer: Consumer) -> bool:
    """Both sides and oversight may ask for a new proof; a token needs more than reading for it."""
    return _may_write(actor) and concerned(
        actor, agreement.port.product, consumer, agreement.requester
    )


def may_answer_change(actor: Actor, consumer: Consumer) -> bool:
    """The consumer answers for itself."""
    return speaks_for(actor, consumer) and actor.may_use("request")


def may_follow(actor: Actor) -> bool:
    """Everybody with an account may follow what they can see."""
    return bool(actor.user_id) and actor.may_use("request")


def may_choose_notices(actor: Actor) -> bool:
    """Everybody with an account says for themselves by which ways they hear."""
    return bool(actor.user_id) and actor.may_use("request")


def may_have_webhooks(actor: Actor, endpoint: WebhookEndpoint | None = None) -> bool:
    """Everybody keeps their own webhooks."""
    own = endpoint is None or endpoint.owner_id == actor.user_id
    return bool(actor.user_id) and own and actor.may_use("admin")


def may_order_demo(actor: Actor) -> bool:
    """Only the operator, in person, has the demo loaded."""
    return is_system(actor) or (actor.holds(OPERATOR) and actor.may_use("admin"))
