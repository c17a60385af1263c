"""Descriptors that the tests start from: olaf's flight delays, and a contract with everything."""

PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: flight-operations.flight-delays
domain: flight-operations
name: Flight delays
version: 1.0.0
status: active
type: aggregate
tags: [delay, flights]
description:
  purpose: How late each flight left and arrived.
  usage: Join by flight_id.
  limitations: Flights of 2013 only.
team:
  name: flight-operations
  members:
    - {username: olaf, role: owner, dateIn: 2020-01-01}
support:
  - {channel: mail, url: "mailto:flights@example.org", tool: email, scope: issues}
authoritativeDefinitions:
  - {type: documentation, url: "https://example.org/flights"}
inputPorts:
  - {name: flights, version: "1", contractId: flights-raw}
outputPorts:
  - name: curated
    version: "1"
    description: One row per flight.
    type: sql
    contractId: flight-delays-curated
    inputContracts: [{id: flights-raw, version: 1.0.0}]
    customProperties:
      - {property: platform, value: warehouse}
      - {property: interface, value: sql}
      - {property: resource, value: mart.flight_delays}
      - {property: columns, value: [flight_id, delay]}
      - {property: rowFilter, value: [{column: delay, op: ">=", value: 15}]}
      - property: queries
        value:
          - {name: worst, title: Worst days, sql: "select * from {relation}"}
      - {property: costCentre, value: "4711"}
  - {name: files, version: "1", type: file}
managementPorts:
  - {name: health, content: observability, url: "https://example.org/health"}
customProperties:
  - {property: publicationScope, value: organization}
  - {property: certification, value: gold}
  - {property: rowMeaning, value: One flight.}
  - {property: goodFor, value: [punctuality reports]}
  - {property: notFor, value: [billing]}
  - {property: costCentre, value: "4711", vendor: sap}
"""

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: flight-delays-curated
name: Flight delays, curated
version: 1.0.0
status: active
dataProduct: flight-operations.flight-delays
description: {purpose: Punctuality.}
schema:
  - name: flight_delays
    physicalName: mart.flight_delays
    description: One row per flight.
    properties:
      - name: flight_id
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        classification: public
        description: Number of the flight.
      - name: delay
        logicalType: integer
        physicalType: integer
        required: true
        classification: internal
        description: Minutes late.
        examples: [5, 17]
        quality:
          - {name: not-null, metric: nullValues, mustBe: 0, dimension: completeness}
      - name: captain
        logicalType: string
        physicalType: text
        classification: confidential
        tags: [pii]
        description: Who flew.
        relationships: [{to: crew.name}]
      - name: status
        logicalType: string
        physicalType: text
        enum: [{value: landed, label: Landed}, {value: diverted}]
slaProperties:
  - {property: latency, value: 4, unit: h, driver: operational}
  - {property: availability, value: 99.5, unit: "%"}
roles:
  - {role: flight_reader, access: read, firstLevelApprovers: olaf}
servers:
  - {server: warehouse, type: postgres, host: db, port: 5432, database: warehouse, schema: mart}
customProperties:
  - {property: purposes, value: [analytics, reporting]}
  - {property: maxDurationDays, value: 365}
"""

TEAM = """\
apiVersion: emporion/v1
kind: Team
id: growth
name: Growth
email: growth@example.org
members:
  - {username: ana, role: member}
"""

DOMAIN = """\
apiVersion: emporion/v1
kind: Domain
id: flight-operations
name: Flight operations
ownerTeam: flight-operations
hue: 0
"""

ALL = f"{DOMAIN}---\n{TEAM}---\n{PRODUCT}---\n{CONTRACT}"
