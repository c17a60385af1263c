"""The declaration of who answers which question says what the tests ask, no more and no less."""

import re
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path

from marketplace.connectors.conformance import ANSWERS, QUESTIONS, page
from marketplace.connectors.registry import BUILT_IN

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
QUESTION = re.compile(r"test_(t\d\d)_")


def asked() -> dict[str, frozenset[str]]:
    """What each platform is asked, by the tests that say whom they answer for."""
    found: dict[str, frozenset[str]] = {}
    for path in sorted(HERE.rglob("test_*.py")):
        if "    answers_for = " not in path.read_text():
            continue
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for _, one in getmembers(module, isclass):
            platform = vars(one).get("answers_for")
            if platform is not None:
                assert platform not in found
                found[platform] = questions_of(one)
    return found


def questions_of(one: type) -> frozenset[str]:
    names = [name for name in dir(one) if getattr(one, name) is not None]
    return frozenset(match[1].upper() for name in names if (match := QUESTION.match(name)))


def test_each_platform_answers_what_is_declared() -> None:
    assert asked() == {one.platform: one.answered for one in ANSWERS}


def test_every_connector_of_ours_is_declared_and_every_reason_is_told() -> None:
    assert {one.kind for one in ANSWERS} == set(BUILT_IN)
    for one in ANSWERS:
        assert set(one.left_out) <= set(QUESTIONS)
        assert all(reason.endswith(".") for reason in one.left_out.values())


def test_the_page_has_a_cell_for_each_question_and_platform() -> None:
    rows = [line for line in page().splitlines() if re.match(r"\| T\d\d \|", line)]

    assert len(rows) == len(QUESTIONS) == 24
    assert {row.count("|") for row in rows} == {len(ANSWERS) + 3}
