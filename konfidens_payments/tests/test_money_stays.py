from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon

CREDIT = "konfidens_payments.mail_activity_credit"


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestMoneyStays(PayLinkCommon):
    """What came is neither lost nor asked for again, by whichever way it came."""

    given_by = "posted"

    def term(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term")

    def pay_by_bank(self, moves, amount):
        """Match a line of the bank's statement with invoices; return the line."""
        move = moves[:1]
        statement_line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-11-20",
                "payment_ref": move.payment_reference or "Deposit",
                "amount": amount,
                "partner_id": move.partner_id.id,
            }
        )
        _bank, suspense, _others = statement_line._seek_for_lines()
        suspense.account_id = self.term(move).account_id
        for each in moves:
            (suspense + self.term(each)).reconcile()
        return statement_line

    def credit_of_another(self):
        """Return the credit note of another invoice that was paid: 1,250 to go back."""
        other = self.posted()
        self.pay(other)
        note = self.credit(other)
        self.assertEqual(note.amount_to_refund, 1250.0)
        return note

    def reversal(self, move, **values):
        """Return Odoo's dialog that credits an invoice."""
        dialogs = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        return dialogs.create({"journal_id": move.journal_id.id, **values})

    def credit(self, move):
        """Credit all of an invoice; return the credit note."""
        dialog = self.reversal(move)
        dialog.refund_moves()
        dialog.new_move_ids.action_post()
        return dialog.new_move_ids

    def lend(self, note, move):
        (self.term(note) + self.term(move)).reconcile()

    def anew(self, move):
        """Credit an invoice and make it anew; return the new draft."""
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        return move.booking_ids.invoice_id

    def asked(self, move):
        return move.activity_search([CREDIT]).mapped("summary")

    def overpaid(self, move):
        return [
            summary
            for summary in move.activity_ids.mapped("summary")
            if "too much" in summary
        ]

    # === BY THE BANK'S STATEMENT === #

    def test_what_the_bank_says_pays_the_new_invoice(self):
        move = self.given
        line = self.pay_by_bank(move, 1250.0)
        draft = self.anew(move)
        self.assertEqual(draft.amount_residual, 0.0)
        for price, left in ((1400.0, 150.0), (1000.0, 0.0), (1250.0, 0.0)):
            draft.booking_ids.price = price
            self.assertEqual(draft.amount_residual, left)
        self.assertTrue(line.is_reconciled)

    def test_deposit_by_the_bank_stays_through_changes(self):
        move = self.draft()
        line = self.pay_by_bank(move, 500.0)
        move.booking_ids.price = 1400.0
        self.assertEqual(move.amount_residual, 900.0)
        move.invoice_line_ids.price_unit = 700.0
        self.assertEqual(move.amount_residual, 200.0)
        self.assertTrue(line.is_reconciled)

    def test_one_line_of_the_bank_for_two_stays_when_the_draft_is_completed(self):
        for amount, left in ((2000.0, 500.0), (2500.0, 0.0)):
            for complete in ("action_complete_invoice", "action_post"):
                with self.subTest(amount=amount, complete=complete), self.undone():
                    done, draft = self.given, self.draft()
                    self.pay_by_bank(done + draft, amount)
                    self.assertEqual(draft.amount_residual, left)
                    getattr(draft, complete)()
                    self.assertEqual(done.amount_residual, 0.0)
                    self.assertEqual(
                        (draft.state, draft.amount_residual), ("posted", left)
                    )

    def test_one_line_of_the_bank_for_two_stays_when_the_job_completes_one(self):
        done, draft = self.given, self.draft()
        self.pay_by_bank(done + draft, 2500.0)
        self.complete_delivered()
        self.assertEqual((draft.state, draft.amount_residual), ("posted", 0.0))
        self.assertEqual(draft.booking_ids.payment_status, "paid")

    def test_what_the_bank_says_stays_when_it_is_taken_back_and_confirmed(self):
        for others in (self.given.browse(), self.posted()):
            with self.subTest(others=others), self.undone():
                move = self.given
                self.pay_by_bank(move + others, 1250.0 * len(move + others))
                move.button_draft()
                move.action_post()
                self.assertEqual(move.amount_residual, 0.0)

    def test_one_line_of_the_bank_for_two_pays_what_is_made_anew(self):
        move, other = self.given, self.posted()
        self.pay_by_bank(move + other, 2500.0)
        draft = self.anew(move)
        draft.action_complete_invoice()
        self.assertEqual((draft + other).mapped("amount_residual"), [0.0, 0.0])

    # === BY THE CREDIT OF ANOTHER INVOICE === #

    def test_credit_of_another_invoice_pays_the_new_one(self):
        move = self.given
        self.lend(self.credit_of_another(), move)
        self.assertEqual(move.booking_ids.payment_status, "paid")
        draft = self.anew(move)
        self.assertEqual(draft.amount_residual, 0.0)
        draft.booking_ids.price = 1500.0
        self.assertEqual(draft.amount_residual, 250.0)

    def test_credit_of_another_invoice_goes_back_where_this_is_credited(self):
        move, note = self.given, self.credit_of_another()
        self.lend(note, move)
        self.assertFalse(note.amount_to_refund)
        self.assertEqual(self.credit(move).amount_to_refund, 1250.0)
        self.assertIn("to be paid back", move.booking_ids.payment_next_step)

    # === WHERE NOTHING IS OWED ANY MORE === #

    def test_money_of_what_costs_nothing_any_more(self):
        def discount(percent):
            return lambda booking: booking.invoice_id.invoice_line_ids.write(
                {"discount": percent}
            )

        for name, free, back in (
            (
                "price",
                lambda booking: booking.write({"price": 0.0}),
                lambda booking: booking.write({"price": 1250.0}),
            ),
            ("discount", discount(100.0), discount(0.0)),
            (
                "fee waived",
                lambda booking: booking._mark("no_show", {booking.id: 0.0}, "Ill"),
                lambda booking: booking.action_planned(),
            ),
        ):
            with self.subTest(name), self.undone():
                move = self.draft()
                booking = move.booking_ids.sudo()
                self.pay(move, amount=400.0)
                free(booking)
                self.assertEqual(booking.payment_status, "free")
                self.assertEqual(len(self.asked(move)), 1)
                self.assertIn("pay it back", self.asked(move)[0])
                back(booking)
                self.assertEqual(move.amount_residual, 850.0)
                self.assertFalse(self.asked(move))

    def test_another_payer_does_not_owe_it(self):
        move = self.draft()
        self.pay(move, amount=400.0)
        move.booking_ids.payer_id = self.env["res.partner"].create({"name": "Mother"})
        self.assertEqual(move.amount_residual, 1250.0)
        self.assertEqual(len(self.asked(move)), 1)
        move.booking_ids.payer_id = self.client
        self.assertEqual(move.amount_residual, 850.0)
        self.assertFalse(self.asked(move))

    def test_what_an_accountant_took_off_stays_off(self):
        move = self.draft()
        self.pay(move, amount=400.0)
        move.booking_ids.price = 0.0
        move.booking_ids.price = 1250.0
        self.assertEqual(move.amount_residual, 850.0)
        self.term(move).remove_move_reconcile()
        move.booking_ids.price = 1300.0
        self.assertEqual(move.amount_residual, 1300.0)

    # === PAID TOO MUCH === #

    def test_what_was_written_off_is_not_paid_too_much(self):
        for price, said in ((1000.0, []), (800.0, ["200.00 was paid too much"])):
            with self.subTest(price), self.undone():
                move = self.given
                self.pay(
                    move,
                    amount=1000.0,
                    payment_difference_handling="reconcile",
                    writeoff_account_id=self.company_data["default_account_expense"].id,
                )
                draft = self.anew(move)
                draft.booking_ids.price = price
                draft.action_complete_invoice()
                self.assertEqual(
                    [words.lstrip("$ \xa0") for words in self.overpaid(draft)], said
                )
                self.assertEqual(draft._get_received_amount(), price)

    def test_paid_in_another_currency_too_much(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-11-01", 0.1)])
        move = self.draft()
        move.write(
            {
                "currency_id": euro.id,
                "invoice_line_ids": [
                    Command.update(move.invoice_line_ids.id, {"price_unit": 100.0})
                ],
            }
        )
        move.action_complete_invoice()
        self.pay(move, currency_id=self.company.currency_id.id, amount=1000.0)
        self.assertEqual(move.amount_residual, 0.0)
        draft = self.anew(move)
        draft.invoice_line_ids.price_unit = 60.0
        draft.action_complete_invoice()
        self.assertEqual(len(self.overpaid(draft)), 1)
        self.assertIn("400.00", self.overpaid(draft)[0])

    # === CREDITED LATER === #

    def test_billed_anew_only_once_it_is_credited(self):
        move = self.given
        wizard = self.reversal(move, date="2026-12-20")
        with self.assertRaisesRegex(UserError, "Choose today"):
            wizard.modify_moves()
        self.assertFalse(move.reversal_move_ids)
        wizard.refund_moves()
        self.assertEqual(move.reversal_move_ids.state, "draft")
