"""Worker tasks of the event log."""

from celery import shared_task

from marketplace.kernel.events.log import deliver_due


@shared_task(name="marketplace.kernel.events.tasks.deliver")
def deliver() -> int:
    """Run the deliveries that are due."""
    return deliver_due()
