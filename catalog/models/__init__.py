"""What the catalog keeps."""

from catalog.models.ask import Ask, AskVote, SavedSearch
from catalog.models.breach import QualityBreach
from catalog.models.change import ChangeProposal
from catalog.models.contract import ContractVersion, DataContract, SchemaColumn
from catalog.models.domain import Domain
from catalog.models.incident import Incident, IncidentUpdate
from catalog.models.lineage import ColumnEdge, LineageEdge, LineageEvent, LineageNode
from catalog.models.output_port import InputPort, ManagementPort, OutputPort
from catalog.models.platform import PlatformConnection
from catalog.models.product import DataProduct, SearchWord
from catalog.models.quality import (
    PortProfile,
    QualityResult,
    ServiceLevel,
    ServiceLevelDay,
    ServiceLevelWindow,
)
from catalog.models.saved_query import SavedQuery

__all__ = [
    "Ask",
    "AskVote",
    "ChangeProposal",
    "ColumnEdge",
    "ContractVersion",
    "DataContract",
    "DataProduct",
    "Domain",
    "Incident",
    "IncidentUpdate",
    "InputPort",
    "LineageEdge",
    "LineageEvent",
    "LineageNode",
    "ManagementPort",
    "OutputPort",
    "PlatformConnection",
    "PortProfile",
    "QualityBreach",
    "QualityResult",
    "SavedQuery",
    "SavedSearch",
    "SchemaColumn",
    "SearchWord",
    "ServiceLevel",
    "ServiceLevelDay",
    "ServiceLevelWindow",
]
