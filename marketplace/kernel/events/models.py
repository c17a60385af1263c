"""The event log: what happened, who did it, who has been told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from marketplace.kernel.leases import Claimable


class Event(models.Model):
    """One thing that happened: audit entry, outbox row and webhook payload at once.

    ``seq`` is given under a lock that is held to the commit, so the order of the numbers is the
    order of the commits: a reader that has seen N never misses an event below N.
    ``hash`` is SHA-256 over the previous row's hash and this row's canonical JSON.
    """

    seq = models.BigIntegerField(primary_key=True)
    uid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200)
    product = models.CharField(max_length=200, blank=True)
    teams = ArrayField(models.CharField(max_length=170), default=list)
    actor = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=20)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=200)
    data = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["subject", "seq"], name="event_subject"),
            models.Index(fields=["product", "seq"], name="event_product"),
            models.Index(fields=["actor", "seq"], name="event_actor"),
            models.Index(fields=["name", "seq"], name="event_name"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.name} {self.subject}"


class Chain(models.Model):
    """The head of the chain: one row, locked by whoever writes the next event."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"head {self.seq}"


class Delivery(Claimable):
    """One handler's receipt of one event.

    A ``late`` one only works out again what follows from rows: it waits for the next sweep, so
    that the last of many does it for all, and nobody waits behind it.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    dead = models.BooleanField(default=False)
    late = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler")
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(next_at__isnull=False), name="delivery_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.handler} #{self.event_id}"


class WorkerBeat(models.Model):
    """A worker that lives, or lived: written by its relay, and by the sweeps that it completes."""

    name = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True)
    leads = models.BooleanField(default=False)

    class Meta:
        ordering = ["-leads", "name"]

    def __str__(self) -> str:
        return self.name
