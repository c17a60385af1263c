"""The time. It comes from the database, so that all machines share one clock."""

from datetime import datetime

from marketplace.kernel.actions import running
from marketplace.kernel.prepared import fetch_one


def now() -> datetime:
    """Give the database's time (UTC, aware); within an action it is one moment for all of it."""
    ledger = running()
    if ledger is None:
        return _asked()
    if ledger.moment is None:
        ledger.moment = _asked()
    return ledger.moment


def _asked() -> datetime:
    row = fetch_one("SELECT clock_timestamp()", [])
    assert row is not None
    moment: datetime = row[0]
    return moment
