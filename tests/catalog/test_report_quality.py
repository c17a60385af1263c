"""Reports of checks from the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from catalog.models import QualityResult
from tests.catalog.observations import documents as make

DELAYS = "flight-operations.flight-delays"


def run(tmp_path, capsys, document, *more):
    file = tmp_path / "report.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    call_command("report_quality", DELAYS, str(file), *more)
    return capsys.readouterr().out


def test_a_report_is_taken_and_told(mesh, tmp_path, capsys):
    said = run(tmp_path, capsys, make.dbt())

    assert said == "dbt: 1 results, 1 new, 0 days of promises, 0 about others passed over.\n"
    assert QualityResult.objects.count() == 1


def test_it_can_be_rehearsed(mesh, tmp_path, capsys):
    assert "Nothing was changed." in run(tmp_path, capsys, make.oors(), "--dry-run")
    assert not QualityResult.objects.exists()


@pytest.mark.parametrize("document", ["{", {}, {"kind": "ObservabilityResults"}])
def test_what_is_wrong_is_refused_whole(mesh, tmp_path, capsys, document):
    with pytest.raises(CommandError):
        run(tmp_path, capsys, document)

    assert not QualityResult.objects.exists()
