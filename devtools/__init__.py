"""What ./dev runs: gets Odoo, runs PostgreSQL, makes databases, tests, serves."""
