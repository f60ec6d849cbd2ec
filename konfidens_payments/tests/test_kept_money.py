from datetime import datetime, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon

CREDIT = "konfidens_payments.mail_activity_credit"


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestKeptMoney(PayLinkCommon):
    """What was paid for a draft that is gone is asked of nobody again."""

    def deposit(self, amount):
        """Return the booking of a draft of which so much was paid."""
        move = self.draft()
        self.pay(move, amount=amount)
        return move.booking_ids

    def assert_asked(self, booking, amount):
        self.send(booking.invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        lines = booking.invoice_id.payment_message_line_ids
        self.assertEqual(lines._get_latest().amount, amount)

    def test_next_draft_takes_the_deposit_however_the_first_went(self):
        for name, give_up in {
            "cancelled": lambda booking: booking.invoice_id.button_cancel(),
            "deleted": lambda booking: booking.invoice_id.unlink(),
            "billed elsewhere": lambda booking: booking.action_bill_externally(),
        }.items():
            with self.subTest(name):
                booking = self.deposit(400.0)
                give_up(booking)
                booking.action_create_invoice()
                self.assert_asked(booking, 850.0)

    def test_appointment_that_is_cancelled_and_restored(self):
        booking = self.deposit(1250.0)
        booking.invoicing_method = "automatic"
        old = booking.invoice_id
        booking.event_id.active = False
        [activity] = old.activity_search([CREDIT])
        self.assertEqual(
            activity.summary, "This cancelled draft was paid: pay the money back"
        )
        booking.event_id.active = True
        booking.invoice_id or booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_residual, 0.0)
        self.assertFalse(old.activity_search([CREDIT]))

    def test_draft_made_anew_of_a_paid_invoice_is_cancelled(self):
        move = self.posted()
        self.pay(move)
        move.action_credit_and_invoice_anew()
        booking = move.booking_ids
        self.assertEqual(booking.invoice_id.amount_residual, 0.0)
        booking.invoice_id.button_cancel()
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_residual, 0.0)

    def test_completed_invoice_that_is_cancelled_at_once(self):
        move = self.posted()
        self.pay(move, amount=500.0)
        move.button_cancel()
        [activity] = move.activity_search([CREDIT])
        self.assertIn("pay the money back", activity.summary)
        booking = move.booking_ids
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_residual, 750.0)
        self.assertFalse(move.activity_search([CREDIT]))

    def test_payer_goes_and_comes_back(self):
        booking = self.deposit(400.0)
        booking.payer_id = self.env["res.partner"].create({"name": "Somebody"})
        self.assertEqual(booking.invoice_id.amount_residual, 1250.0)
        booking.payer_id = self.client
        self.assertEqual(booking.invoice_id.amount_residual, 850.0)

    def test_draft_that_nobody_paid_asks_nobody(self):
        move = self.draft()
        move.button_cancel()
        self.assertFalse(move.activity_ids)


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestAccountantsButtons(PayLinkCommon):
    """What an accountant does with drafts, past the booking."""

    given_by = "draft"

    def test_cancelled_draft_that_is_reset_follows_its_booking(self):
        move = self.given
        booking = move.booking_ids
        move.button_cancel()
        payer = self.env["res.partner"].create(
            {"name": "Mother", "email": "mother@example.com"}
        )
        booking.write({"price": 50.0, "payer_id": payer.id})
        start = datetime(2026, 12, 22, 9, 0)
        booking.write({"start": start, "stop": start + timedelta(hours=1)})
        move.button_draft()
        self.assertEqual((move.partner_id, move.amount_total), (payer, 50.0))
        self.assertIn("December 22", move.invoice_line_ids.name)

    def test_what_is_billed_elsewhere_is_not_posted(self):
        move = self.given
        move.booking_ids.action_bill_externally()
        move.button_draft()
        for press in (move.action_complete_invoice, move.action_post):
            with self.assertRaisesRegex(UserError, "in another system"):
                press()

    def test_reset_draft_of_a_cancelled_appointment(self):
        move = self.given
        booking = move.booking_ids
        booking.event_id.active = False
        move.button_draft()
        self.assertIn("was cancelled", booking.payment_next_step)
        with self.assertRaisesRegex(UserError, "was cancelled"):
            move.action_complete_invoice()
        move.action_post()  # to be paid all the same
        self.assertEqual(move.state, "posted")

    def test_invoice_that_was_taken_back_says_what_to_do(self):
        move = self.sent()
        self.complete_delivered()
        move.button_draft()
        self.assertIn("Confirm it again", move.payment_message_story)
        self.assertIn("Confirm it again", move.booking_ids.payment_next_step)
        move.action_complete_invoice()
        self.assertEqual(move.state, "posted")

    def test_blocked_draft_says_so(self):
        move = self.given
        self.send(move)
        move.action_toggle_block_payment()
        self.assertIn("is blocked", move.booking_ids.payment_next_step)

    def test_nobody_hears_of_an_invoice_after_its_due_date(self):
        for days, scheduled in ((30, "2026-11-22"), (3, "2026-11-25")):
            move = self.draft()
            at = datetime(2026, 11, 22, 9, 0) + timedelta(days=days)
            message = self.send(move, send_mode="later", scheduled_date=at)
            move.action_complete_invoice()
            self.assertEqual(str(message.scheduled_date.date()), scheduled)

    def test_line_that_bills_the_appointment_stays_on_its_draft(self):
        move = self.given
        line = {"name": "Something else", "price_unit": 900.0}
        with self.assertRaisesRegex(UserError, "bills the appointment"):
            move.invoice_line_ids = [
                Command.delete(move.invoice_line_ids.id),
                Command.create(line),
            ]

    def test_bank_account_that_came_after_the_draft(self):
        self.company.partner_id.bank_ids.unlink()
        move = self.draft()
        self.assertFalse(move.partner_bank_id)
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "86011117947",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        move.action_complete_invoice()
        self.assertEqual(move.partner_bank_id, bank)

    def test_service_of_a_draft_is_not_taken_away(self):
        booking = self.given.booking_ids
        for record in (booking, booking.event_id):
            with self.assertRaisesRegex(UserError, "needs a service"):
                record.service_id = False

    def test_price_is_zero_or_more(self):
        booking = self.given.booking_ids
        with self.assertRaisesRegex(ValidationError, "zero or more"):
            booking.price = -5.0

    def test_contact_with_a_cancelled_invoice_stays(self):
        move = self.given
        move.booking_ids.event_id.active = False
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.client.unlink()

    def test_journal_of_another_company_is_refused(self):
        other = self.setup_other_company(name="Praksis Sor")
        move = self.draft()
        with self.assertRaises(UserError), self.cr.savepoint():
            move.journal_id = other["default_journal_sale"]
            self.env.flush_all()
