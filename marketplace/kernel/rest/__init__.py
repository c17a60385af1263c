"""What every REST endpoint shares: authentication, pages, preconditions, schema."""
