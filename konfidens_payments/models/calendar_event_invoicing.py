import uuid

from odoo import fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..tools import format_clock


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

    # === CHECKS === #

    def _check_billing_access(self):
        """Let through accountants, managers, and practitioners with own bookings.

        :raises AccessError: for everybody else
        """
        if self.env.su:
            return
        user = self.env.user
        # sudo: whose booking it is counts also where the event is private
        bookings = self.sudo()
        if bookings.company_id <= self.env.companies and (
            self._user_bills_everything()
            or (
                user.has_group("konfidens_payments.group_payments_user")
                and all(booking.user_id == user for booking in bookings)
            )
        ):
            return
        raise AccessError(
            self.env._(
                "You can bill the appointments of your own calendar. For other "
                "appointments ask their practitioner, a manager or an accountant."
            )
        )

    def _user_bills_everything(self):
        return self.env.user.has_group(
            "account.group_account_invoice"
        ) or self.env.user.has_group("konfidens_payments.group_payments_manager")

    def _lock_for_billing(self):
        """Keep others from billing the same bookings until the transaction ends.

        :raises UserError: somebody else is at it right now
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on this appointment right now. Wait a "
                    "moment, reload the page and look again."
                )
            ) from error

    def _check_can_be_invoiced(self):
        """:raises UserError: with the reason for each booking that cannot be."""
        problems = []
        for booking in self:
            if problem := booking._get_invoicing_problem():
                problems.append(
                    problem
                    if len(self) == 1
                    else self.env._(
                        "%(client)s, %(date)s: %(problem)s",
                        client=booking.client_id.display_name,
                        date=booking._get_public_date(),
                        problem=problem,
                    )
                )
        for company in self.company_id:
            if problem := company._get_invoicing_problem():
                problems.append(problem)
        if problems:
            raise UserError("\n".join(problems))

    def _get_invoicing_problem(self):
        """Return why this booking cannot be invoiced and what to do, or False."""
        self.ensure_one()
        service = self.service_id or self.company_id.payments_service_id
        if not self.active:
            return self.env._("It is cancelled. Restore the appointment first.")
        if self.invoice_id and self.payment_status != "credited":
            return self.env._(
                "It has an invoice already: %(invoice)s. Open it with View Invoice.",
                invoice=self.invoice_id.display_name,
            )
        if not self.client_id or not self.payer_id:
            return self.env._("It has no client. Choose the client on the appointment.")
        if not service:
            return self.env._(
                "It has no service. Choose a service on the appointment, or a default "
                "service in the settings of Payments."
            )
        price = self.price or (not self.service_id and self._get_list_price(service))
        if self.currency_id.compare_amounts(price, 0) <= 0:
            return self.env._("It has no price. Set a price above zero first.")
        return False

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

    def _get_payment_tz(self):
        """Return the name of the time zone in which the appointment takes place."""
        return (
            self.user_id.tz
            or self.company_id.partner_id.tz
            or self.payer_id.tz
            or self.env.user.tz
            or "UTC"
        )

    def _get_public_date(self):
        """Return when the appointment is, for a client to read.

        In the language of the context and the time zone of the practitioner.
        """
        self.ensure_one()
        if self.allday:
            return format_date(self.env, self.start_date, date_format="long")
        start = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_payment_tz()), self.start
        )
        return self.env._(
            "%(date)s at %(time)s",
            date=format_date(self.env, start, date_format="long"),
            time=format_clock(self.env, start.time()),
        )

    def _get_public_label(self):
        """Return the only words about the booking that may leave the house."""
        return self.env._("Appointment %(date)s", date=self._get_public_date())

    def _get_invoice_label(self):
        """Return the text of the invoice line, in the payer's language."""
        return self.with_context(
            lang=self.payer_id.lang or self.env.lang
        )._get_public_label()

    def _get_next_step(self):
        """Return what happens next with the payment, in words, or False."""
        self.ensure_one()
        status = self.payment_status
        if status in ("scheduled", "sent", "attention"):
            return self.invoice_id.payment_message_story
        if status == "draft":
            return self.env._("Send the payment message when you are ready.")
        if status == "to_invoice":
            return self.env._("Create the invoice when you are ready.")
        if status == "unpaid":
            return self.env._(
                "Waits for payment, due %(date)s.",
                date=format_date(self.env, self.invoice_id.invoice_date_due),
            )
        return False
