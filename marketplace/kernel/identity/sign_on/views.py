"""Sign-in with a nonce: an identity token counts only for the sign-in that asked for it.

The nonce is a keyed digest of the sign-in's ``state``, which allauth makes at random, keeps in the
person's session for ten minutes and takes once. So it is bound to that session without a second
thing to keep: OpenID Connect Core 1.0, sections 3.1.3.7 (11) and 15.5.2. What the user info says
is of the person whom the token names: section 5.3.2.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "emporion.openid.nonce"


def nonce_of(state: str) -> str:
    """Give the nonce of the sign-in with this state."""
    return salted_hmac(_SALT, state, algorithm="sha256").hexdigest()


def refuse_foreign(told: Mapping[str, Any], state: str) -> None:
    """Refuse what the provider told when it is not of the sign-in with this state.

    ``told`` has the claims of the identity token (``id_token``) and the user info (``userinfo``),
    where it was asked for. Raises OAuth2Error.
    """
    identity, info = told.get("id_token", {}), told.get("userinfo")
    if not constant_time_compare(str(identity.get("nonce", "")), nonce_of(state)):
        raise OAuth2Error("The identity token is not of this sign-in: its nonce is another.")
    if info is not None and info.get("sub") != identity.get("sub"):
        raise OAuth2Error("The user info is of somebody else than the identity token.")


class _Client(OAuth2Client):  # type: ignore[misc]
    def get_redirect_url(
        self, authorization_url: str, scope: list[str], extra_params: dict[str, str]
    ) -> str:
        """Ask with the nonce, whatever else was asked for."""
        asked = {**extra_params, "nonce": nonce_of(self.state)}
        url: str = super().get_redirect_url(authorization_url, scope, asked)
        return url


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Sends the nonce and looks for it in the identity token, which has to be there."""

    client_class = _Client

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Give who signed in. Raises OAuth2Error when the token is not of this sign-in."""
        login = super().complete_login(request, app, token, **kwargs)
        refuse_foreign(login.account.extra_data, request.GET.get("state", ""))
        return login


@login_not_required  # type: ignore[untyped-decorator]
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the person to the provider."""
    return _through(OAuth2LoginView, request, provider_id)


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the person back from the provider."""
    return _through(OAuth2CallbackView, request, provider_id)


def _through(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = view.adapter_view(Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer
