"""The OpenID Connect provider that INSTALLED_APPS names in place of allauth's."""

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider

from marketplace.kernel.identity.sign_on.views import Adapter


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """As allauth's, whose addresses and settings it keeps; each sign-in carries a nonce."""

    oauth2_adapter_class = Adapter


provider_classes = [Provider]
