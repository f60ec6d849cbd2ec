"""The pay link, and the page behind it for an invoice's whole life."""

from . import pay_by_app, pay_link, pay_page, pay_pdf, pay_together
