from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .refund_common import RefundCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestRefundByProvider(RefundCommon):
    """The payment provider that took the money pays it back, once."""

    given_by = "posted"

    def provider(self, move, **values):
        """Return the online payment of an invoice, at a provider that pays back."""
        if "demo" not in dict(self.env["payment.provider"]._fields["code"].selection):
            self.skipTest("Odoo's provider for demonstrations is not installed")
        provider = self.env.ref("payment.payment_provider_demo").sudo()
        provider = provider.copy({"company_id": self.company.id})
        provider.write({"state": "test", "journal_id": self.bank.id})
        method = self.env.ref("payment_demo.payment_method_demo").sudo()
        method.support_refund = values.pop("support_refund", "partial")
        transactions = self.env["payment.transaction"].sudo()
        transaction = transactions.create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": move.name,
                "amount": move.amount_residual,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
                "invoice_ids": [(6, 0, move.ids)],
                "operation": "online_direct",
            }
        )
        transaction._set_done()
        transaction._post_process()
        return transaction

    def test_provider_pays_back(self):
        move = self.given
        self.provider(move)
        note = self.credit(move)
        wizard = self.dialog(note, self.head)
        self.assertEqual(wizard.way, "provider")
        self.assertTrue(wizard.provider)
        wizard.action_confirm()
        refund = note.transaction_ids
        self.assertRecordValues(refund, [{"amount": -1250.0, "operation": "refund"}])
        # until Odoo has booked it
        for _time in range(2):
            with self.assertRaisesRegex(UserError, "was asked already"):
                wizard.action_confirm()
        refund._post_process()
        self.assertEqual(self.status(note), "refunded")
        self.assertFalse(note.amount_to_refund)
        self.assertEqual(note.transaction_ids, refund)

    def test_invoice_is_made_anew_while_the_provider_pays_back(self):
        """What goes back is asked for anew: it is no money of the new invoice."""
        move = self.given
        self.provider(move)
        note = self.credit(move, 250.0)
        self.dialog(note).action_confirm()
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        new = move.booking_ids.invoice_id
        self.assertEqual(new.amount_residual, 250.0)
        note.transaction_ids._post_process()
        self.assertEqual((move + note).mapped("amount_residual"), [0.0, 0.0])
        self.assertEqual(new.amount_residual, 250.0)

    def test_answer_of_the_provider_is_lost(self):
        """It was asked, and nobody knows whether it pays back: nobody asks again."""
        move = self.given
        self.provider(move)
        note = self.credit(move)
        earlier = self.dialog(note), self.dialog(note, self.head)
        note.sudo().refund_asked_on = (
            "2026-11-22 08:00:00"  # then the server was killed
        )
        for wizard in earlier:
            for way in ("provider", "method"):
                wizard.way = way
                with self.assertRaisesRegex(UserError, "has asked .* meanwhile"):
                    wizard.action_confirm()
        wizard = self.dialog(note)
        self.assertEqual(wizard.way, "method")
        self.assertIn("has not confirmed it", wizard.warning)
        self.assertFalse(note.transaction_ids)
        wizard.action_confirm()
        self.assertEqual(self.status(note), "refunded")

    def test_asked_again_by_somebody_who_was_told(self):
        move = self.given
        self.provider(move)
        note = self.credit(move)
        note.sudo().refund_asked_on = "2026-11-22 08:00:00"
        wizard = self.dialog(note)
        wizard.way = "provider"
        wizard.action_confirm()
        self.assertEqual(note.transaction_ids.amount, -1250.0)

    def test_refund_that_stays_pending(self):
        move = self.given
        self.provider(move)
        note = self.credit(move)
        transactions = type(self.env["payment.transaction"])
        self.patch(transactions, "_send_refund_request", transactions._set_pending)
        self.dialog(note).action_confirm()
        with self.assertRaisesRegex(UserError, "was asked already"):
            self.dialog(note)
        with freeze_time("2026-11-30 09:00:00"):
            wizard = self.dialog(note)
            self.assertIn("has not confirmed it", wizard.warning)
            self.assertFalse(wizard.provider)
            wizard.action_confirm()
        self.assertEqual(self.status(note), "refunded")

    def test_paid_back_by_odoos_own_button(self):
        move = self.given
        payment = self.provider(move).payment_id
        note = self.credit(move)
        dialogs = self.env["payment.refund.wizard"].sudo()
        dialogs.create({"payment_id": payment.id}).action_refund()
        with self.assertRaisesRegex(UserError, "was asked already"):
            self.dialog(note)
        note.transaction_ids.filtered(
            lambda one: one.operation == "refund"
        )._post_process()
        self.assertEqual(self.status(note), "refunded")

    def test_paid_back_by_odoos_own_button_before_it_is_credited(self):
        move = self.given
        payment = self.provider(move).payment_id
        dialogs = self.env["payment.refund.wizard"].sudo()
        dialogs.create({"payment_id": payment.id}).action_refund()
        refund = payment.payment_transaction_id.child_transaction_ids
        refund._post_process()
        note = self.credit(move)
        with self.assertRaisesRegex(UserError, "paid it back already. Match it"):
            self.dialog(note)
        lines = (refund.payment_id.move_id + note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()
        self.assertEqual(self.status(note), "refunded")

    def test_provider_refuses(self):
        move = self.given
        self.provider(move)
        note = self.credit(move)

        def refuse(transaction):
            transaction._set_error("Card expired")

        self.patch(
            type(self.env["payment.transaction"]), "_send_refund_request", refuse
        )
        wizard = self.dialog(note)
        action = wizard.action_confirm()
        self.assertEqual(action["params"]["type"], "danger")
        # it may have been a time-out: whoever goes on is told
        wizard = self.dialog(note)
        self.assertEqual(wizard.way, "method")
        self.assertTrue(wizard.warning)
        wizard.action_confirm()
        self.assertEqual(self.status(note), "refunded")

    def test_provider_that_pays_back_all_or_nothing(self):
        move = self.given
        self.provider(move, support_refund="full_only")
        note = self.credit(move, 300.0)
        wizard = self.dialog(note)
        self.assertFalse(wizard.provider)
        wizard.way = "provider"
        with self.assertRaisesRegex(UserError, "cannot pay this back"):
            wizard.action_confirm()
