"""A practice on a running Odoo server, and what its people do there."""
