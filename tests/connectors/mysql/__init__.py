"""The questions to MariaDB, asked of MySQL where one is installed."""
