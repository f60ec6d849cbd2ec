"""What a call of ./dev finds or makes first: Odoo, Python packages, settings, locks."""
