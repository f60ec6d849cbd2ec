from odoo import models
from odoo.fields import Command

from ...tools import quietly

TODO = "mail.mail_activity_data_todo"


class KonfidensPaymentBooking(models.Model):
    """How the drafts of bookings are given up that are billed no more."""

    _inherit = "konfidens.payment.booking"

    def _give_up_drafts(self, whole=None):
        """Cancel the drafts of these bookings, called off or billed elsewhere.

        What such a draft bills besides stays on it, and the responsible person is
        asked. What the payer was told is fixed: that draft is cancelled as a whole, and
        the responsible person is asked to bill the rest anew.

        :param whole: `account.move` records that are cancelled whatever they bill
        :return: the `account.move` records that are cancelled
        """
        drafts = self.invoice_id.filtered(lambda move: move.state == "draft")
        shared = drafts.filtered(lambda move: move._bills_besides(self))
        if whole:
            shared -= whole
        kept = shared.filtered(lambda move: not move._is_amount_locked())
        cancelled = drafts - kept
        cancelled.button_cancel()
        for move in kept:
            move._leave_out(self)
        for move in shared:
            move._ask_about_the_rest()
        # what takes them up again may bill them by itself
        quietly(self).was_drafted = False
        return cancelled


class AccountMove(models.Model):
    """What a draft bills besides the bookings that are billed no more."""

    _inherit = "account.move"

    def _bills_besides(self, bookings):
        """Return whether this draft asks money for more than these bookings."""
        self.ensure_one()
        rest = self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product" and not line.booking_id & bookings
            )
        )
        total = sum(rest.mapped("price_total"))
        return self.currency_id.compare_amounts(total, 0) > 0

    def _leave_out(self, bookings):
        """Take the lines of these bookings off this draft.

        Where it bills no booking any more, no payment message tells of it.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.booking_id & bookings)
        quietly(self).write(
            {"invoice_line_ids": [Command.delete(line.id) for line in lines]}
        )
        if not self.booking_ids:
            self._call_off_messages()
            self._mended()

    def _ask_about_the_rest(self):
        """Ask the responsible person, once, what becomes of the rest of this draft."""
        self.ensure_one()
        # the practitioner may read no draft that bills the own appointment no more
        responsible = self._get_responsible() or self._get_crediting_user()
        theirs = self.with_context(lang=responsible.lang or self.env.lang)
        if self.state == "cancel":
            summary = theirs.env._("Bill what else stood on this cancelled draft")
            note = theirs.env._(
                "The appointment of this draft was called off or billed externally, "
                "and the client had been told of the whole. What else stood on the "
                "draft is cancelled with it: make a new invoice of that."
            )
        else:
            summary = theirs.env._("Check this draft: an appointment was taken off it")
            note = theirs.env._(
                "An appointment of this draft was called off or billed externally. "
                "What else stands on the draft is still billed: complete it, or cancel "
                "it."
            )
        self._message_log(body=note)
        if responsible and not self.activity_search(
            [TODO], additional_domain=[("summary", "=", summary)]
        ):
            self.activity_schedule(
                TODO, summary=summary, note=note, user_id=responsible.id
            )
