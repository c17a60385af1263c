"""Who may hold which token, and change which account. Pure questions."""

from collections.abc import Collection

from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.identity.models import User


def may_hold_token(actor: Actor, holder: User, scopes: Collection[str] = ()) -> bool:
    """People for themselves, sponsors for their programs, and a token only what it has itself."""
    if actor.kind == "system":
        return True
    sponsor = holder.sponsor.username if holder.sponsor else ""
    own = actor.subject in (holder.username, sponsor)
    return own and actor.may_use("admin") and all(actor.may_use(scope) for scope in scopes)


def may_change_profile(actor: Actor, account: User) -> bool:
    """Everybody says for themselves how they are called and told."""
    return actor.user_id == account.pk and actor.may_use("admin")


def may_deactivate(actor: Actor, account: User) -> bool:
    """Operators and governance, in person; nobody themselves."""
    if actor.kind == "system":
        return True
    acts = actor.kind == "user" and actor.holds(OPERATOR, GOVERNANCE) and actor.may_use("admin")
    return acts and actor.user_id != account.pk


def may_see_accounts(actor: Actor) -> bool:
    """Who may deactivate accounts, and who oversees, looks at all of them."""
    return actor.kind == "system" or actor.holds(OPERATOR, GOVERNANCE, PRIVACY, AUDITOR)


def may_keep_passkeys(actor: Actor, account: User) -> bool:
    """Everybody with a password, for themselves; single sign-on stays the provider's alone."""
    own = actor.user_id == account.pk and account.kind == "user" and actor.may_use("admin")
    return own and account.is_active and account.has_usable_password()


def may_drop_passkey(actor: Actor, account: User) -> bool:
    """Everybody their own, whatever else has changed since."""
    return actor.user_id == account.pk and actor.may_use("admin")


def may_use_passkey(actor: Actor, account: User) -> bool:
    """Only who it was made for, in a browser, while the account may sign in."""
    return actor.user_id == account.pk and account.is_active and actor.via != "token"


def may_end_sessions(actor: Actor, account: User) -> bool:
    """Everybody their own; operators end somebody's by deactivating the account."""
    return actor.user_id == account.pk and actor.may_use("admin")


def may_note_refusal(actor: Actor) -> bool:
    """Who was not let in is nobody yet: only the system says it."""
    return actor.kind == "system"
