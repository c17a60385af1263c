"""The people of the demo: who they are, in which teams and with which roles.

The teams themselves, with the same members, are descriptors below `demo/mesh/teams`.
"""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "emporion.test"


@dataclass(frozen=True, slots=True)
class Person:
    """A person who may sign in to the demo.

    `teams` are pairs of team slug and role (member, lead, product_owner, data_steward,
    domain_owner); `instance_roles` hold for the whole instance (governance, privacy_officer,
    platform_operator).
    """

    username: str
    display_name: str
    about: str
    teams: tuple[tuple[str, str], ...] = ()
    instance_roles: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """Return the address at which notices reach this person."""
        return f"{self.username}@{DOMAIN}"


PEOPLE = (
    Person(
        "ana",
        "Ana Duarte",
        "Analyst: looks for data, asks for it, queries it.",
        (("growth", "member"),),
    ),
    Person(
        "olaf",
        "Olaf Brandt",
        "Owns the products of flight operations and decides who reads them.",
        (("flight-operations", "product_owner"),),
    ),
    Person(
        "petra",
        "Petra Novak",
        "Owns customers, bookings and loyalty.",
        (("customer", "product_owner"),),
    ),
    Person(
        "gus",
        "Gus Whitfield",
        "Writes the policies and reads the audit.",
        (("governance", "lead"),),
        ("governance",),
    ),
    Person(
        "dana",
        "Dana Osei",
        "Data protection officer: has a say wherever personal data is asked for.",
        (("governance", "member"),),
        ("privacy_officer",),
    ),
    Person(
        "pia",
        "Pia Lindqvist",
        "Runs the marketplace and connects the platforms.",
        (),
        ("platform_operator",),
    ),
    Person("sid", "Sid Marlow", "A stranger without a team: sees what everybody may see."),
    Person("lena", "Lena Fischer", "Leads the growth team.", (("growth", "lead"),)),
    Person(
        "noor",
        "Noor Haddad",
        "Answers for the whole domain of flight operations; decides when Olaf is away.",
        (("flight-operations", "domain_owner"),),
    ),
    Person(
        "kofi",
        "Kofi Mensah",
        "Keeps the meaning of flight data clean.",
        (("flight-operations", "data_steward"),),
    ),
    Person("theo", "Theo Martin", "Owns the aircraft register.", (("fleet", "product_owner"),)),
    Person("ines", "Ines Castro", "Plans maintenance.", (("fleet", "member"),)),
    Person(
        "mira",
        "Mira Olsen",
        "Owns airports and weather.",
        (("airports-and-weather", "product_owner"),),
    ),
    Person("hugo", "Hugo Keller", "Keeps customer data clean.", (("customer", "data_steward"),)),
    Person("finn", "Finn Becker", "Owns the revenue figures.", (("finance", "product_owner"),)),
    Person("rosa", "Rosa Bianchi", "Writes the monthly report.", (("finance", "member"),)),
)


def person(username: str) -> Person:
    """Return the person of that user name; raise `KeyError` when there is none."""
    for one in PEOPLE:
        if one.username == username:
            return one
    raise KeyError(username)
