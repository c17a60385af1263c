"""Keys are rotated: every secret is sealed anew, and the old key can go."""

import base64
import os

import pytest
from django.core.management import call_command

from catalog.actions.platforms import register_platform
from catalog.models import PlatformConnection
from catalog.queries import connector_of, secrets
from catalog.queries.ports import secret_place
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.models import Event
from marketplace.kernel.sealing import unseal
from subscriptions.actions.keys import rotate_keys

pytestmark = pytest.mark.django_db
CONFIG = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "provisioner"}


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_after_the_rotation_the_old_key_is_not_needed(pia, settings, capsys):
    old, new = key(), key()
    settings.FIELD_KEY = old
    register_platform(pia, key="a", name="A", kind="postgres", config=CONFIG, secret="one")
    register_platform(
        pia, key="b", name="B", kind="postgres", config=CONFIG, secrets={"password": "two"}
    )
    settings.FIELD_KEY = f"{new},{old}"

    call_command("platforms", "rotate-keys")

    settings.FIELD_KEY = new
    a, b = PlatformConnection.objects.order_by("key")
    assert unseal(a.secret, place=secret_place("a")) == "one"
    assert secrets.opened(b) == {"password": "two"}
    assert connector_of(b).config.password == "two"
    assert capsys.readouterr().out == "2 secrets were sealed anew with the first key.\n"
    assert Event.objects.get(name="secrets.resealed").data == {"secrets": 2}


@pytest.mark.parametrize("who", ["ana", "olaf", "gus", "dana", "sid"])
def test_only_the_operator_rotates_keys(people, who):
    with pytest.raises(NotAllowed):
        rotate_keys(people[who])
