from odoo import models
from odoo.fields import Command

from ..channel.konfidens_payment_message import CHANNEL


class KonfidensPaymentMessage(models.Model):
    """The hand-over of electronic invoices: the invoice first, since it has the number.

    In the transaction of the hand-over: killed before its commit, nothing happened.
    """

    _inherit = "konfidens.payment.message"

    def _prepare_invoices(self):
        """Override: what goes by document is completed first.

        :raises UserError: Odoo does not post one of them
        """
        result = super()._prepare_invoices()
        drafts = self._by_document().line_ids.move_id.filtered(
            lambda move: move.state == "draft"
        )
        for theirs in drafts.grouped(lambda move: move._get_practice_lang()).values():
            local = theirs._in_practice_language()
            local._complete()
            words = local.env._(
                "Invoice completed, to be sent as an electronic invoice."
            )
            local._message_log_batch(bodies=dict.fromkeys(local.ids, words))
        return result

    def _create_parts(self):
        """Override: and the documents."""
        result = super()._create_parts()
        messages = self._by_document()
        if messages:
            messages._create_documents()
        return result

    def _create_documents(self):
        """Create what waits to be handed over to the access point, for each of these.

        The document itself is made then: it takes as long as its PDF does.
        """
        self._wake_documents()
        notes = self.env["mail.message"].create(
            [
                {
                    **message._prepare_mail_message_values(),
                    "message_type": "notification",
                    "body": message._in_practice_language()._describe_document(),
                }
                for message in self
            ]
        )
        self.env["mail.notification"].create(
            [
                {
                    "konfidens_payment_message_id": message.id,
                    "author_id": note.author_id.id,
                    "mail_message_id": note.id,
                    "res_partner_id": message.partner_id.id,
                    "notification_type": CHANNEL,
                    "notification_status": "ready",
                    "is_read": True,  # not for the inbox
                }
                for message, note in zip(self, notes, strict=True)
            ]
        )

    def _describe_document(self):
        return self.env._(
            "%(invoice)s as an electronic invoice to %(payer)s (%(address)s).",
            invoice=self.line_ids.move_id.name,
            payer=self.partner_id.display_name,
            address=self.partner_id._get_peppol_address(),
        )

    def _prepare_mail_message_values(self):
        """Override: nobody gets a copy of what is for the buyer's system."""
        values = super()._prepare_mail_message_values()
        if self.channel == CHANNEL:
            values["partner_ids"] = [Command.clear()]
        return values
