"""What only PostgreSQL has: the lab's boundary, sessions, short-lived logins, drift."""
