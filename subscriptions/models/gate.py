"""What is known of a platform connection while workers use it: is it away, is it too much."""

from django.db import models

from marketplace.kernel.leases import EPOCH


class PlatformGate(models.Model):
    """One row per connection, shared by all workers; made when first needed.

    The breaker is open until ``closed_until``. ``failures`` counts transport errors in a row;
    from five on, one worker at a time may try. ``tokens`` is the token bucket of a connection that
    has a limit of rounds per minute, filled by the time since ``tokens_at``.
    """

    platform = models.OneToOneField(
        "catalog.PlatformConnection",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="gate",
    )
    failures = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(default=EPOCH)
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(default=EPOCH)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"gate of {self.platform_id}"
