"""Worker tasks: each looks for rows that are due. A task carries no data."""

import os
import socket

from celery import shared_task

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.events.queries import swept
from marketplace.kernel.identity.sessions import forget_ended
from marketplace.kernel.leases import free_the_dead
from subscriptions.actions import agreements, credentials, grants, kill_switch, sending
from subscriptions.funnel import daily


@shared_task(name="subscriptions.tasks.reconcile_due")
def reconcile_due() -> int:
    """Reconcile the handles that are due."""
    return grants.reconcile_due()


@shared_task(name="subscriptions.tasks.send_due")
def send_due() -> int:
    """Send the mails and webhooks that are due."""
    return sending.send_due()


@shared_task(name="subscriptions.tasks.sweep")
def sweep() -> int:
    """End what is over and warn of what ends soon; give how much there was."""
    done = free_the_dead()
    for agreement_id in agreements.over_now():
        try:
            agreements.expire(SYSTEM, agreement_id=agreement_id)
        except DomainError:
            continue  # ended or renewed by somebody else meanwhile
        done += 1
    done += kill_switch.sweep_switches()
    done += credentials.clean_up()
    for agreement_id, days in agreements.to_warn():
        agreements.warn(SYSTEM, agreement_id=agreement_id, days=days)
        done += 1
    swept(f"{socket.gethostname()}:{os.getppid()}"[:80])  # a pool's child names its worker
    return done


@shared_task(name="subscriptions.tasks.funnel")
def funnel() -> int:
    """Make the days and journeys of the funnel anew, and forget what is over; give how many."""
    daily.make_days()
    return daily.forget() + forget_ended()


def work_until_idle(rounds: int = 50) -> int:
    """Do all work that is due now, in this process: for tests and for loading the demo."""
    total = 0
    for _ in range(rounds):
        done = deliver_due() + sweep() + grants.reconcile_due() + sending.send_due()
        if not done:
            break
        total += done
    return total
