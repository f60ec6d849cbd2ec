"""The addon measured beside Odoo's own way with the same data: ./dev bench."""
