"""How the REST API describes itself."""

from drf_spectacular.openapi import AutoSchema as SpectacularSchema


class AutoSchema(SpectacularSchema):
    """OpenAPI 3.1 from the views."""
