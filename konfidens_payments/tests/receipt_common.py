from unittest.mock import patch

from odoo.fields import Command

from .common import PaymentsCommon


class ReceiptCommon(PaymentsCommon):
    """A practice that sends receipts by e-mail since today, on a machine with PDF."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_receipt = "email"
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )
        cls.other_client = cls.env["res.partner"].create(
            {"name": "Ola Nordmann", "email": "ola@example.com", "lang": "en_US"}
        )
        cls.reports = type(cls.env["ir.actions.report"])
        cls.startClassPatcher(
            patch.object(cls.reports, "get_wkhtmltopdf_state", lambda self: "ok")
        )

    def posted_of(self, client):
        """Return the completed invoice of a new booking of this client."""
        guests = client + self.practitioner.partner_id
        move = self.draft(partner_ids=[Command.set(guests.ids)])
        move.action_complete_invoice()
        return move

    def make_receipts(self):
        """Let the job run that makes PDFs and schedules receipts."""
        self.run_cron("send_receipts")

    def work(self):
        """Let the jobs run once; return the receipts that left by e-mail."""
        self.make_receipts()
        with self.mock_mail_gateway():
            self.send_due()
            # not those that tell a colleague of an activity
            mails = [
                mail
                for mail in self._mails
                if "thank you" in mail["body"] or "takk" in mail["body"].lower()
            ]
        self.complete_delivered()
        return mails

    def receipts(self, moves):
        """Return the receipts of these invoices, with all rights, in their order."""
        messages = moves.sudo().payment_message_ids
        return messages.filtered(lambda one: one.kind == "receipt").sorted("id")

    def undo_payment(self, move):
        """Let an accountant take back that this invoice is paid."""
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        terms.remove_move_reconcile()

    def pay_again(self, move):
        """Let an accountant match the payment with the invoice anew."""
        payment = self.payments_of(move)[-1:]
        lines = (payment.move_id.line_ids + move.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()

    def payments_of(self, move):
        return self.env["account.payment"].search(
            [("partner_id", "=", move.commercial_partner_id.id)], order="id"
        )

    def activities(self, move):
        return move.activity_ids.filtered("automated")
