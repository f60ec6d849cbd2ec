"""The main job is played on a real Odoo here, and then served: ./dev demo."""
