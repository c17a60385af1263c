"""By which ways, beside the inbox, somebody wants to hear."""

from django.db import models

from subscriptions.kinds import CHANNELS


class NotificationChoice(models.Model):
    """One person's word on one kind of notice and one way; without a row the default holds.

    There is no row for the inbox, which keeps everything, and none that could silence a kind whose
    mail is locked (``subscriptions.kinds``): the sender does not ask for those.
    """

    user = models.ForeignKey(
        "identity.User", on_delete=models.CASCADE, related_name="notification_choices"
    )
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=10, choices=[(one, one) for one in CHANNELS])
    wanted = models.BooleanField()

    class Meta:
        ordering = ["user", "kind", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.channel} {'on' if self.wanted else 'off'}"
