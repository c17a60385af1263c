"""Who is asking: people, services and agents, their teams, roles and tokens."""
