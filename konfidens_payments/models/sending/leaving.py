from odoo import api, models
from odoo.tools import format_amount

# Of the parts of a message: what has not left for good.
WAITING = ("ready", "process", "exception")


class KonfidensPaymentMessage(models.Model):
    """What becomes of the messages when the addon is uninstalled.

    No link of theirs leads anywhere then. So what has not left is taken out of the
    queues, for Odoo's own would send it; and each invoice says what became of it.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _leave(self):
        """Let nothing leave any more, and note that on the invoices it was about."""
        parts = self.env["mail.notification"].search(
            [
                ("konfidens_payment_message_id", "!=", False),
                ("notification_status", "in", WAITING),
            ]
        )
        unclear = parts.filtered(lambda part: part.notification_status == "process")
        unclear = unclear.konfidens_payment_message_id
        under_way = parts.konfidens_payment_message_id.filtered(
            lambda message: message.state == "sent"
        )
        scheduled = self.search([("state", "=", "scheduled")])
        (scheduled + under_way - unclear)._log(lambda one: one._describe_not_sent())
        unclear._log(lambda one: one._describe_unclear())
        known = (scheduled + under_way + unclear).line_ids.move_id
        self._log_told_drafts(known)
        self._take_out_of_queues(parts)

    @api.model
    def _take_out_of_queues(self, parts):
        """Cancel what nobody sends any more, mail by mail and SMS by SMS."""
        parts.mail_mail_id.filtered(
            lambda mail: mail.state in ("outgoing", "exception")
        ).write({"state": "cancel", "scheduled_date": False})
        sms = self.env["sms.sms"].browse(parts.mapped("sms_id_int")).exists()
        sms.filtered(lambda one: not one.to_delete).state = "canceled"
        parts.notification_status = "canceled"

    @api.model
    def _log_told_drafts(self, known):
        """Note on drafts of which the payer knows that a person has to complete them.

        :param known: the invoices that say already what became of their message
        """
        drafts = self.env["account.move"].search(
            [
                ("state", "=", "draft"),
                ("payment_message_state", "in", ("sent", "delivered")),
            ]
        )
        drafts -= known
        if drafts:
            drafts._message_log_batch(
                {
                    move.id: move.with_context(
                        lang=move._get_practice_lang()
                    )._describe_told_draft()
                    for move in drafts
                }
            )

    def _describe_not_sent(self):
        return self.env._(
            "The message about this invoice to %(payer)s was not sent: Konfidens "
            "Payments was uninstalled before.",
            payer=self.partner_id.display_name,
        )

    def _describe_unclear(self):
        return self.env._(
            "Nobody knows whether the message about this invoice to %(payer)s left: "
            "Konfidens Payments was uninstalled meanwhile.",
            payer=self.partner_id.display_name,
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _describe_told_draft(self):
        return self.env._(
            "%(payer)s was told to pay %(amount)s. Konfidens Payments was uninstalled, "
            "so this invoice is not completed by itself any more: confirm it.",
            payer=self.partner_id.display_name,
            amount=format_amount(self.env, self.amount_total, self.currency_id),
        )
