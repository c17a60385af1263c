"""People, services and agents; teams; tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.actors import CARETAKER, INSTANCE_ROLES, MEMBER, OPERATOR, TEAM_ROLES
from marketplace.kernel.ids import uuid7


class Accounts(UserManager["User"]):
    """Accounts; who is made an administrator on the command line runs the installation."""

    use_in_migrations = True

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> "User":
        """Make an account that is a platform operator: without one, nobody could begin."""
        extra_fields.setdefault("roles", [OPERATOR])
        return super().create_superuser(username, email, password, **extra_fields)


class User(AbstractUser):
    """Somebody or something that signs in or holds a token.

    ``kind`` is user, service or agent; a service or agent has a ``sponsor``, the person who
    answers for it. ``roles`` are roles of the whole instance.
    """

    KINDS: ClassVar = [("user", "Person"), ("service", "Service"), ("agent", "Agent")]
    VIEWS: ClassVar = ("consumer", "owner", "steward", "operator", "all")

    kind = models.CharField(max_length=10, choices=KINDS, default="user")
    display_name = models.CharField(max_length=120, blank=True)
    sponsor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    roles = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    mails = models.BooleanField(default=True, help_text="Wants optional notices by e-mail.")
    single_keys = models.BooleanField(default=True, help_text="Wants single-key shortcuts.")
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        help_text="Of pages and mails, such as de; empty is the instance's own.",
    )
    here_for = models.CharField(
        max_length=10,
        blank=True,
        default="",
        help_text="What home shows first; never a right. Empty: the person was not asked yet.",
    )
    session_epoch = models.PositiveIntegerField(
        default=0, help_text="One more ends every session that was opened before."
    )

    objects: ClassVar[Accounts] = Accounts()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="user") | models.Q(sponsor__isnull=False),
                name="user_machines_have_a_sponsor",
            ),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=list(INSTANCE_ROLES)),
                name="user_known_roles",
            ),
        ]

    def get_session_auth_hash(self) -> str:
        """Tie sessions to the password, as Django does, and to the account's epoch."""
        plain: str = super().get_session_auth_hash()
        return plain if not self.session_epoch else f"{plain[:-8]}{self.session_epoch:08x}"

    @property
    def called(self) -> str:
        """How to name this account on a page."""
        return self.display_name or self.get_full_name() or self.username


class Team(models.Model):
    """A group that owns products, consumes them, or both."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    domain = models.CharField(max_length=80, blank=True, help_text="The domain it belongs to.")
    email = models.EmailField(blank=True)
    version = models.PositiveIntegerField(default=1)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """One account in one team, with a role there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(
        max_length=20,
        choices=[(role, role) for role in (*TEAM_ROLES, CARETAKER)],
        default=MEMBER,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once_per_team")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} as {self.role}"


class ApiToken(models.Model):
    """A token: shown once, kept as SHA-256, with scopes and an end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    public_id = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"mp_{self.public_id} of {self.user_id}"


class Passkey(models.Model):
    """A public key of somebody's device or password manager; its private half never leaves it.

    ``sign_count`` is what the device counted last; 0 for those that do not count.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=80)
    credential_id = models.BinaryField(unique=True, max_length=1023)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    synced = models.BooleanField(default=False, help_text="Kept by a provider, on many devices.")
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class PasskeyChallenge(models.Model):
    """What a device has to sign: once, in one session, for one purpose, within minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=8)
    challenge = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at}"


class Session(AbstractBaseSession):
    """A browser's session. Its key is a secret; pages and addresses name it by ``ref``."""

    account = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    ref = models.UUIDField(null=True, unique=True)
    agent = models.CharField(max_length=300, blank=True, help_text="What the browser says it is.")
    method = models.CharField(max_length=20, blank=True, help_text="How it was signed in.")
    opened_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-seen_at"]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Give the store that reads and writes this table."""
        from marketplace.kernel.identity.sessions import SessionStore

        return SessionStore
