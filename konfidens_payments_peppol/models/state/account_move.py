from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.account_peppol.exceptions import get_peppol_error_message

from ..channel.account_move import TAKEN
from ..channel.konfidens_payment_message import CHANNEL
from ..sending.account_edi_proxy_user import REFUSALS
from ..sending.marks import get_mark


class AccountMove(models.Model):
    """What Odoo learns of a document is what our message knows of it."""

    _inherit = "account.move"

    def write(self, vals):
        """Override of `account`: what the access point reports reaches our messages.

        :raises UserError: what the buyer's system has is to stay as it was issued
        """
        if vals.get("state") in ("draft", "cancel"):
            for move in self:
                if move.state == "posted" and move._may_be_with_buyer():
                    raise UserError(move._get_kept_document_words())
        result = super().write(vals)
        if "peppol_move_state" in vals and not get_mark(self):
            # sudo: whoever reports it need not see our messages
            for move in self.sudo():
                move._note_document_state()
        return result

    def _get_kept_document_words(self):
        """Return what is done instead of changing what the buyer's system has."""
        if self.move_type == "out_refund":
            return self.env._(
                "The buyer's system has the credit note %(note)s, or may have it by "
                "now: it can neither be changed nor cancelled. If it should not have "
                "been made, make a new invoice.",
                note=self.display_name,
            )
        return self.env._(
            "The buyer's system has the electronic invoice %(invoice)s, or may have it "
            "by now: it can neither be changed nor cancelled. Credit it instead.",
            invoice=self.display_name,
        )

    def _may_be_with_buyer(self):
        """Return whether the access point has this document, or is asked to take it."""
        self.ensure_one()
        if not self._get_documented_bookings():
            return False
        return self.peppol_move_state in TAKEN or any(
            part.notification_status == "process" for part in self._get_documents()
        )

    def _get_documents(self):
        """Return the parts of messages that are this invoice as a document."""
        # sudo: where it stands, for whoever changes the invoice
        messages = self.sudo().payment_message_line_ids.message_id
        return messages.notification_ids.filtered(
            lambda part: part.notification_type == CHANNEL
        )

    def _note_document_state(self):
        """Note where this invoice's document is, as Odoo says it now."""
        self.ensure_one()
        if self.peppol_move_state in TAKEN:
            self._take_up_failed_document()
        parts = self._get_documents()
        match self.peppol_move_state:
            case "done":
                arrived = parts.filtered(
                    lambda part: part.notification_status in ("process", "pending")
                )
                arrived.write(
                    {
                        "notification_status": "sent",
                        "failure_type": False,
                        "failure_reason": False,
                    }
                )
            case "error":
                failed = parts.filtered(
                    lambda part: part.notification_status == "pending"
                )
                if failed:
                    failed.write(
                        {
                            "notification_status": "exception",
                            **self._prepare_refusal_values(),
                        }
                    )

    def _take_up_failed_document(self):
        """Count a document that was refused as under way: somebody sent it otherwise.

        With Odoo's *Send*. What becomes of it is noted as of our own.
        """
        lines = self.payment_message_line_ids
        kind = "credit" if self.move_type == "out_refund" else "payment"
        line = lines._get_latest(kind)
        message = line.message_id
        parts = message.notification_ids
        if (
            message.state != "failed"
            or message.channel != CHANNEL
            or not set(parts.mapped("notification_status")) <= {"exception"}
        ):
            return
        later = line._get_later()
        if set(later.mapped("state")) <= {"scheduled"}:
            later.message_id._cancel_scheduled()
            # so that the database sees what is over before what begins anew
            later.flush_recordset(["pending"])
            message._set_sent_after_all()
            message.write(
                {
                    "give_up_date": self.company_id._get_give_up_date(),
                    "sent_date": fields.Datetime.now(),
                }
            )
            parts.write(
                {
                    "notification_status": "pending",
                    "failure_type": False,
                    "failure_reason": False,
                    "peppol_asked_date": fields.Datetime.now(),
                }
            )
        self._mended()

    def _prepare_refusal_values(self):
        """Return why the document did not arrive: values of its notification."""
        refusals = self.env.cr.cache.get(REFUSALS, {})
        if refusal := refusals.get(self.peppol_message_uuid):
            return {
                "failure_type": "peppol_refused",
                "failure_reason": get_peppol_error_message(self.env, refusal),
            }
        if refusals.get("error"):
            # of all that is under way Odoo learns nothing any more
            return {"failure_type": "peppol_unconfirmed", "failure_reason": False}
        return {"failure_type": "peppol_refused", "failure_reason": False}
