"""The whole API against its own description: no crash, and no answer that is not documented."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.rest import throttling
from marketplace.portal.reference import schema as document

EXAMPLES = 3
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

app = get_wsgi_application()
schema = schemathesis.openapi.from_dict(document()).exclude(path_regex="/credentials$")
schema.app = app
CHECKS = [
    checks.not_a_server_error,
    checks.load_all_checks() or schemathesis.checks.CHECKS.get_one("status_code_conformance"),
    schemathesis.checks.CHECKS.get_one("content_type_conformance"),
    schemathesis.checks.CHECKS.get_one("response_schema_conformance"),
]
