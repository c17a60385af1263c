"""Ways to tell people and programs: e-mail and signed webhooks. Pure of Django.

A channel sends one message and says what came of it; when to try again, whom to tell and what to
write is decided by the apps above.
"""
