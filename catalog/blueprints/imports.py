"""What is described elsewhere becomes a bundle of ours: contracts without a product, dbt models.

Pure. What stands in the files stays as it was written; only what our catalog needs beyond it is
added, and can be read before anything is applied.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.blueprints.draft import Draft, product_of, slug_of, write
from catalog.blueprints.sources import DbtModel, NotReadable
from catalog.descriptors.edits import set_values
from catalog.descriptors.safe_yaml import Document, load
from catalog.descriptors.writing import dump

MOST_MODELS: Final = 50
BUNDLE_LIMIT: Final = 250_000
_OURS: Final = "emporion/v1"


@dataclass(frozen=True, slots=True)
class Home:
    """Where drafted products belong: slug and name of a domain, and the team that owns them."""

    domain: str
    team: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Which domains (with their team) and teams (with their domain) a bundle speaks of."""

    domains: Mapping[str, str]
    teams: Mapping[str, str]


def from_texts(texts: Sequence[str], home: Home) -> str:
    """Join descriptors to one bundle; a contract without its product gets a draft of one.

    Raises Refused (`catalog.descriptors.safe_yaml`) for what is no YAML that we read.
    """
    documents = [document for text in texts for document in load(text)]
    known = {
        str(port.get("contractId"))
        for one in _of(documents, "DataProduct")
        for port in _list(one.data, "outputPorts")
    }
    parts = []
    for one in documents:
        alone = one.data.get("kind") == "DataContract" and str(one.data.get("id")) not in known
        parts += _with_product(one, home) if alone else [one.text]
    return _joined(parts)


def from_dbt(models: Sequence[DbtModel], home: Home) -> str:
    """Draft a product with its contract for each model. Raises NotReadable for too many."""
    if len(models) > MOST_MODELS:
        named = ", ".join(one.name for one in models[:10])
        words = f"At most {MOST_MODELS} models at once. Name some: {named}."
        raise NotReadable(words)
    return _joined(
        [
            write(
                Draft(
                    home.domain,
                    home.team,
                    one.name.replace("_", " ").strip().capitalize(),
                    purpose=one.description,
                    platform=home.platform,
                    resource=one.resource,
                    columns=one.columns,
                    basis=f"the dbt model {one.name}",
                )
            )
            for one in models
        ]
    )


def needs_of(bundle: str) -> Needs:
    """Give the domains and teams that a bundle speaks of and does not describe itself."""
    documents = load(bundle)
    described = {(str(one.data.get("kind")), str(one.data.get("id"))) for one in documents}
    domains: dict[str, str] = {}
    teams: dict[str, str] = {}
    for one in _of(documents, "DataProduct"):
        team = one.data.get("team")
        domain = str(one.data.get("domain") or "")
        owner = str(team.get("name") or "") if isinstance(team, dict) else ""
        if domain and owner:
            domains.setdefault(domain, owner)
            teams.setdefault(owner, domain)
    return Needs(
        {slug: team for slug, team in domains.items() if ("Domain", slug) not in described},
        {slug: domain for slug, domain in teams.items() if ("Team", slug) not in described},
    )


def is_drafted(bundle: str) -> bool:
    """Tell whether some product of it was drafted here into no domain: its key begins so."""
    return any(str(one.data.get("id")).startswith(".") for one in _of(load(bundle), "DataProduct"))


def ground(needs: Needs, owner: str, *, but: Collection[str] = ()) -> str:
    """Describe the domains and teams that are needed; ``owner`` (a username) owns in each team.

    ``but`` names, as ``Domain/slug`` and ``Team/slug``, what is there already. Maybe empty.
    """
    teams: list[dict[str, Any]] = [
        {
            "apiVersion": _OURS,
            "kind": "Team",
            "id": slug,
            "name": _words(slug),
            "domain": domain,
            "members": [{"username": owner, "role": "product_owner"}],
        }
        for slug, domain in needs.teams.items()
        if f"Team/{slug}" not in but
    ]
    domains: list[dict[str, Any]] = [
        {
            "apiVersion": _OURS,
            "kind": "Domain",
            "id": slug,
            "name": _words(slug),
            "ownerTeam": team,
        }
        for slug, team in needs.domains.items()
        if f"Domain/{slug}" not in but
    ]
    return _joined([dump(one) for one in (*teams, *domains)])


def _with_product(contract: Document, home: Home) -> list[str]:
    """Give a draft of a product, and the contract bound to it."""
    data = contract.data
    name = str(data.get("name") or data.get("id") or "").strip()
    if not slug_of(name):
        raise NotReadable("A contract has neither an id nor a name that a key can be made of.")
    schema = next(iter(_list(data, "schema")), {})
    description = data.get("description")
    purpose = description.get("purpose") if isinstance(description, dict) else description
    draft = Draft(
        home.domain,
        home.team,
        name,
        purpose=str(purpose or "").strip(),
        platform=home.platform,
        resource=str(schema.get("physicalName") or ""),
        basis=f"the contract {data.get('id')}",
    )
    key = f"{draft.domain}.{draft.slug}"
    bound = set_values(contract.text, {("dataProduct",): key})
    return [product_of(draft, str(data.get("id"))), bound]


def _of(documents: Sequence[Document], kind: str) -> list[Document]:
    return [one for one in documents if one.data.get("kind") == kind]


def _list(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = data.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _joined(parts: Sequence[str]) -> str:
    texts = [part.strip().removeprefix("---").strip() for part in parts]
    bundle = "---\n".join(f"{text}\n" for text in texts if text)
    if len(bundle.encode()) > BUNDLE_LIMIT:
        words = f"Together they are longer than {BUNDLE_LIMIT // 1000} kB: import them in parts."
        raise NotReadable(words)
    return bundle


def _words(slug: str) -> str:
    return slug.replace("-", " ").capitalize()
