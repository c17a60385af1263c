"""Running a plan: the lease asked before each step, every statement safe to repeat."""

import re
from collections.abc import Iterator
from typing import Final

import pymysql

from marketplace.connectors.base import Lease, Permanent, Plan, Step, StepResult
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import MariadbConfig
from marketplace.connectors.mariadb.connections import Provisioner, Session, with_password
from marketplace.connectors.mariadb.failures import RACES, code_of, translate
from marketplace.connectors.mariadb.flavours import Flavour
from marketplace.connectors.sql import applying
from marketplace.connectors.sql.applying import Raced

_PAUSE_S: Final = 0.02
_LOGIN: Final = re.compile(r"CALL \w+\.make_login\('(mp_[a-z0-9]+_[a-z2-7]{10}_c)', ")


def apply(
    provisioner: Provisioner, config: MariadbConfig, plan: Plan, lease: Lease
) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""

    def run(step: Step) -> StepResult:
        with provisioner.session() as session:
            try:
                return _run(session, config, step)
            except pymysql.MySQLError as error:
                if code_of(error) not in RACES:
                    raise translate(error) from error
                met = error
        raise Raced(translate(met)) from met

    return applying.apply(plan, lease, run, pause_s=_PAUSE_S)


def _run(session: Session, config: MariadbConfig, step: Step) -> StepResult:
    words = "done"
    for statement in statements.parts(step.do):
        if statements.is_publishers(statement):
            session.rows(statements.as_publisher(statement))
            continue
        rows = session.rows(_with_password(config, session.flavour, statement))
        if step.id.startswith("sessions:"):
            words = f"{rows[0][0]} ended"
    return StepResult(step_id=step.id, ok=True, detail=words, at=session.moment())


def _with_password(config: MariadbConfig, flavour: Flavour, statement: str) -> str:
    """Put the hashed password where the shown statement says it is hidden."""
    if statements.HIDDEN_PASSWORD not in statement:
        return statement
    found = _LOGIN.match(statement)
    if found is None:
        raise Permanent("a hidden password stands where no login of ours is made")
    return with_password(config, flavour, found.group(1), statement)
