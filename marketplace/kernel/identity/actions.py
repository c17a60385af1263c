"""Issue tokens and take them back; change one's own account."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity import tokens
from marketplace.kernel.identity.events import ProfileChanged, TokenIssued, TokenRevoked
from marketplace.kernel.identity.models import ApiToken, User
from marketplace.kernel.identity.permissions import may_change_profile, may_hold_token

ALL = "*"
LONGEST_DAYS = 365
USUAL_DAYS = 30
_MOST = 100
_NAME_LIMIT = 80
_CALLED_LIMIT = 120


@action
def issue_token(
    actor: Actor,
    *,
    username: str,
    name: str = "",
    scopes: Sequence[str] = (ALL,),
    days: int = USUAL_DAYS,
) -> tuple[ApiToken, str]:
    """Make a token for an account; give it and its text, which is shown once and kept nowhere."""
    holder = User.objects.select_related("sponsor").filter(username=username).first()
    if holder is None or not holder.is_active:
        raise NotFound
    _check(name, scopes, days)
    require(actor, may_hold_token, holder, scopes)
    moment = now()
    if holder.tokens.filter(revoked_at__isnull=True, expires_at__gt=moment).count() >= _MOST:
        raise Invalid(FieldProblem("", "too-many", f"At most {_MOST} tokens per account."))
    text, public, digest = tokens.make()
    token = ApiToken.objects.create(
        user=holder,
        name=name or "token",
        public_id=public,
        digest=digest,
        scopes=sorted(set(scopes)),
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    record(
        TokenIssued(
            subject=f"token/{public}",
            teams=_readers(holder),
            holder=holder.username,
            public_id=public,
            scopes=token.scopes,
            until=token.expires_at.isoformat(),
        )
    )
    return token, text


@action
def revoke_token(actor: Actor, *, token_id: Any) -> ApiToken:
    """Take a token back, at once. Doing it twice changes nothing."""
    token = (
        ApiToken.objects.select_for_update(of=["self"], no_key=True)
        .select_related("user__sponsor")
        .filter(pk=token_id)
        .first()
    )
    if token is None or not _knows(actor, token.user):
        raise NotFound
    require(actor, may_hold_token, token.user)
    if token.revoked_at is None:
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
    record(
        TokenRevoked(
            subject=f"token/{token.public_id}",
            teams=_readers(token.user),
            holder=token.user.username,
            public_id=token.public_id,
        )
    )
    return token


@action
def change_profile(
    actor: Actor,
    *,
    display_name: str | None = None,
    mails: bool | None = None,
    single_keys: bool | None = None,
    language: str | None = None,
    here_for: str | None = None,
) -> User:
    """Say how one is called, and how one wants mail, keys and words; None leaves as it is.

    ``mails``: optional notices come by mail unless a kind was chosen otherwise. ``single_keys``:
    single keys do something on the pages. ``language``: of pages and mails, one of the settings'
    LANGUAGES; an empty one is the instance's own. ``here_for``: one of ``User.VIEWS``, what home
    shows first; it gives no right and takes none.
    """
    account = (
        User.objects.select_for_update(of=["self"], no_key=True).filter(pk=actor.user_id).first()
    )
    if account is None:
        raise NotFound
    require(actor, may_change_profile, account)
    if len(display_name or "") > _CALLED_LIMIT:
        words = f"At most {_CALLED_LIMIT} characters."
        raise Invalid(FieldProblem("/display_name", "too-long", words))
    if language and language not in dict(settings.LANGUAGES):
        words = f"Choose one of: {', '.join(code for code, _ in settings.LANGUAGES)}."
        raise Invalid(FieldProblem("/language", "not-offered", words))
    if here_for is not None and here_for not in User.VIEWS:
        words = f"Choose one of: {', '.join(User.VIEWS)}."
        raise Invalid(FieldProblem("/here_for", "not-offered", words))
    wanted = {
        "display_name": None if display_name is None else display_name.strip(),
        "mails": mails,
        "single_keys": single_keys,
        "language": language,
        "here_for": here_for,
    }
    changed = [
        name
        for name, value in wanted.items()
        if value is not None and getattr(account, name) != value
    ]
    for name in changed:
        setattr(account, name, wanted[name])
    account.save(update_fields=changed)
    record(
        ProfileChanged(
            subject=f"user/{account.username}", teams=(f"user:{account.username}",), changed=changed
        )
    )
    return account


def _knows(actor: Actor, holder: User) -> bool:
    """Tell whether the actor may know that this account has tokens."""
    sponsor = holder.sponsor.username if holder.sponsor else ""
    return actor.kind == "system" or actor.subject in (holder.username, sponsor)


def _readers(holder: User) -> tuple[str, ...]:
    sponsor = (f"user:{holder.sponsor.username}",) if holder.sponsor else ()
    return (f"user:{holder.username}", *sponsor)


def _check(name: str, scopes: Sequence[str], days: int) -> None:
    problems = [
        FieldProblem(f"/scopes/{index}", "unknown-scope", f"There is no scope {scope}.")
        for index, scope in enumerate(scopes)
        if scope != ALL and scope not in tokens.SCOPES
    ]
    if not scopes:
        problems.append(FieldProblem("/scopes", "required", "Name at least one scope."))
    if not 1 <= days <= LONGEST_DAYS:
        problems.append(
            FieldProblem("/days", "out-of-range", f"Between 1 and {LONGEST_DAYS} days.")
        )
    if len(name) > _NAME_LIMIT:
        problems.append(FieldProblem("/name", "too-long", f"At most {_NAME_LIMIT} characters."))
    if problems:
        raise Invalid(*problems)
