"""How people come in: password now, OpenID Connect when it is configured."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from marketplace.kernel.identity.models import User
from marketplace.kernel.identity.refusals import sign_in_refused
from marketplace.kernel.identity.sessions import opened


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: accounts come from the operator or from single sign-on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's
        """Closed."""
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and note what the person is shown of this session."""
        super().login(request, user)
        opened(request.session, request.headers.get("User-Agent", ""))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Keep a wrong password for the audit trail, when the name is somebody's."""
        super().authentication_failed(request, **credentials)
        named = credentials.get("username") or credentials.get("email") or ""
        rows = User.objects.filter(Q(username=named) | Q(email__iexact=named)) if named else ()
        account = next(iter(rows[:1]), None)
        sign_in_refused(account, method="password", why="wrong-password")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> Any:
        """Keep that somebody came whose account is closed."""
        sign_in_refused(user, method="password", why="inactive")
        return super().respond_user_inactive(request, user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Welcome a person who comes for the first time; where they wanted to go comes before."""
        account: Any = request.user
        if account.kind == "user" and not account.here_for:
            return reverse("welcome")
        plain: str = super().get_login_redirect_url(request)
        return plain

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Account mail (password reset) is off: there is no address to prove here."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whom the identity provider vouches for gets an account, without any role."""

    def is_open_for_signup(
        self,
        request: HttpRequest,  # noqa: ARG002
        sociallogin: Any,  # noqa: ARG002
    ) -> bool:
        """Open: the provider decides who may sign in."""
        return True
