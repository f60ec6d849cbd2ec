from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """How a draft and its appointment keep in step."""

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
        if context.get("tracking_disable"):
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

    # === FROM THE DRAFT TO THE APPOINTMENT === #

    def _get_billed_lines(self):
        return self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )

    def _get_booking_service(self):
        """Return the service that this invoice bills, if it is one."""
        lines = self._get_billed_lines()
        return lines.product_id if len(lines) == 1 else lines.product_id.browse()

    def _get_booking_price(self):
        """Return what the lines charge, before any tax that is added to it."""
        self.ensure_one()
        return self.currency_id.round(
            sum(
                line.price_unit * line.quantity * (1 - line.discount / 100)
                for line in self._get_billed_lines()
            )
        )

    def _is_amount_locked(self):
        """Return whether the payer knows the amount, so that it is fixed."""
        if not self:
            return False
        self.ensure_one()
        if self.state == "posted":
            return self._get_booking_status() != "credited"
        return self.state == "draft" and self.payment_message_state in (
            "sent",
            "delivered",
        )

    def _check_not_told(self, vals):
        """:raises UserError: a draft would change whose client knows its amount."""
        for move in self.filtered(
            lambda move: (
                move.state == "draft" and move.booking_ids and move._is_amount_locked()
            )
        ):
            if all(
                move._fields[name].convert_to_cache(value, move)
                == move._fields[name].convert_to_cache(move[name], move)
                for name, value in vals.items()
                if name in ("partner_id", "currency_id")
            ):
                continue
            raise UserError(move._get_told_message())

    def _get_told_message(self):
        return self.env._(
            "The client has been told to pay %(invoice)s, so its payer and lines are "
            "fixed. Complete it and credit it to change them, or bill the appointment "
            "externally.",
            invoice=self.display_name,
        )

    # === FROM THE APPOINTMENT TO THE DRAFT === #

    def _follow_booking(self, booking, payer, old_label, price_changed=False):
        """Change this draft as its appointment was changed.

        :param payer: who pays from now on
        :param old_label: what the line said before; where somebody wrote another text
            it stays
        :param price_changed: whether the booking has a price of its own now
        :raises UserError: the draft has several lines, so that its price is not one
        """
        self.ensure_one()
        lines = self._get_billed_lines()
        values = {}
        if self.partner_id != payer:
            values["partner_id"] = payer.id
        if self.invoice_user_id != booking.user_id:
            values["invoice_user_id"] = booking.user_id.id
        if values:
            self.write(values)
            self.payment_message_ids.filtered(
                lambda message: message.state == "scheduled"
            ).partner_id = self.partner_id
        line = lines if len(lines) == 1 else lines.browse()
        if (
            price_changed
            and not line
            and self.currency_id.compare_amounts(
                booking.price, self._get_booking_price()
            )
        ):
            raise UserError(
                self.env._(
                    "The draft invoice of this appointment has several lines. Change "
                    "the price on the draft instead."
                )
            )
        if line:
            self._follow_in_line(line, booking, old_label, price_changed)

    def _follow_in_line(self, line, booking, old_label, price_changed):
        values = {}
        price = booking.price
        if booking.service_id and line.product_id != booking.service_id:
            values["product_id"] = booking.service_id.id
            price_changed = True
        if price_changed and self.currency_id.compare_amounts(
            price, self._get_booking_price()
        ):
            values.update(price_unit=price, quantity=1.0, discount=0.0)
        label = booking._get_invoice_label()
        if line.name in (old_label, label) and (line.name != label or values):
            values["name"] = label
        if "product_id" in values:
            # another product brings its own text and price, unless they are given
            values = {"name": line.name, "price_unit": price, **values}
        if values:
            line.write(values)
