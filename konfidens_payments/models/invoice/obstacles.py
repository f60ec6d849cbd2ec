from odoo import fields, models


class AccountMove(models.Model):
    """What keeps an invoice from being told, and from being completed by itself."""

    _inherit = "account.move"

    def _get_payment_obstacle(self):
        """Return why this invoice is neither told nor completed by itself, or False.

        The one place that says so: for the dialog, what is scheduled, what the job
        completes, and what an opened pay link completes. What is paid is completed,
        but not told: see `_get_message_obstacle`.

        :return: in the user's words, with what to do instead
        """
        self.ensure_one()
        name = self.display_name
        if not self.booking_ids:
            return self.env._(
                "%(invoice)s bills no appointment. Use Send to send it.", invoice=name
            )
        if self.externally_billed:
            return self.env._(
                "%(invoice)s is billed in another system, so it is neither sent nor "
                "completed. Press Create Invoice on the appointment to bill it here.",
                invoice=name,
            )
        if self.state == "cancel":
            return self.env._(
                "%(invoice)s is cancelled. Create a new invoice from the appointment.",
                invoice=name,
            )
        if self.move_type != "out_invoice":
            return self.env._(
                "%(invoice)s is no invoice, so nobody is asked to pay it.", invoice=name
            )
        return self.state == "draft" and self._get_draft_obstacle()

    def _get_draft_obstacle(self):
        name = self.display_name
        if self.posted_before:
            return self.env._(
                "%(invoice)s was completed before and taken back. Confirm it again "
                "first.",
                invoice=name,
            )
        if all(booking._is_called_off() for booking in self.booking_ids):
            return self.env._(
                "The appointment of %(invoice)s was cancelled. Restore it first; or an "
                "accountant confirms the invoice all the same.",
                invoice=name,
            )
        return False

    def _get_message_obstacle(self):
        """Return why nobody is asked to pay this invoice, or False.

        :return: as in `_get_payment_obstacle`
        """
        self.ensure_one()
        if problem := self._get_payment_obstacle() or self._get_nothing_to_pay():
            return problem
        # sudo: what was marked, for who may not read the booking
        if self.sudo().is_marked_otherwise:
            return self._get_first_booking()._describe_otherwise()
        if self.payment_state == "blocked":
            return self.env._(
                "%(invoice)s is blocked. Unblock it to send a message.",
                invoice=self.display_name,
            )
        return False

    def _get_nothing_to_pay(self):
        """Return that nothing is left to be paid, in words, or False."""
        self.ensure_one()
        if self._is_settled():
            return self.env._(
                "%(invoice)s is settled already: there is nothing to pay.",
                invoice=self.display_name,
            )
        if problem := self._get_credit_not_taken():
            return problem
        if self._is_free():
            return self.env._(
                "%(invoice)s has nothing to pay. Set a price first.",
                invoice=self.display_name,
            )
        return False

    def _get_credit_not_taken(self):
        """Return that what was credited is asked for still, in words, or False."""
        self.ensure_one()
        note = self._get_credits().filtered("amount_residual")[:1]
        return note and self.env._(
            "%(note)s credits %(invoice)s, and was not taken off what is to be paid. "
            "An accountant adds it to the invoice first.",
            note=note.display_name,
            invoice=self.display_name,
        )

    def _get_auto_post_date(self):
        """Return the day to come on which Odoo posts this draft by itself, or False.

        As it is dated: where the company is.
        """
        self.ensure_one()
        if self.state != "draft" or self.auto_post == "no":
            return False
        today = fields.Date.context_today(self.with_context(tz=self._get_company_tz()))
        return self.date > today and self.date
