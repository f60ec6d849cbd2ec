import uuid

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CalendarEvent(models.Model):
    """How a booking gets its draft invoice."""

    _inherit = "calendar.event"

    # === ACTION METHODS === #

    def action_create_invoice(self):
        """Make the draft invoice of each booking, and open what was made.

        Externally billed bookings become active, with the method *manual*.

        :return: a window action on the new `account.move` records
        :raises AccessError: the user may not bill these bookings
        :raises UserError: a booking cannot be invoiced; nothing is changed
        """
        self._check_billing_access()
        # sudo: access was checked; a practitioner has no rights in accounting,
        # an accountant may not write on a practitioner's private events
        bookings = self.sudo()
        bookings._lock_for_billing()
        bookings._check_can_be_invoiced()
        bookings._set_default_service()
        moves = bookings._create_draft_invoices()
        moves = moves.with_env(self.env)
        if len(moves) == 1:
            return moves._get_records_action(name=self.env._("Invoice"), context={})
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_invoices"
            ),
            "domain": [("id", "in", moves.ids)],
        }

    def action_view_invoice(self):
        """Open the invoice that is in force.

        :raises UserError: there is none yet
        """
        self.ensure_one()
        if not self.invoice_id:
            raise UserError(
                self.env._(
                    "This appointment has no invoice yet. Press Create Invoice first."
                )
            )
        return self.invoice_id._get_records_action(context={})

    # === BUSINESS METHODS === #

    def _set_default_service(self, service=None):
        """Give those that have no service the company's default, or this one."""
        without = self.filtered(lambda booking: not booking.service_id)
        for company, bookings in without.grouped("company_id").items():
            for price, same_price in bookings.grouped("price").items():
                values = {"service_id": (service or company.payments_service_id).id}
                if price:  # typed by hand: it stays
                    values["price"] = price
                same_price.with_context(konfidens_payments_no_billing=True).write(
                    values
                )

    def _create_draft_invoices(self):
        """Create one draft invoice for each booking, in one call for each company.

        :return: the new `account.move` records
        """
        self.filtered("externally_billed").with_context(
            konfidens_payments_no_billing=True
        ).write(
            {
                "invoicing_method": "manual",
                "externally_billed_by_id": False,
                "externally_billed_on": False,
            }
        )
        moves = self.env["account.move"]
        for company, bookings in self.grouped("company_id").items():
            # Odoo would post a message on every single invoice and track its fields:
            # the auditor has the same from one log for all.
            batch = moves.with_company(company).with_context(tracking_disable=True)
            journals = batch._find_default_journals(bookings.currency_id)
            moves += batch.create(
                [
                    {
                        "journal_id": journals[booking.currency_id].id,
                        **booking._prepare_invoice_values(),
                    }
                    for booking in bookings
                ]
            )
        moves._log_creation()
        return moves

    def _prepare_invoice_values(self):
        """Return the values of the draft invoice of this booking."""
        self.ensure_one()
        values = {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.payer_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            "booking_ids": [Command.link(self.id)],
            # its portal page, opened without login by who has the link
            "access_token": str(uuid.uuid4()),
            "pay_token": self.env["account.move"]._new_pay_token(),
            "invoice_line_ids": [Command.create(self._prepare_invoice_line_values())],
        }
        if journal := self.company_id.payments_journal_id:
            values["journal_id"] = journal.id
        return values

    def _prepare_invoice_line_values(self):
        self.ensure_one()
        return {
            "product_id": self.service_id.id,
            "name": self._get_invoice_label(),
            "quantity": 1.0,
            "price_unit": self.price,
        }

    # === HELPERS === #

    def _get_default_payer(self):
        return self.client_id.invoice_recipient_id or self.client_id

    def _get_pricelist(self):
        return self.payer_id.with_company(self.company_id).property_product_pricelist

    def _get_list_price(self, service=None):
        """Return the price by the payer's pricelist, in the booking's currency.

        :param service: instead of the booking's own
        """
        self.ensure_one()
        return self._get_pricelist()._get_product_price(
            (service or self.service_id).with_company(self.company_id),
            quantity=1.0,
            currency=self.currency_id,
            date=self.start or fields.Datetime.now(),
        )

    def _get_default_method(self):
        """Return how a new booking is billed; False for what is no booking."""
        self.ensure_one()
        company = self.company_id or self.env.company
        if not company.payments_active:
            return "external"
        if not self.client_id or not self.service_id:
            return False
        payer = self.payer_id.with_company(company)
        return payer.invoicing_method or company.payments_invoicing_method
