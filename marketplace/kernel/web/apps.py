"""Registers the template tags."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The page kit. It has no models."""

    name = "marketplace.kernel.web"
    label = "web"
    verbose_name = "Page kit"
