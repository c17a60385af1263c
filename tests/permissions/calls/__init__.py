"""How to call each action so that nothing but the caller's rights can stop it.

A call is given the scene and makes what it needs in it first (the test undoes it); it gives the
keyword arguments. They are what whoever may do it would send.
"""

from tests.permissions.calls import access, catalog, engine, leaving, passkeys
from tests.permissions.calls.register import CALLS

__all__ = ["CALLS", "access", "catalog", "engine", "leaving", "passkeys"]
