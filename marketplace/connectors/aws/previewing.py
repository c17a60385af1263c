"""For the owner's pages: a role of our own that reads, narrowed to one base for some minutes.

The provisioner's own identity reads nothing. This role stands once per connection, can be assumed
by the marketplace only, and each of its sessions sees one base relation.
"""

from typing import Final

from marketplace.connectors.aws import assuming, documents, iam, strict
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import Names, reader_policy, tags_of
from marketplace.connectors.base import NeedsHuman
from marketplace.connectors.identifiers import role_name

_PREVIEW: Final = "preview"


def names_of(config: AwsConfig, *place: str) -> Names:
    """Name the preview's role and policies; `place` tells connections apart."""
    handle = role_name(config.env, "r", _PREVIEW, *place)
    return Names.of(config, handle, role_name(config.env, "c", _PREVIEW, *place))


def prepare(
    aws: Aws,
    names: Names,
    actions: tuple[str, ...],
    document: Document,
    more: dict[str, str] | None = None,
) -> None:
    """Make the preview's role with all that it may ever read; safe to repeat.

    `more` are tags of the role beside ours.
    """
    config = aws.config
    call = reader_policy(config, names.handle, _PREVIEW, document)
    iam.put_policy(aws, names.reader, document, call["tags"])
    tags = tags_of(config, names.handle)
    iam.put_policy(aws, names.mark, documents.mark(actions, None, ""), tags)
    word = config.external_id(names.handle, names.login)
    trust = documents.open_trust(config, word, None)
    iam.make_role(aws, names.role, trust, tags | (more or {}), names.mark)
    for one in (names.mark, names.reader):
        asked = {"RoleName": names.login, "PolicyArn": one}
        aws.ask("iam", "attach_role_policy", asked)


def session(aws: Aws, names: Names, narrowed: Document) -> Aws:
    """Assume it, narrowed to one base. Raises NeedsHuman when it was not prepared."""
    policy = strict.fits(narrowed, strict.SESSION_POLICY, "the session policy")
    found = assuming.assume(aws, names, _PREVIEW, policy=policy)
    if found.aws is None:
        raise NeedsHuman(f"the role for previews cannot be assumed ({found.code}): prepare it")
    return found.aws
