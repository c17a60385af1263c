"""The conformance suite of connectors: the questions stand once, every connector answers them.

A connector's test inherits `ConnectorContract` and, of `EndsByItself`, `NarrowsRows` and
`ShowsAll`, those that fit what it claims (and `AnswersInParts` where it sends batches,
`ObeysLimits` where its platform can say that it is too much); it gives a fixture `platform`: the
connector with the levers of a test, which act as somebody else who works on the same platform (an
administrator, a colleague with a console) or as the consumer. `ReportedContract` asks connectors
that only order. T-numbers are those of `marketplace.connectors.conformance`.
"""

from tests.connectors.contract.failing import SurvivesFailures
from tests.connectors.contract.granting import GivesAndTakes
from tests.connectors.contract.keeping import KeepsToItself
from tests.connectors.contract.meddling import NoticesOthers
from tests.connectors.contract.naming import HOSTILE, KeepsNamesApart
from tests.connectors.contract.platform import (
    COLUMNS,
    CUSTOMER,
    GROWTH,
    ROWS,
    SID,
    Held,
    Lost,
    Platform,
    Told,
    refused_with,
    select_all,
)
from tests.connectors.contract.some import AnswersInParts, EndsByItself, NarrowsRows, ShowsAll
from tests.connectors.contract.unheard import BelievesNoWord, ObeysLimits
from tests.connectors.contract.words import ContractWords

__all__ = [
    "COLUMNS",
    "CUSTOMER",
    "GROWTH",
    "HOSTILE",
    "ROWS",
    "SID",
    "AnswersInParts",
    "ConnectorContract",
    "ContractWords",
    "EndsByItself",
    "Held",
    "Lost",
    "NarrowsRows",
    "ObeysLimits",
    "Platform",
    "ShowsAll",
    "Told",
    "refused_with",
    "select_all",
]


class ConnectorContract(
    GivesAndTakes,
    SurvivesFailures,
    NoticesOthers,
    BelievesNoWord,
    KeepsToItself,
    KeepsNamesApart,
):
    """Inherit, and give a fixture `platform`."""

    def test_the_cases_that_are_asked_fit_what_the_connector_claims(
        self, platform: Platform
    ) -> None:
        claims = platform.connector.capabilities()
        fitting: set[type] = {NarrowsRows if "rows" in claims.restrictions else ShowsAll}
        if claims.native_expiry:
            fitting.add(EndsByItself)

        asked = {kind for kind in (EndsByItself, NarrowsRows, ShowsAll) if isinstance(self, kind)}

        assert asked == fitting
