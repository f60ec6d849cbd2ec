"""PostgreSQL runs here, and databases with the addon are made, copied and dropped."""
