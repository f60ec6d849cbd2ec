from .pay_link_common import PayLinkCommon


class DeskCommon(PayLinkCommon):
    """A practice that takes money in cash, by card terminal and by a Vipps number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.till = cls.company_data["default_journal_cash"]
        cls.cash = cls.add_method("Cash", cls.till)
        cls.card = cls.add_method("Card terminal", cls.bank)
        cls.vipps = cls.add_method("Vipps", cls.bank, pay_to="Vipps 12345")
        cls.secretary = cls.hire(
            "secretary", "konfidens_payments.group_payments_user_all"
        )
        cls.head = cls.hire("head", "konfidens_payments.group_payments_manager")
        cls.auditor = cls.hire("auditor", "account.group_account_readonly")
        cls.employee = cls.hire("reception", "base.group_user")
        cls.colleague = cls.hire("colleague", "konfidens_payments.group_payments_user")

    @classmethod
    def add_method(cls, name, journal, **values):
        # sudo: whoever keeps the accounts of the practice
        methods = cls.env["konfidens.payment.method"].sudo()
        return methods.create(
            {
                "name": name,
                "journal_id": journal.id,
                "company_id": journal.company_id.id,
                **values,
            }
        )

    def dialog(self, record):
        """Open *Take Payment* on an invoice, a booking or an appointment."""
        action = record.action_take_payment()
        return record.env[action["res_model"]].browse(action["res_id"])

    def take(self, record, method=None, **values):
        """Take a payment at the desk; return the dialog, which shows it."""
        wizard = self.dialog(record)
        wizard.write({"method_id": (method or self.cash).id, **values})
        wizard.action_take()
        self.env.flush_all()
        self.env.invalidate_all()
        return wizard

    def payments(self, move):
        """Return the payments of an invoice, with all rights."""
        payments = self.env["account.payment"].sudo()
        return payments.search([("invoice_ids", "in", move.ids)], order="id")

    def assert_paid(self, move, amount, method):
        """Check that so much was paid, once, and that nothing is left."""
        payment = self.payments(move)
        self.assertRecordValues(
            payment,
            [
                {
                    "amount": amount,
                    "journal_id": method.journal_id.id,
                    "payments_method_id": method.id,
                    "payment_type": "inbound",
                }
            ],
        )
        self.assertEqual((move.state, move.amount_residual), ("posted", 0.0))
        self.assertEqual(move.booking_ids.payment_status, "paid")
        self.assertTrue(move.booking_ids.is_settled)
        return payment
