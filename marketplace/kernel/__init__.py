"""What every app stands on: actions, actors, errors, events, identity."""
