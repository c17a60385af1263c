"""For the owner's pages: a role of our own that reads, narrowed to one prefix for some minutes.

The provisioner's own identity reads no object. This role stands once per installation, can be
assumed by the marketplace only, and each of its sessions sees one prefix.
"""

from typing import Final

from marketplace.connectors.aws import assuming, documents, iam, strict
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.s3.config import ACTIONS, PREVIEW, S3Config
from marketplace.connectors.aws.statements import Names, reader_policy, tags_of
from marketplace.connectors.base import NeedsHuman
from marketplace.connectors.identifiers import role_name

_HANDLE: Final = "preview"


def names_of(config: S3Config) -> Names:
    """Name the preview's role and policies."""
    handle = role_name(config.env, "r", PREVIEW, config.bucket, config.prefix)
    return Names.of(config, handle, role_name(config.env, "c", PREVIEW, config.bucket))


def prepare(aws: Aws, config: S3Config) -> None:
    """Make the preview's role, unless it stands; safe to repeat."""
    names = names_of(config)
    document = config.reads(config.prefix)
    call = reader_policy(config, names.handle, _HANDLE, document)
    iam.put_policy(aws, names.reader, document, call["tags"])
    tags = tags_of(config, names.handle)
    iam.put_policy(aws, names.mark, documents.mark(ACTIONS, None, ""), tags)
    word = config.external_id(names.handle, names.login)
    trust = documents.open_trust(config, word, None)
    iam.make_role(aws, names.role, trust, tags, names.mark)
    for one in (names.mark, names.reader):
        asked = {"RoleName": names.login, "PolicyArn": one}
        aws.ask("iam", "attach_role_policy", asked)


def session(aws: Aws, config: S3Config, schema: str, table: str) -> Aws:
    """Assume it for one base relation. Raises NeedsHuman when it was not prepared."""
    document = config.reads(config.below(schema, table))
    policy = strict.fits(document, strict.SESSION_POLICY, "the session policy")
    found = assuming.assume(aws, names_of(config), PREVIEW, policy=policy)
    if found.aws is None:
        raise NeedsHuman(f"the role for previews cannot be assumed ({found.code}): prepare it")
    return found.aws
