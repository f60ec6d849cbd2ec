from odoo import api, fields, models

from ..models.channel.konfidens_payment_message import CHANNEL, NAME


class KonfidensPaymentMessageWizard(models.TransientModel):
    """The dialog: with an electronic invoice the order turns round, and it says so."""

    _inherit = "konfidens.payment.message.wizard"

    channel = fields.Selection(
        selection_add=[(CHANNEL, NAME)], ondelete={CHANNEL: "cascade"}
    )
    document_note = fields.Char(
        compute="_compute_document_note", export_string_translation=False
    )
    document_problem = fields.Text(
        compute="_compute_document_note", export_string_translation=False
    )
    document_lines = fields.Text("What It Says", compute="_compute_document_note")

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Override of `base`: who sends no electronic invoices is not asked."""
        fields_ = super().fields_get(allfields, attributes)
        channels = fields_.get("channel", {}).get("selection")
        if channels and self.env.company._get_peppol_sender_problem():
            fields_["channel"]["selection"] = [
                (name, label) for name, label in channels if name != CHANNEL
            ]
        return fields_

    @api.depends("move_ids", "channel")
    def _compute_document_note(self):
        for wizard in self:
            wizard.update(
                {
                    "document_note": False,
                    "document_problem": False,
                    "document_lines": False,
                }
            )
            moves = wizard._get_checked_moves()
            if wizard.channel != CHANNEL:
                wizard.document_note = wizard._get_missed_note(moves)
                continue
            problems = [
                problem
                for move in moves
                if (problem := move._get_sending_problem(CHANNEL))
            ]
            wizard.document_problem = "\n".join(dict.fromkeys(problems)) or False
            wizard.document_note = wizard._get_document_note(moves)
            wizard.document_lines = "\n".join(
                moves[:1].invoice_line_ids.filtered("name").mapped("name")
            )

    def _get_missed_note(self, moves):
        """Return which of several payers would get a document by themselves, or False.

        One channel is chosen for all of them.
        """
        payers = moves.partner_id
        if len(payers) < 2:
            return False
        receivers = moves.filtered(
            lambda move: move._get_wanted_channel() == CHANNEL
        ).partner_id
        if not receivers or receivers == payers:
            return False
        if len(receivers) == 1:
            return self.env._(
                "%(payer)s receives electronic invoices: send its invoice by itself to "
                "send it that way.",
                payer=receivers.display_name,
            )
        return self.env._(
            "%(count)s of these payers receive electronic invoices: send their "
            "invoices by themselves to send them that way.",
            count=len(receivers),
        )

    def _get_document_note(self, moves):
        """Return what happens first, and what the buyer gets."""
        if "draft" not in moves.mapped("state"):
            return self.env._(
                "The invoice itself goes to the buyer's system, with its PDF and "
                "without a pay link."
            )
        if len(moves) == 1:
            return self.env._(
                "The invoice is completed first, since the document needs its number: "
                "it gets number, date and due date, and stays completed also where the "
                "buyer's system refuses it. Then it goes there itself, with its PDF "
                "and without a pay link."
            )
        return self.env._(
            "The invoices are completed first, since the documents need their numbers: "
            "they get number, date and due date, and stay completed also where a "
            "buyer's system refuses one. Then they go there themselves, with their "
            "PDFs and without a pay link."
        )

    def _get_recipients(self, payers):
        """Override: the electronic address."""
        if self.channel != CHANNEL:
            return super()._get_recipients(payers)
        return [
            f"{payer.display_name} ({payer._get_peppol_address()})"
            if payer.commercial_partner_id.peppol_endpoint
            else payer.display_name
            for payer in payers
        ]
