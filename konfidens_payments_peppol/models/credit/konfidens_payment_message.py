from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.konfidens_payments.models.invoice.attention import ACTIVITY
from odoo.addons.konfidens_payments.tools import in_language

KIND = "credit"
# How soon it is looked at again whose invoice has not left yet.
PAUSE = timedelta(minutes=5)


class KonfidensPaymentMessage(models.Model):
    """What is different with a message that is a credit note.

    It asks for nothing, and there is no e-mail that could take its place.
    """

    _inherit = "konfidens.payment.message"

    kind = fields.Selection(
        selection_add=[(KIND, "Credit Note")], ondelete={KIND: "cascade"}
    )

    def _is_credit(self):
        return self.kind == KIND

    def _get_later_date(self):
        """Override: not before its invoice has left."""
        if self._is_credit():
            credited = self.line_ids.move_id.reversed_entry_id
            waits = credited._has_document_waiting()
            return waits and fields.Datetime.now() + PAUSE
        return super()._get_later_date()

    def _send_again(self, choose):
        """Override: a credit note that failed is sent again as one."""
        credits = self.filtered(lambda message: message._is_credit())
        others = self - credits
        messages = (
            super(KonfidensPaymentMessage, others)._send_again(choose)
            if others
            else self.browse()
        )
        for message in credits:
            lines = message._lock_in_state("failed")
            move = lines.move_id
            if problem := move._get_credit_note_problem():
                raise UserError(problem)
            lines.is_unsolved = False
            messages += move._schedule_credit_note().with_env(self.env)
        return messages

    def _get_failover(self):
        """Override: no other channel tells of a credit note."""
        if self._is_credit():
            return None, self.line_ids.move_id.browse()
        return super()._get_failover()

    def _get_open_lines(self):
        """Override: a credit note is open, though nothing of it is to be paid."""
        credits = self.filtered(lambda message: message._is_credit())
        others = super(KonfidensPaymentMessage, self - credits)._get_open_lines()
        return others | credits.line_ids

    def _ask_to_mend(self, move, reason):
        """Override: whoever can credit is asked to see to the credit note."""
        if not self._is_credit():
            return super()._ask_to_mend(move, reason)
        user = move._get_crediting_user()
        theirs = move.with_context(lang=user.lang)
        ways = theirs._get_credit_note_ways()
        return move.activity_schedule(
            ACTIVITY,
            summary=theirs.env._("The credit note did not reach its buyer"),
            note=Markup("<p>%s</p><p>%s</p>") % (in_language(reason, user.lang), ways),
            user_id=user.id,
        )

    def _get_story(self):
        """Override: in words for a credit note."""
        if not self._is_credit():
            return super()._get_story()
        payer = self.partner_id.display_name
        # sudo: whether it left, for whoever may see the message
        credited = self.sudo().line_ids.move_id.reversed_entry_id
        match self.state:
            case "scheduled" | "sent" if not self.failure_reason:
                return self.env._(
                    "The credit note goes to %(payer)s as an electronic document, as "
                    "its invoice did; it is not confirmed yet.",
                    payer=payer,
                )
            case "failed":
                return self.env._(
                    "The credit note did not reach %(payer)s: %(reason)s",
                    payer=payer,
                    reason=self.failure_reason,
                )
            case "cancelled" if not credited._may_have_left_by_document():
                return self.env._(
                    "The credit note was not sent: its invoice did not leave."
                )
        return super()._get_story()

    def _describe_delivery(self):
        """Override, as above."""
        if not self._is_credit():
            return super()._describe_delivery()
        return self.env._(
            "Credit note delivered. %(evidence)s", evidence=self._get_log_evidence()
        )
