"""The people of the tests, as actors without rows. `conftest.py` gives each an account.

Ana reads (team growth), Olaf owns flights, Petra owns customers, Gus governs, Dana protects data,
Pia operates, Sid is nobody's colleague.
"""

from marketplace.kernel.actors import GOVERNANCE, MEMBER, OPERATOR, OWNER, PRIVACY, Actor

ANA = Actor("ana", name="Ana Analyst", memberships=(("growth", MEMBER),))
OLAF = Actor("olaf", name="Olaf Owner", memberships=(("flight-operations", OWNER),))
PETRA = Actor("petra", name="Petra Owner", memberships=(("customer", OWNER),))
GUS = Actor("gus", name="Gus Governor", roles=frozenset({GOVERNANCE}))
DANA = Actor("dana", name="Dana Privacy", roles=frozenset({PRIVACY}))
PIA = Actor("pia", name="Pia Operator", roles=frozenset({OPERATOR}))
SID = Actor("sid", name="Sid Stranger")

EVERYBODY = (ANA, OLAF, PETRA, GUS, DANA, PIA, SID)
PASSWORD = "correct-horse-battery-staple"
