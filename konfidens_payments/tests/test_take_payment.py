from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .desk_common import DeskCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTakePayment(DeskCommon):
    """A payment that is taken at the desk: by whom, once, and when."""

    given_by = "posted"

    # === FROM WHERE, AND BY WHOM === #

    def test_practitioner_takes_it_on_appointment_booking_and_invoice(self):
        for name, find in {
            "appointment": lambda move: move.booking_ids.event_id,
            "booking": lambda move: move.booking_ids,
            "invoice": lambda move: move,
        }.items():
            with self.subTest(name):
                move = self.draft()
                wizard = self.take(
                    self.as_practitioner(find(move)), self.card, reference="Slip 77"
                )
                payment = self.assert_paid(move, 1250.0, self.card)
                self.assertEqual(payment.payment_reference, "Slip 77")
                self.assertEqual(payment.create_uid, self.practitioner)
                self.assertEqual(wizard.step, "paid")
                self.assertIn("$ 1,250.00", wizard.result.replace("\xa0", " "))
                self.assertIn("Card terminal", wizard.result)
                self.assertIn("Slip 77", move.message_ids[0].body)

    def test_booking_without_invoice_gets_it_first(self):
        event = self.as_practitioner(self.book(service_id=self.service.id))
        self.take(event)
        move = self.booking_of(event).invoice_id
        self.assert_paid(move, 1250.0, self.cash)
        self.assertTrue(move.name.startswith("INV/"))

    def test_who_may(self):
        move = self.given
        booking = move.booking_ids
        for user in (self.colleague, self.employee, self.auditor):
            for record in (move, booking, booking.event_id):
                with (
                    self.subTest(user=user.login, model=record._name),
                    self.assertRaises(AccessError),
                    self.cr.savepoint(),
                ):
                    record.with_user(user).action_take_payment()
        for user in (self.practitioner, self.secretary, self.head, self.accountant):
            with self.subTest(user.login):
                self.take(move.with_user(user), amount=100.0)
        self.assertEqual(move.amount_residual, 850.0)

    def test_the_dialog_of_one_is_no_other_s(self):
        wizard = self.dialog(self.as_practitioner(self.posted()))
        for user in (self.secretary, self.colleague, self.employee):
            theirs = wizard.with_user(user)
            for act in (theirs.action_take, theirs.action_show_link):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    act()

    def test_nobody_makes_up_what_the_dialog_is_about(self):
        mine = self.dialog(self.as_practitioner(self.posted()))
        foreign = self.draft(user_id=self.colleague.id)
        for values in (
            {"move_id": foreign.id},
            {"amount_left": 1.0},
            {"payment_id": 1},
            {"shows_link": True},
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                mine.write(values)
        with self.assertRaises(AccessError), self.cr.savepoint():
            mine.create({"move_id": foreign.id, "currency_id": 1})
        foreign.partner_id = self.env["res.partner"].create({"name": "Ola Hansen"})
        shown = mine.onchange({"move_id": foreign.id}, ["move_id"], {"payer": {}})
        self.assertEqual(shown["value"].get("payer", mine.payer), self.client.name)

    def test_nobody_learns_of_another_payment(self):
        move = self.given
        self.take(move, amount=12.34)
        secret = self.payments(move)
        mine = self.as_practitioner(self.posted())
        made = mine.with_context(default_payment_id=secret.id).action_take_payment()
        wizard = mine.env[made["res_model"]].browse(made["res_id"])
        self.assertEqual((wizard.step, wizard.result), ("take", False))
        with self.assertRaises(AccessError), self.cr.savepoint():
            wizard.onchange({"payment_id": secret.id}, ["payment_id"], {"result": {}})
        shown = wizard.onchange({"shows_link": True}, ["shows_link"], {"step": {}})
        self.assertNotIn("link", str(shown))

    def test_nobody_writes_off_by_a_context(self):
        move = self.given
        wizard = self.dialog(self.as_practitioner(move))
        wizard.write({"method_id": self.cash.id, "amount": 1.0})
        account = self.company_data["default_account_expense"]
        wizard.with_context(
            default_payment_difference_handling="reconcile",
            default_writeoff_account_id=account.id,
            default_writeoff_label="Gone",
        ).action_take()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(move.amount_residual, 1249.0)
        self.assertEqual(move.payment_state, "partial")
        self.assertNotIn(account, self.payments(move).move_id.line_ids.account_id)

    def test_right_that_is_gone_meanwhile(self):
        move = self.given
        wizard = self.dialog(self.as_practitioner(move))
        move.booking_ids.sudo().user_id = self.colleague
        with self.assertRaises(AccessError), self.cr.savepoint():
            wizard.action_take()
        self.assertFalse(self.payments(move))

    def test_form_as_a_practitioner_sees_it(self):
        wizard = self.dialog(self.as_practitioner(self.draft()))
        form = Form(wizard)
        self.assertEqual((form.step, form.amount), ("take", 1250.0))
        self.assertEqual(form.payer, "Kari Nordmann")
        self.assertIn("completed first", form.note)
        self.assertIn("November 10, 2026", form.appointment)
        form.method_id = self.vipps
        self.assertEqual(form.pay_to, "Vipps 12345")
        form.save().action_take()
        self.assertEqual(Form(wizard).step, "paid")

    # === ONCE === #

    def test_pressed_twice(self):
        move = self.draft()
        wizard = self.take(self.as_practitioner(move))
        for _time in range(2):
            action = wizard.action_take()
            self.assertEqual(action["res_id"], wizard.id)
        self.assert_paid(move, 1250.0, self.cash)

    def test_two_people_at_once(self):
        move = self.given
        first = self.dialog(self.as_practitioner(move))
        second = self.dialog(move.with_user(self.secretary))
        first.action_take()
        with self.assertRaisesRegex(UserError, "settled already"):
            second.action_take()
        self.assert_paid(move, 1250.0, self.cash)

    def test_two_people_take_a_part_at_once(self):
        move = self.given
        first = self.dialog(self.as_practitioner(move))
        second = self.dialog(move.with_user(self.secretary))
        first.amount = second.amount = 400.0
        first.action_take()
        with self.assertRaisesRegex(UserError, "850.00 now. Close this window"):
            second.action_take()
        self.assertEqual(self.payments(move).mapped("amount"), [400.0])

    def test_another_price_meanwhile(self):
        move = self.draft()
        wizard = self.dialog(self.as_practitioner(move))
        move.booking_ids.price = 1000.0
        with self.assertRaisesRegex(UserError, "1,000.00 now"):
            wizard.action_take()
        self.assertEqual(move.state, "draft")

    # === IN WHICH STATE === #

    def test_states_in_which_nothing_is_taken(self):
        paid, credited, cancelled, elsewhere, free = (self.draft() for _ in range(5))
        paid.action_complete_invoice()
        self.pay(paid)
        credited.action_complete_invoice()
        credited._reverse_moves(cancel=True)
        cancelled.button_cancel()
        elsewhere.externally_billed = True
        free.booking_ids.price = 0.0
        for move, words in {
            paid: "settled already",
            credited: "settled already",
            cancelled: "is cancelled",
            elsewhere: "in another system",
            free: "has nothing to pay",
            self.env["account.move"].create(
                {"move_type": "out_invoice", "partner_id": self.client.id}
            ): "bills no appointment",
        }.items():
            with self.assertRaisesRegex(UserError, words):
                move.action_take_payment()

    def test_taxed_before_the_appointment(self):
        self.service.taxes_id = self.company_data["default_tax_sale"]
        start = datetime(2026, 11, 29, 9)
        move = self.draft(start=start, stop=start + timedelta(hours=1))
        for press in (
            self.as_practitioner(move).action_take_payment,
            self.as_practitioner(move.booking_ids).action_take_payment,
        ):
            with self.assertRaisesRegex(UserError, "is taxed"):
                press()
        with freeze_time("2026-11-29 09:00:00"):
            self.take(self.as_practitioner(move))
            self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_invoice_that_was_taken_back(self):
        move = self.given
        move.button_draft()
        self.take(self.as_practitioner(move))
        self.assert_paid(move, 1250.0, self.cash)

    def test_no_way_to_pay_is_chosen_yet(self):
        (self.cash + self.card + self.vipps).active = False
        move = self.posted()
        wizard = self.dialog(self.as_practitioner(move))
        self.assertIn("Configuration, Ways to Pay", wizard.note)
        with self.assertRaisesRegex(UserError, "Choose one of the ways"):
            wizard.action_take()

    def test_group(self):
        other = self.client.copy({"name": "Second", "email": "second@example.com"})
        guests = self.client + other + self.practitioner.partner_id
        event = self.book(
            service_id=self.service.id, partner_ids=[Command.set(guests.ids)]
        )
        event.action_bill_each_guest()
        event = self.as_practitioner(event)
        with self.assertRaisesRegex(UserError, "Several pay"):
            event.action_take_payment()
        first, second = self.as_practitioner(self.booking_of(event))
        self.take(first)
        self.take(event)
        self.assertEqual(second.payment_status, "paid")
