"""Packs of rules and verdicts over REST, and from the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from governance.models import Policy
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(people) -> Policy:
    """The pack that decides."""
    return Policy.objects.get(key="emporion-base", active=True)


def test_governance_keeps_a_version_and_lets_it_decide(api, base):
    kept = api.gus.post("/policies", base.pack)
    assert (kept.status, kept.json["version"]) == (201, base.number + 1)
    assert api.gus.get("/policies/emporion-base").json["version"] == base.number

    done = api.gus.post("/policies/emporion-base/activate", {"version": base.number + 1})

    assert (done.status, done.json["active"], done.json["activated_by"]) == (200, True, "gus")
    listed = api.gus.get("/policies").json["results"]
    assert [(one["version"], one["active"]) for one in listed] == [
        (base.number + 1, True),
        (base.number, False),
    ]
    first = api.gus.get(f"/policies/emporion-base?version={base.number}").json
    assert first["pack"] == base.pack


def test_a_rehearsal_keeps_nothing(api, base):
    with nothing_changes():
        told = api.gus.post("/policies?dry_run=true", base.pack)

    assert (told.status, told.json["dry_run"]) == (200, True)


def test_wrong_packs_and_strangers_are_refused(api, base):
    rules = [{**base.pack["rules"][0], "verdict": "shrug"}]
    with nothing_changes():
        wrong = api.gus.post("/policies", {**base.pack, "rules": rules})
        assert (wrong.status, wrong.errors[0][0]) == (400, "/rules/0/verdict")
        assert api.gus.post("/policies", {"key": "x"}).status == 400
        assert api.gus.post("/policies/none/activate", {"version": 1}).code == "not-found"
        for who in (api.ana, api.olaf, api.sid):
            assert who.get("/policies").code == "not-allowed"
            assert who.get("/verdicts").code == "not-allowed"
            assert who.post("/policies", base.pack).code == "not-allowed"
            assert who.post("/policies/emporion-base/activate", {"version": 1}).status == 403
    assert api.gus.get("/policies/none").code == "not-found"
    assert api.gus.get("/policies/emporion-base?version=one").status == 400


def test_the_command_line_lists_keeps_and_activates(base, tmp_path, capsys):
    call_command("policies", "show", "emporion-base")
    pack = tmp_path / "pack.json"
    pack.write_text(capsys.readouterr().out)

    call_command("policies", "put", str(pack), "--person", "gus")
    assert f"emporion-base {base.number + 1}: kept, not in force" in capsys.readouterr().out
    number = f"{base.number + 1}"
    call_command("policies", "activate", "emporion-base", "--number", number, "--person", "gus")
    call_command("policies", "list")

    assert [line.split()[1:3] for line in capsys.readouterr().out.splitlines()[1:]] == [
        [number, "in"],
        [f"{base.number}", "-"],
    ]


def test_the_command_line_refuses_with_its_reason(base, tmp_path):
    pack = tmp_path / "pack.json"
    pack.write_text(json.dumps({**base.pack, "rules": "none"}))
    with nothing_changes():
        for words, reason in (
            (["put", str(pack), "--person", "gus"], "/rules"),
            (["put", str(pack), "--person", "ana"], "not-allowed"),
            (["put", str(pack)], "--person"),
            (["put", str(tmp_path / "none.json"), "--person", "gus"], "cannot be read"),
            (["activate", "emporion-base", "--person", "gus"], "--number"),
            (["show", "none"], "not-found"),
        ):
            with pytest.raises(CommandError, match=reason):
                call_command("policies", *words)
