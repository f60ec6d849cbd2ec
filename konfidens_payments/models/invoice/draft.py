import uuid

from odoo import models
from odoo.fields import Command

from ...tools import quietly


class KonfidensPaymentBooking(models.Model):
    """How a booking makes its draft, and changes it."""

    _inherit = "konfidens.payment.booking"

    # === MAKING IT === #

    def _create_draft_invoices(self):
        """Create one draft invoice for each booking, in one call for each company.

        :return: the new `account.move` records
        """
        self._bill_here()
        self._check_shares()
        self._take_fees()
        moves = self.env["account.move"]
        for company, bookings in self.grouped("company_id").items():
            # Odoo would post a message on every single invoice and track its fields:
            # the auditor has the same from one log for all.
            batch = quietly(moves.with_company(company))
            batch = batch.with_context(tracking_disable=True)
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
        quietly(moves.line_ids.filtered("booking_id"))._adapt_to_taxes()
        moves._take_earlier_payments()
        moves = moves.with_env(self.env)
        moves._log_creation()
        return moves

    def _bill_here(self):
        """Note that these bookings have their draft, also those billed elsewhere."""
        quietly(self.filtered("externally_billed")).write(
            {
                "invoicing_method": "manual",
                "externally_billed_by_id": False,
                "externally_billed_on": False,
            }
        )
        quietly(self).was_drafted = True

    def _prepare_invoice_values(self):
        """Return the values of the draft invoice of this booking."""
        self.ensure_one()
        values = {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.payer_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            # its portal page, opened without login by who has the link
            "access_token": str(uuid.uuid4()),
            "pay_token": self.env["account.move"]._new_pay_token(),
            "invoice_line_ids": [Command.create(self._prepare_invoice_line_values())],
        }
        payer = self.payer_id.with_company(self.company_id)
        values["invoice_payment_term_id"] = (
            payer.property_payment_term_id or self.company_id.payments_payment_term_id
        ).id
        journal = self.company_id.payments_journal_id
        if journal.active:  # otherwise Odoo's choice, as where none is chosen
            values["journal_id"] = journal.id
        return values

    def _prepare_invoice_line_values(self):
        self.ensure_one()
        return {
            "booking_id": self.id,
            "product_id": self._get_billed_product().id,
            "name": self._get_invoice_label(),
            "quantity": 1.0,
            "price_unit": self.price,
        }

    # === CHANGING IT === #

    def _prepare_currency_values(self):
        """Return the values of a draft that goes over to this booking's currency."""
        company, currency = self.company_id, self.currency_id
        moves = self.env["account.move"].with_company(company)
        journal = (
            company.payments_journal_id
            or moves._find_default_journals(currency)[currency]
        )
        return {"currency_id": currency.id, "journal_id": journal.id}

    def _follow_in_drafts(self, before):
        """Change the drafts as the bookings changed, until the payer is told.

        :param before: what `_get_before_change` returned
        """
        open_drafts = self.filtered(
            lambda booking: booking.invoice_id.state == "draft" and not booking.is_told
        )
        moves = open_drafts.invoice_id
        free = moves.filtered(lambda move: move._is_free())
        for booking in open_drafts:
            known = before[booking]
            booking.invoice_id._follow_booking(
                booking,
                label_changed=booking._get_label_source() != known["label_source"],
                price_changed=booking._get_charge() != known["charge"]
                or booking.has_fee != known["has_fee"],
            )
        moves._follow_freedom(free)


class AccountMove(models.Model):
    """The draft of a booking: its creation, and how it follows."""

    _inherit = "account.move"

    # === ITS CREATION === #

    def _find_default_journals(self, currencies):
        """Return the sales journal that Odoo would choose for each currency: a dict.

        Once for many drafts of the context's company, where Odoo looks for each.
        """
        values = {"move_type": "out_invoice", "company_id": self.env.company.id}
        return {
            currency: self.new(
                {**values, "currency_id": currency.id}
            )._search_default_journal()
            for currency in currencies
        }

    def _log_creation(self):
        """Note in the chatter who made these drafts from which appointment.

        And let that user follow them, as Odoo does with each invoice. With no log where
        the context says, by Odoo's own keys, that there shall be none.
        """
        context = self.env.context
        # of none, Odoo would note a follower of a record that is none
        if context.get("tracking_disable") or not self:
            return
        user = self.env.user
        if (
            user.active
            and not user.share
            and not context.get("mail_create_nosubscribe")
        ):
            self.env["mail.followers"]._insert_followers(
                self._name, self.ids, user.partner_id.ids, check_existing=False
            )
        if context.get("mail_create_nolog"):
            return
        bodies = {}
        for move in self:
            lang = move.company_id.partner_id.lang or self.env.lang
            move = move.with_context(lang=lang)
            bodies[move.id] = move.env._(
                "Invoice created from the appointment of %(date)s.",
                date=move.payment_appointment,
            )
        self._message_log_batch(bodies=bodies)

    # === FROM THE APPOINTMENT TO THE DRAFT === #

    def button_draft(self):
        """Override of `account`: a draft that was cancelled follows its booking again.

        Price, payer or time may have changed since.
        """
        cancelled = self._filter_billing().filtered(
            lambda move: move.state == "cancel" and not move.posted_before
        )
        result = super().button_draft()
        for move in cancelled.sudo():  # sudo: it follows by the system's rules
            if not (
                move.draft_leads or move.externally_billed or move._is_amount_locked()
            ):
                for booking in move.booking_ids:
                    quietly(move)._follow_booking(
                        booking, label_changed=True, price_changed=True
                    )
        return result

    def _follow_booking(self, booking, label_changed, price_changed):
        """Change this draft as its booking was changed, `quietly`.

        :param label_changed: whether the line says something else now, unless a person
            wrote its text
        :param price_changed: whether the booking has another price now
        """
        self.ensure_one()
        values = {}
        if self.partner_id != booking.payer_id:
            values["partner_id"] = booking.payer_id.id
        if self.invoice_user_id != booking.user_id:
            values["invoice_user_id"] = booking.user_id.id
        if self.currency_id != booking.currency_id:
            values |= booking._prepare_currency_values()
        if values:
            self.write(values)
        if "partner_id" in values:
            self._follow_fiscal_position()
            self._redirect_scheduled()
        line = self.line_ids.filtered(lambda line: line.booking_id == booking)
        if line:
            self._follow_in_line(line, booking, label_changed, price_changed)

    def _redirect_scheduled(self):
        """Let what is scheduled go to the payer of this draft, by a way for this payer.

        By the way that somebody chose, where it reaches this payer too.
        """
        self.ensure_one()
        payer = self.partner_id
        for message in self.payment_message_ids:
            before = message.partner_id
            if message.state != "scheduled" or before == payer:
                continue
            message.partner_id = payer
            then = self.new({"partner_id": before.id}, origin=self)
            if message.channel == then._get_wanted_channel() or (
                self._get_address_problem(message.channel)
            ):
                message.channel = self._get_wanted_channel()

    def _follow_fiscal_position(self):
        """Give the lines taxes and accounts as on a draft made for this payer.

        As *Update Taxes and Accounts* does in Odoo's form, where no line of taxes is
        made anew meanwhile.
        """
        lines = self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.product_id
        )
        lines._compute_account_id()
        for line in lines:
            taxes = line._get_computed_taxes()
            if taxes != line.tax_ids:
                price = line.product_id._get_tax_included_unit_price_from_price(
                    line.price_unit, line.tax_ids, product_taxes_after_fp=taxes
                )
                line.write({"tax_ids": [Command.set(taxes.ids)], "price_unit": price})
        lines.filtered("booking_id")._adapt_to_taxes()

    def _follow_in_line(self, line, booking, label_changed, price_changed):
        values = {}
        product = booking._get_billed_product()
        if product and line.product_id != product:
            # another product brings its own text and price, unless they are given
            values = {
                "product_id": product.id,
                "name": line.name,
                "price_unit": booking.price,
            }
        elif price_changed:
            values |= {"price_unit": booking.price, "quantity": 1.0}
        if values:
            values |= booking._prepare_discount_values(line)
        # what somebody wrote of a visit is not said of a fee
        if (label_changed or values) and (booking.has_fee or not line.has_own_text):
            label = booking._get_invoice_label()
            if line.name != label:
                values |= {"name": label, "has_own_text": False}
        if values:
            line.write(values)
        if "price_unit" in values:
            line._adapt_to_taxes()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _adapt_to_taxes(self):
        """Charge the prices of the bookings, adapted to the taxes of these lines."""
        for line in self:
            price = line._get_booked_price()
            if price != line.price_unit * line.quantity:
                line.write({"price_unit": price, "quantity": 1.0})

    def _get_booked_price(self, service=None):
        """Return the price of the booking with the taxes of this line.

        A tax that the service's price includes is taken out, or becomes another, as
        Odoo does it where the payer's fiscal position maps it. Where a person chooses
        other taxes the price stays as it is, as in Odoo's form.

        :param service: default: what the booking bills
        """
        self.ensure_one()
        booking = self.booking_id
        service = service or booking._get_billed_product()
        mapped = self._get_mapped_taxes(service)
        if not mapped:
            return booking.price
        return service._get_tax_included_unit_price_from_price(
            booking.price, mapped, product_taxes_after_fp=self.tax_ids
        )

    def _get_mapped_taxes(self, service):
        """Return the taxes that this service's price includes, if they are mapped."""
        taxes = service.taxes_id._filter_taxes_by_company(self.company_id)
        if self.move_id.fiscal_position_id.map_tax(taxes) == taxes or not all(
            tax.price_include for tax in taxes
        ):
            return taxes.browse()
        return taxes
