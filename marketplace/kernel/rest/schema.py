"""How the REST API describes itself: OpenAPI 3.1 from the same words that guard the endpoints."""

from dataclasses import fields
from typing import Any, Final, Literal

import django_filters
from django.apps import apps
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from rest_framework import serializers

from marketplace.kernel.events.log import TYPES, DomainEvent
from marketplace.kernel.rest.bodies import One
from marketplace.kernel.rest.operations import Operation, Param

type Direction = Literal["request", "response"]
_VERBS: Final = {"GET": "get", "PUT": "put", "PATCH": "change", "POST": "post", "DELETE": "delete"}
PROBLEM: Final = "application/problem+json"
_WHY: Final = {
    400: "Something in the request cannot be accepted; `errors` names every place.",
    401: "Nobody is signed in, or the token is wrong, expired or revoked.",
    403: "This actor, or this token's scope, may not do it.",
    404: "Absent, or hidden from this actor: the two are never told apart.",
    409: "It cannot be done in the present state.",
    410: "It has ended.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    415: "This kind of body is not read here.",
    422: "The Idempotency-Key was used for another request, or the query was refused.",
    428: "Send If-Match with the version you read.",
    429: "Too many requests; Retry-After says how long to wait.",
    503: "The database or the data platform does not answer; nothing was changed.",
}
_KEY_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$"


class ProblemShown(serializers.Serializer[Any]):
    """A refusal (RFC 9457). ``code`` is stable; each is explained in the reference of errors."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.ListField(  # type: ignore[assignment]  # the name in the answer
        child=serializers.DictField(child=serializers.CharField()), required=False
    )


class RehearsedShown(serializers.Serializer[Any]):
    """A write that was rehearsed and undone."""

    dry_run = serializers.BooleanField()


class AutoSchema(SpectacularSchema):
    """OpenAPI 3.1 from the operations of the endpoints."""

    @property
    def described(self) -> Operation | None:
        """The operation of the method at hand."""
        return getattr(getattr(self.view, self.method.lower(), None), "operation", None)

    def is_excluded(self) -> bool:
        """Show only what was described, and once: health answers at the root, too."""
        return self.described is None or not self.path.startswith("/api/v1/")

    def get_operation_id(self) -> str:
        """Name it by verb and address."""
        parts = self.path.removeprefix("/api/v1/").strip("/").replace(".", "_").replace("-", "_")
        words = [part.strip("{}") for part in parts.split("/")]
        return "_".join([_VERBS[self.method], *words])

    def get_tags(self) -> list[str]:
        """Group by resource."""
        first: str = self.path.removeprefix("/api/v1/").split("/")[0]
        return [first.split(".", maxsplit=1)[0]]

    def get_summary(self) -> str:
        """Take the first line of the method's docstring."""
        return self._words()[0]

    def get_description(self) -> str:  # type: ignore[override]
        """Take the rest of it."""
        rest: str = self._words()[2].strip()
        scope = self.described.scope if self.described else ""
        return f"{rest}\n\nScope: `{scope}`.".strip() if scope else rest

    def _words(self) -> tuple[str, str, str]:
        handler = getattr(self.view, self.method.lower())
        lines = [line.strip() for line in (handler.__doc__ or "").strip().splitlines()]
        return "\n".join(lines).partition("\n")

    def get_auth(self) -> list[Any]:
        """Ask for a token everywhere but where the operation is open."""
        return [] if self.described and self.described.open else super().get_auth()

    def get_request_serializer(self) -> Any:
        """Give the body: fields for JSON, or what the endpoint says per media type."""
        takes = self.described.takes if self.described else None
        others: dict[str, Any] = getattr(self.view, "bodies", {})
        if others:
            return {"application/json": takes, **others}
        return {"application/json": takes} if isinstance(takes, dict) else takes

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002
        return False

    def _get_parameters(self) -> list[dict[str, Any]]:
        described = self.described
        assert described is not None
        found = [
            {"in": "path", "name": name, "required": True, "schema": _path_schema(name)}
            for name in _variables(self.path)
        ]
        params = [*described.params(), *_filter_params(described)]
        found += [_query(param) for param in sorted(params, key=lambda one: one.name)]
        if described.match:
            found.append(_header("If-Match", 'The version that was read, such as `"v3"`.'))
        if self.method == "POST" and described.kept:
            words = "The same key twice within 24 hours gives the first answer again."
            found.append(_header("Idempotency-Key", words, r"^[!-~]{1,100}$"))
        return found

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        described = self.described
        assert described is not None
        answers: dict[str, Any] = {str(described.status): self._given(described, direction)}
        if described.dry and described.status != 200:  # noqa: PLR2004
            dry = described.gives or RehearsedShown
            schema = self.resolve_serializer(dry, direction).ref
            answers["200"] = _answer("What would happen.", schema)
        if self.method == "GET" and described.gives and not described.page and described.match:
            answers["304"] = {"description": "The caller has this version already."}
        schema = self.resolve_serializer(ProblemShown, direction).ref
        for status in sorted(self._refusals(described)):
            answers[str(status)] = _answer(_WHY[status], schema, PROBLEM)
        return answers

    def _given(self, described: Operation, direction: Direction) -> dict[str, Any]:
        if described.status == 204:  # noqa: PLR2004
            return {"description": "Done; there is nothing to say."}
        if described.media:
            schema = {} if "yaml" in described.media else {"type": "string"}
            return _answer("The text.", schema, described.media)
        if described.gives is None:
            return _answer("", {"type": "object", "additionalProperties": {}})
        schema = self.resolve_serializer(described.gives, direction).ref
        answer = _answer("", _page_of(schema) if described.page else schema)
        if described.match:
            answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
        return answer

    def _refusals(self, described: Operation) -> set[int]:
        found = {400, 429, 503, *described.refuses}
        if not described.open:
            found |= {401, 403}
        if "{" in self.path:
            found.add(404)
        if self.method != "GET":
            found |= {404, 409}
        if self.method in ("POST", "PUT", "PATCH"):
            found |= {413, 415}
        if self.method == "POST":
            found.add(422)
        if described.match and self.method != "GET":
            found |= {412, 428} if self.method in ("PUT", "PATCH") else {412}
        return found


def with_webhooks(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - the framework's names
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001, FBT001
) -> dict[str, Any]:
    """Add what is sent to webhooks: one entry per kind of event (a hook of drf-spectacular)."""
    data = {"specversion": "1.0", "datacontenttype": "application/json"}
    own = {
        name: kind
        for name, kind in TYPES.items()
        if apps.get_containing_app_config(kind.__module__)
    }
    for name, kind in sorted(own.items()):
        words = " ".join((kind.__doc__ or name).split())
        body = {
            "type": "object",
            "description": "A CloudEvent, signed as Standard Webhooks has it.",
            "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
            "properties": {
                **{key: {"const": value} for key, value in data.items()},
                **{key: {"type": "string"} for key in ("id", "source", "subject", "sequence")},
                "type": {"type": "string", "description": f"The instance's prefix and `.{name}`."},
                "time": {"type": "string", "format": "date-time"},
                "data": {"type": "object", "properties": _data_of(kind)},
            },
        }
        result.setdefault("webhooks", {})[name] = {
            "post": {
                "operationId": f"webhook_{name.replace('.', '_')}",
                "summary": words,
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"2XX": {"description": "Taken; anything else is tried again."}},
            }
        }
    return result


def _data_of(kind: type[DomainEvent]) -> dict[str, Any]:
    envelope = {field.name for field in fields(DomainEvent)}
    return {field.name: {} for field in fields(kind) if field.name not in envelope}


class _TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a token is sent."""

    target_class = "marketplace.kernel.rest.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """`Authorization: Bearer mp_...`."""
        words = "A personal or service token; make one in the portal or with `issue_token`."
        return {"type": "http", "scheme": "bearer", "description": words}


class _OneField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Fields that take one of a few words."""

    target_class = One

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:  # noqa: ARG002
        """Name the words."""
        return {"type": "string", "enum": list(self.target.words)}


def _page_of(schema: dict[str, Any]) -> dict[str, Any]:
    address = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["results", "next", "previous"],
        "properties": {
            "results": {"type": "array", "items": schema},
            "next": address,
            "previous": address,
        },
    }


def _answer(words: str, schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {"description": words or "Done.", "content": {media: {"schema": schema}}}


def _query(param: Param) -> dict[str, Any]:
    found = {"in": "query", "name": param.name, "schema": param.schema()}
    return found | ({"description": param.about} if param.about else {})


def _header(name: str, words: str, pattern: str = "") -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"in": "header", "name": name, "schema": schema, "description": words}


def _variables(path: str) -> list[str]:
    return [part.strip("{}") for part in path.split("/") if part.startswith("{")]


def _path_schema(name: str) -> dict[str, Any]:
    if name == "id" or name.endswith("_id"):
        return {"type": "string", "format": "uuid"}
    return {"type": "string", "pattern": _KEY_PATTERN}


def _filter_params(described: Operation) -> list[Param]:
    if described.filters is None:
        return []
    found = []
    for name, kind in described.filters.base_filters.items():
        words = tuple(str(value) for value, _ in kind.extra.get("choices", ()))
        is_flag = isinstance(kind, django_filters.BooleanFilter)
        about = str(kind.extra.get("help_text", ""))
        found.append(Param(name, about, words=("true", "false") if is_flag else words))
    return found
