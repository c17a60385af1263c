"""Who may do what: every action, every role."""
