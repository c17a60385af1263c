"""What the supervisor keeps alive: a child, how to start it again, how long it may take to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.embedded.children import Child
from deploy.embedded.watchdog import Watchdog

FIRST_PAUSE = 0.5  # seconds before the first restart; doubles with each failure
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a child that ran this long starts again with the first pause


@dataclass
class Service:
    """One child that must run until we stop."""

    child: Child
    launch: Callable[[], None]
    grace: float
    pause: float = field(default=FIRST_PAUSE, init=False)
    started_at: float = field(default=0.0, init=False)
    retry_at: float | None = field(default=None, init=False)


class Services:
    """The running services, in the order they were started in."""

    def __init__(self, watchdog: Watchdog, say: Callable[[str], None]) -> None:
        self._watchdog = watchdog
        self._say = say
        self._services: list[Service] = []

    def start(
        self, child: Child, launch: Callable[[], None] | None = None, *, grace: float
    ) -> None:
        """Start a child and keep it; `launch` starts it when Child.start alone is not enough."""
        service = Service(child, launch or child.start, grace)
        self._services.append(service)
        self._launch(service)

    def look(self) -> None:
        """Start again what has died and has waited long enough; call this a few times a second."""
        now = time.monotonic()
        for service in self._services:
            if service.retry_at is None and not service.child.alive:
                self._plan_restart(service, now)
            elif service.retry_at is not None and now >= service.retry_at:
                self._say(f"Starting {service.child.name} again")
                self._launch(service)

    def stop(self) -> None:
        """Stop all, the last started first, each one before the next."""
        while self._services:
            service = self._services.pop()
            began = time.monotonic()
            in_time = service.child.stop(service.grace)
            if service.child.process is not None:
                self._watchdog.forget(service.child.pid)
            how = f"{time.monotonic() - began:.1f} s" if in_time else "killed, it did not stop"
            self._say(f"Stopped {service.child.name} ({how})")

    def _launch(self, service: Service) -> None:
        service.launch()
        service.started_at = time.monotonic()
        service.retry_at = None
        self._watchdog.guard(service.child.pid, service.child.stop_signal)

    def _plan_restart(self, service: Service, now: float) -> None:
        """Clear up after a child that died, and say when it comes back."""
        service.child.kill_group()
        self._watchdog.forget(service.child.pid)
        if now - service.started_at > STEADY_AFTER:
            service.pause = FIRST_PAUSE
        service.retry_at = now + service.pause
        self._say(
            f"{service.child.name} ended with code {service.child.exit_code}; starting it again"
            f" in {service.pause:g} s (see {service.child.log})",
        )
        service.pause = min(service.pause * 2, LONGEST_PAUSE)
