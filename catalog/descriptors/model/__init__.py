"""What a descriptor says, as frozen dataclasses: the view that the catalogue is built from.

The text stays the truth (`Document` keeps it verbatim); these classes are a view of it. What has
no field of its own is kept in `extra` (keys of the standard that we do not use yet) and in
`custom` (custom properties that are not ours), so that writing a descriptor out loses nothing.
Empty means unstated: `""`, `()`, `None`; never a guess.
"""

from catalog.descriptors.model.contract import (
    Column,
    ContractDescriptor,
    EnumValue,
    QualityRule,
    Relationship,
    Role,
    SchemaObject,
    Server,
    ServiceLevelObjective,
)
from catalog.descriptors.model.mesh import Bundle, Descriptor, DomainDescriptor, TeamDescriptor
from catalog.descriptors.model.product import (
    ContractReference,
    InputPortDescriptor,
    ManagementPortDescriptor,
    MaskRule,
    OutputPortDescriptor,
    ProductDescriptor,
    RowFilter,
    SavedQueryDescriptor,
)
from catalog.descriptors.model.shared import (
    JSON,
    CustomProperty,
    Definition,
    Member,
    SupportChannel,
)

__all__ = [
    "JSON",
    "Bundle",
    "Column",
    "ContractDescriptor",
    "ContractReference",
    "CustomProperty",
    "Definition",
    "Descriptor",
    "DomainDescriptor",
    "EnumValue",
    "InputPortDescriptor",
    "ManagementPortDescriptor",
    "MaskRule",
    "Member",
    "OutputPortDescriptor",
    "ProductDescriptor",
    "QualityRule",
    "Relationship",
    "Role",
    "RowFilter",
    "SavedQueryDescriptor",
    "SchemaObject",
    "Server",
    "ServiceLevelObjective",
    "SupportChannel",
    "TeamDescriptor",
]
