"""What a request asks of AWS: its action, the resource it concerns, and what conditions may use."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

ACCOUNT = "123456789012"
REGION = "eu-central-1"
_OWN = f"arn:aws:iam::{ACCOUNT}"


@dataclass
class Asked:
    """One request, read. `also` are resources that the action is asked for as well."""

    service: str
    action: str
    resource: str
    key: str
    values: dict[str, Any]
    context: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()


def read(environ: dict[str, Any], body: bytes, roles: dict[str, str]) -> Asked | None:
    """Read a signed request; None for one without a signature. `roles` maps names to ARNs."""
    signed = re.search(
        r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", "")
    )
    if signed is None:
        return None
    key, service = signed[1], signed[2]
    if service == "s3":
        return _s3(environ, key)
    if service in {"iam", "sts"}:
        values = {
            name: one[0] for name, one in parse_qs(body.decode(), keep_blank_values=True).items()
        }
        return _query(service, values, key, roles)
    values = json.loads(body or b"{}")
    if service == "lakeformation":
        return Asked(service, f"lakeformation:{environ['PATH_INFO'].strip('/')}", "*", key, values)
    operation = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
    if service == "glue":
        first, *also = _glue(values)
        return Asked(service, f"glue:{operation}", first, key, values, also=tuple(also))
    return Asked(service, f"{service}:{operation}", _named(service, values), key, values)


def _query(service: str, values: dict[str, Any], key: str, roles: dict[str, str]) -> Asked:
    action, context = values["Action"], {}
    if "ExternalId" in values:
        context["sts:ExternalId"] = values["ExternalId"]
    if "PermissionsBoundary" in values:
        context["iam:PermissionsBoundary"] = values["PermissionsBoundary"]
    path = values.get("Path", "/")
    if "PolicyArn" in values and "RoleName" not in values:
        resource = values["PolicyArn"]
    elif action == "CreatePolicy":
        resource = f"{_OWN}:policy{path}{values['PolicyName']}"
    elif action == "CreateRole":
        resource = f"{_OWN}:role{path}{values['RoleName']}"
    elif "RoleName" in values:
        resource = roles.get(values["RoleName"], f"{_OWN}:role/{values['RoleName']}")
    elif "UserName" in values:
        resource = f"{_OWN}:user/{values['UserName']}"
    else:
        resource = values.get("RoleArn") or values.get("PolicySourceArn") or "*"
    return Asked(service, f"{service}:{action}", resource, key, values, context)


_CONTROL = "/v20180820/accesspoint"


def _points(environ: dict[str, Any], key: str) -> Asked:
    """Read a request about access points, which have a host and paths of their own."""
    method, rest = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(_CONTROL)
    name, _, of = rest.lstrip("/").partition("/")
    if not name:
        return Asked("s3", "s3:ListAccessPoints", "*", key, {})
    verbs = {"GET": "Get", "PUT": "Put" if of else "Create", "DELETE": "Delete"}
    action = f"s3:{verbs[method]}AccessPoint{'Policy' if of else ''}"
    return Asked("s3", action, f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/{name}", key, {})


def _s3(environ: dict[str, Any], key: str) -> Asked:
    if environ["PATH_INFO"].startswith(_CONTROL):
        return _points(environ, key)
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    bucket, _, name = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    method, arn = environ["REQUEST_METHOD"], f"arn:aws:s3:::{bucket}"
    context = {"s3:prefix": query["prefix"][0]} if "prefix" in query else {}
    if name:
        action = {
            "GET": "GetObject",
            "HEAD": "GetObject",
            "PUT": "PutObject",
            "DELETE": "DeleteObject",
        }
        return Asked("s3", f"s3:{action[method]}", f"{arn}/{name}", key, {}, context)
    if "policy" in query:
        action = {
            "GET": "GetBucketPolicy",
            "PUT": "PutBucketPolicy",
            "DELETE": "DeleteBucketPolicy",
        }
    else:
        action = {"GET": "ListBucket", "PUT": "CreateBucket"}
    return Asked("s3", f"s3:{action[method]}", arn, key, {}, context)


def _named(service: str, values: dict[str, Any]) -> str:
    """Name the resource of a JSON service, as its page of actions and resources says."""
    own = f"arn:aws:{service}:{REGION}:{ACCOUNT}"
    if service == "kinesis":
        given = values.get("StreamARN") or values.get("ResourceARN")
        name = values.get("StreamName")
        return given or (f"{own}:stream/{name}" if name else "*")
    if service == "athena":
        if "ResourceARN" in values:
            return str(values["ResourceARN"])
        name = values.get("WorkGroup") or values.get("Name")
        return f"{own}:workgroup/{name}" if name else "*"
    return "*"


def _glue(values: dict[str, Any]) -> list[str]:
    """Name all that Glue asks IAM about: the table, its database, and the catalogue."""
    own = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    table = values.get("TableName") or values.get("TableInput", {}).get("Name")
    if "DatabaseName" not in values:
        name = values.get("Name") or values.get("DatabaseInput", {}).get("Name")
        return [f"{own}:database/{name}", f"{own}:catalog"]
    database = values["DatabaseName"]
    table = table or values.get("Name") or "*"
    return [f"{own}:table/{database}/{table}", f"{own}:database/{database}", f"{own}:catalog"]
