"""Have the demo mesh loaded by a worker: for an operator who looks at an empty instance."""

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record
from subscriptions.events import DemoOrdered
from subscriptions.permissions import may_order_demo
from subscriptions.queries.demo import demo_standing


@action
def order_demo(actor: Actor) -> None:
    """Note that the demo is wanted; a worker loads it (`subscriptions.handlers.demo`).

    Refused where it cannot be, or where something is described already: what is invented must
    never stand among what is real.
    """
    require(actor, may_order_demo)
    standing = demo_standing()
    if standing.why:
        raise Invalid(FieldProblem("", "no-demo", standing.why))
    if standing.state == "loading":
        raise Invalid(FieldProblem("", "no-demo", "It is being loaded already."))
    record(DemoOrdered(subject="demo/mesh"))
