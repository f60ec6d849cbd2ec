"""The world outside, on loopback: mail, SMS and what Odoo reaches them through."""
