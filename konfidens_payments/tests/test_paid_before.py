from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPaidBefore(PayLinkCommon):
    """Money that came before the invoice was completed is not asked for again."""

    given_by = "draft"

    def leave(self):
        """Let due messages leave; return the mails."""
        with self.mock_mail_gateway():
            self.send_due()
            return list(self._mails)

    def hand_over(self):
        """Hand due messages over; none of the mails has left yet."""
        messages = self.env["konfidens.payment.message"].sudo()
        with self.enter_registry_test_mode():
            messages.search([("state", "=", "scheduled")])._hand_over()
        self.env.invalidate_all()

    def booking_status(self, move):
        self.env.flush_all()
        self.env.invalidate_all()
        return move.booking_ids.payment_status

    def pay_online(self, move):
        """Return a payment that is under way at a payment provider."""
        provider = self.env["payment.provider"].create(
            {"name": "Card", "code": "none", "company_id": self.company.id}
        )
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "reference": move.name,
                "amount": move.amount_residual,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
                "invoice_ids": [Command.set(move.ids)],
                "state": "pending",
            }
        )
        # one that is none of Odoo's stand-ins for paying by hand
        self.patch(type(transaction), "provider_code", "card")
        return transaction

    # === A DEPOSIT === #

    def test_deposit_the_rest_is_asked(self):
        move = self.given
        self.pay(move, amount=400)
        self.send(move)
        [mail] = self.leave()
        line = move.payment_message_line_ids
        self.assertEqual((line.amount_total, line.amount), (1250, 850))
        self.assertIn("850", mail["body"])
        self.assertNotIn("1,250", mail["body"])
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.amount_residual, 850)
        self.assert_page(move, "partly_paid", "$ 850.00", "$ 400.00 of $ 1,250.00")

    def test_deposit_on_the_draft_stays_when_its_price_changes(self):
        move = self.given
        self.pay(move, amount=400)
        move.booking_ids.price = 1000
        self.assertEqual(move.amount_residual, 600)
        move.invoice_line_ids.price_unit = 900
        self.assertEqual(move.amount_residual, 500)
        move.with_user(self.accountant).write(
            {
                "invoice_line_ids": [
                    Command.create({"name": "Report", "price_unit": 100, "tax_ids": []})
                ]
            }
        )
        self.assertEqual(move.amount_residual, 600)
        self.send(move)
        self.leave()
        self.assertEqual(move.payment_message_line_ids.amount, 600)

    def test_deposit_stays_in_a_currency_whose_rate_changed(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-11-01", 2.0), ("2026-12-20", 4.0)]
        )
        move = self.draft()
        move.currency_id = currency
        self.pay(move, amount=400)
        self.assertEqual(move.amount_residual, 850)
        with freeze_time("2026-12-22 09:00"):
            move.action_complete_invoice()
        self.assertEqual(move.invoice_currency_rate, 4.0)
        self.assertEqual(move.amount_residual, 850)

    def test_deposit_of_one_payer_is_not_another_s(self):
        move = self.given
        self.pay(move, amount=400)
        other = self.env["res.partner"].create(
            {"name": "Employer", "email": "employer@example.com"}
        )
        move.booking_ids.payer_id = other
        self.assertEqual(move.partner_id, other)
        self.assertEqual(move.amount_residual, 1250)

    def test_deposit_is_free_again_when_the_draft_is_cancelled(self):
        move = self.given
        self.pay(move, amount=400)
        payment = move.reconciled_payment_ids
        move.action_bill_externally()
        self.assertEqual(move.state, "cancel")
        self.assertFalse(payment.reconciled_invoice_ids.filtered("line_ids.reconciled"))

    # === PAID IN FULL === #

    def test_paid_in_full_completes_the_invoice(self):
        move = self.given
        message = self.send(move)
        message.sudo().scheduled_date = self.now() + timedelta(days=3)
        self.pay(move)
        self.assertEqual(self.booking_status(move), "paid")
        self.assertTrue(move.booking_ids.is_settled)
        self.assertEqual(move.state, "draft")
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.booking_status(move), "paid")
        with freeze_time("2026-11-26 09:00"):
            self.assertFalse(self.leave())
        self.assertEqual(message.state, "cancelled")
        self.assert_page(move, "paid")

    def test_paid_in_full_wakes_the_job(self):
        move = self.given
        xmlid = "konfidens_payments.ir_cron_complete_delivered"
        with self.capture_triggers(xmlid) as captured:
            self.pay(move)
        self.assertIn(self.now(), captured.records.mapped("call_at"))

    def test_paid_in_two_parts(self):
        move = self.given
        self.pay(move, amount=400)
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.pay(move, amount=850)
        self.complete_delivered()
        self.assertEqual((move.state, move.payment_state), ("posted", "paid"))

    def test_paid_in_full_while_its_mail_waits(self):
        move = self.given
        self.send(move)
        self.hand_over()
        self.assertEqual(move.payment_message_ids.state, "sent")
        self.pay(move)
        with freeze_time("2026-11-22 11:00"):
            self.assertFalse(self.leave())
        self.complete_delivered()
        self.assertEqual((move.state, move.payment_state), ("posted", "paid"))

    def test_payment_taken_back_in_time(self):
        move = self.given
        message = self.send(move)
        message.sudo().scheduled_date = self.now() + timedelta(days=3)
        self.pay(move)
        payment = move.reconciled_payment_ids
        payment.action_draft()
        payment.action_cancel()
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertEqual(self.booking_status(move), "scheduled")
        self.assertEqual(message.state, "scheduled")

    def test_what_keeps_it_from_being_completed_asks_a_person(self):
        move = self.given
        self.pay(move)
        account = move.invoice_line_ids.account_id
        account.active = False
        for _i in range(5):
            with freeze_time(move.payment_completion_date):
                self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertEqual(self.booking_status(move), "attention")
        self.assertIn("has paid", move.activity_ids.note)
        account.active = True
        move.action_complete_invoice()
        self.assertEqual(self.booking_status(move), "paid")
        self.assertFalse(move.activity_ids)

    def test_paid_in_full_is_not_messaged_by_hand(self):
        move = self.given
        self.pay(move)
        with self.assertRaisesRegex(UserError, "settled already"):
            self.send(move)

    # === ONLINE, AND NOT THROUGH YET === #

    def test_pending_payment_holds_the_message_back(self):
        move = self.posted()
        self.send(move)
        transaction = self.pay_online(move)
        self.assertFalse(self.leave())
        message = move.payment_message_ids
        self.assertEqual(message.state, "scheduled")
        self.assertIn("being processed", message.story)
        self.assertGreater(message.scheduled_date, self.now())
        with freeze_time("2026-11-22 09:20"):
            self.assertFalse(self.leave())
        transaction.state = "cancel"
        with freeze_time("2026-11-22 09:40"):
            self.assertEqual(len(self.leave()), 1)

    def test_payment_that_came_through_takes_the_message_along(self):
        move = self.posted()
        self.send(move)
        transaction = self.pay_online(move)
        self.assertFalse(self.leave())
        transaction.state = "done"
        self.pay(move)
        with freeze_time("2026-11-22 09:20"):
            self.assertFalse(self.leave())
        self.assertEqual(move.payment_message_ids.state, "cancelled")

    def test_pending_payment_takes_back_what_has_not_left(self):
        move = self.posted()
        self.send(move)
        self.hand_over()
        transaction = self.pay_online(move)
        with freeze_time("2026-11-22 11:00"):
            self.assertFalse(self.leave())
            self.assertEqual(
                move.payment_message_ids.sorted("id").mapped("state"),
                ["cancelled", "scheduled"],
            )
        transaction.state = "cancel"
        with freeze_time("2026-11-22 12:00"):
            self.assertEqual(len(self.leave()), 1)

    def pay_by_demo_provider(self, moves):
        """Return a payment under way that the demo provider lets through when asked."""
        provider = self.env.ref("payment.payment_provider_demo").sudo()
        provider = provider.copy({"company_id": self.company.id, "state": "test"})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "reference": moves[0].name,
                "amount": sum(moves.mapped("amount_residual")),
                "currency_id": moves.currency_id.id,
                "partner_id": moves.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(moves.ids)],
            }
        )
        transaction._set_pending()
        return transaction

    def test_pending_payment_of_what_is_replaced_holds_it_back_and_pays_it(self):
        old = self.posted()
        transaction = self.pay_by_demo_provider(old)
        old.action_credit_and_invoice_anew()
        new = old.booking_ids.invoice_id
        self.send(new)
        self.assertFalse(self.leave())
        self.assertEqual(new.payment_message_ids.state, "scheduled")
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(new.amount_residual, 0.0)
        with freeze_time("2026-11-22 09:20"):
            self.assertFalse(self.leave())

    def test_payment_of_what_was_cancelled_asks_somebody_to_pay_it_back(self):
        old = self.posted()
        transaction = self.pay_by_demo_provider(old)
        old._reverse_moves(cancel=True)
        transaction._set_done()
        transaction._post_process()
        [activity] = old.activity_ids
        self.assertIn("pay the money back", activity.summary)

    def test_client_who_pays_twice_has_somebody_asked(self):
        """At the desk and by the link, at once; or a draft, and then by the link."""

        def told():
            move = self.draft()
            self.send(move)
            self.leave()
            return move

        for name, begin, others in (
            ("completed", self.posted, lambda move: self.pay(move)),
            ("told draft", told, lambda move: self.pay(move)),
            ("partly", self.posted, lambda move: self.pay(move, amount=400)),
        ):
            with self.subTest(name), self.undone():
                move = begin()
                transaction = self.pay_by_demo_provider(move)
                others(move)
                much = 1250.0 - move.amount_residual
                transaction._set_done()
                transaction._post_process()
                self.assertEqual(move.amount_residual, 0.0)
                todo = move.activity_ids.filtered(
                    lambda activity, much=much: f"{much:,.2f}" in activity.summary
                )
                self.assertEqual(len(todo), 1, move.activity_ids.mapped("summary"))
                self.assertIn("was paid too much", todo.summary)

    def test_joint_payment_of_what_is_credited_and_paid_meanwhile_asks_once(self):
        credited, paid = self.posted(), self.posted()
        transaction = self.pay_by_demo_provider(credited + paid)
        credited._reverse_moves(cancel=True)
        self.pay(paid)
        transaction._set_done()
        transaction._post_process()
        activity = (credited + paid).activity_ids
        self.assertEqual(len(activity), 1, activity.mapped("summary"))
        self.assertIn("pay the money back", activity.summary)

    def test_payment_of_what_is_to_be_paid_asks_nobody(self):
        move = self.posted()
        transaction = self.pay_by_demo_provider(move)
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(move.amount_residual, 0.0)
        self.assertFalse(move.activity_ids)
