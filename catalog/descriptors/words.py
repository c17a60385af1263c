"""The words that descriptors are written in, for an editor to complete.

Keys and fixed values of ODPS 1.1 and ODCS 3.1 as far as they are read here, and our own properties.
"""

from typing import Final

PRODUCT_WORDS: Final = (
    *("apiVersion", "kind", "DataProduct", "id", "name", "version", "status", "type", "domain"),
    *(
        "description",
        "purpose",
        "usage",
        "limitations",
        "tags",
        "team",
        "support",
        "channel",
        "url",
    ),
    *("inputPorts", "outputPorts", "managementPorts", "contractId", "inputContracts"),
    *("authoritativeDefinitions", "customProperties", "property", "value"),
    *("proposed", "draft", "active", "deprecated", "retired"),
    *("publicationScope", "certification", "rowMeaning", "goodFor", "notFor"),
    *("platform", "interface", "resource", "columns", "rowFilter", "queries", "title", "sql"),
    *("none", "domain", "organization", "external", "stream", "file", "graphql", "share"),
)
CONTRACT_WORDS: Final = (
    *("apiVersion", "kind", "DataContract", "id", "name", "version", "status", "dataProduct"),
    *("schema", "properties", "logicalType", "physicalType", "logicalTypeOptions", "description"),
    *("classification", "required", "unique", "primaryKey", "examples", "quality", "dimension"),
    *("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array"),
    *("public", "internal", "confidential", "restricted", "pii", "phi", "pci", "tags"),
    *("slaProperties", "element", "unit", "value", "latency", "frequency", "retention"),
    *("roles", "servers", "customProperties", "property", "purposes", "maxDurationDays"),
    *("analytics", "reporting", "operations", "marketing", "machine_learning"),
    *("regulatory", "research"),
)
