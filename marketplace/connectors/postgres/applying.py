"""Running a plan: one transaction per step, the lease asked before each, safe to repeat."""

import re
from collections.abc import Iterator
from typing import Final

import psycopg

from marketplace.connectors.base import Lease, Permanent, Plan, Step, StepResult
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner, Session, scram
from marketplace.connectors.postgres.failures import RACES, translate
from marketplace.connectors.postgres.statements import HIDDEN_PASSWORD
from marketplace.connectors.sql import applying
from marketplace.connectors.sql.applying import Raced

_PAUSE_S: Final = 0.01
_PASSWORD: Final = re.compile(
    rf'ALTER ROLE "(mp_[a-z0-9]+_[a-z2-7]{{10}}_c)" PASSWORD {re.escape(HIDDEN_PASSWORD)}'
)


def apply(
    provisioner: Provisioner, config: PostgresConfig, plan: Plan, lease: Lease
) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError.

    Two writers that meet on a shared catalogue row ("tuple concurrently updated") try again. No
    advisory lock: a consumer could take it first and hold up its own revoke.
    """

    def run(step: Step) -> StepResult:
        with provisioner.session() as session:
            try:
                return _run(session, config, step)
            except psycopg.Error as error:
                if error.sqlstate not in RACES:
                    raise translate(error) from error
                met = error
        raise Raced(translate(met)) from met

    return applying.apply(plan, lease, run, pause_s=_PAUSE_S)


def _run(session: Session, config: PostgresConfig, step: Step) -> StepResult:
    # One message is one transaction and one round trip; its last answer is the server's time.
    text = f"{_with_password(session, config, step.do)};\nSELECT clock_timestamp()"
    cursor = session.execute(text.encode())
    words = cursor.statusmessage or ""
    if step.id.startswith("sessions:"):
        words = f"{cursor.rowcount} ended"
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return StepResult(step_id=step.id, ok=True, detail=words, at=(row or (None,))[0])


def _with_password(session: Session, config: PostgresConfig, statement: str) -> str:
    """Put the hashed password where the shown statement says it is hidden."""
    if HIDDEN_PASSWORD not in statement:
        return statement
    found = _PASSWORD.search(statement)
    if found is None:
        raise Permanent("a hidden password stands where no login of ours is made")
    login = found.group(1)
    verifier = scram(session, login, config.password_of(login))
    return statement.replace(HIDDEN_PASSWORD, f"'{verifier}'")
