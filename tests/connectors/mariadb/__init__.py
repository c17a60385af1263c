"""MariaDB beyond the contract: its own traps."""
