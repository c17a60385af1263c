"""OpenID Connect by django-allauth, with the nonce that its provider leaves out."""
