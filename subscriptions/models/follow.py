"""Following: notices, never access."""

from django.db import models
from django.db.models.functions import Now


class Follow(models.Model):
    """Somebody wants to hear of a product."""

    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="follows")
    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="followers"
    )
    muted = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="follow_once_per_product")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.product_id}"
