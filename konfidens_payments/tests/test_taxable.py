from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon

START = datetime(2026, 12, 8, 9, 0)
STORY = "completed when the appointment begins"


@freeze_time("2026-11-25 09:00:00")
@tagged("post_install", "-at_install")
class TestTaxable(PayLinkCommon):
    """A taxed invoice is completed when its appointment begins, at the earliest."""

    given_by = "delivered"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.taxes_id = cls.company_data["default_tax_sale"]

    def draft(self, **values):
        times = {"start": START, "stop": START + timedelta(hours=1)}
        return super().draft(**{**times, **values})

    def delivered(self, **values):
        """Return a draft whose payment message arrived."""
        move = self.draft(**values)
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.payment_message_state, "delivered")
        return move

    def complete_at(self, moment):
        with freeze_time(moment):
            self.complete_delivered()

    def assert_waits(self, move):
        self.assertEqual(move.state, "draft")
        self.assertFalse(move.invoice_date)
        self.assertEqual(move.booking_ids.payment_status, "sent")
        self.assertEqual(move.booking_status, "sent")
        self.assertFalse(move.payment_message_attention)
        self.assertFalse(move.payment_completion_problem)
        self.assertFalse(move.activity_ids)
        self.assertIn(STORY, move.payment_message_story)
        self.assertIn("December 8, 2026", move.payment_message_story)

    def test_delivered_right_after_booking_is_completed_at_the_start(self):
        self.company.payments_timing_moment = "booking"
        job = "konfidens_payments.ir_cron_complete_delivered"
        with self.capture_triggers(job) as triggers:
            move = self.delivered()
        self.assertIn(START, triggers.records.mapped("call_at"))
        self.assert_waits(move)
        self.complete_at(START - timedelta(seconds=1))
        self.assert_waits(move)
        self.complete_at(START)
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.invoice_date, START.date())
        self.assertFalse(move.completes_after)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.assertNotIn(STORY, move.payment_message_story)

    def test_idle_before_and_after(self):
        messages = self.env["konfidens.payment.message"]
        self.assertFalse(messages._has_unfinished())
        with freeze_time(START):
            self.assertTrue(messages._has_unfinished())
        self.complete_at(START)
        with freeze_time(START):
            self.assertFalse(messages._has_unfinished())

    def test_page_says_from_when(self):
        move = self.given
        words = "You can pay from December 8, 2026 at 10:00 AM"
        page = self.assert_page(move, "preparing", words)
        for way in ("payment=True", ">Pay<", "invoice_url", "http-equiv"):
            self.assertNotIn(way, page)
        self.assert_waits(move)
        with freeze_time(START):
            self.assert_page(move, "to_pay")
        self.assertEqual(move.state, "posted")

    def test_page_of_several(self):
        self.company.payments_together = True
        move = self.draft()
        exempt = self.env["product.product"].create(
            {"name": "Talk", "type": "service", "list_price": 700, "taxes_id": False}
        )
        other = self.booking_of(
            self.book(
                service_id=exempt.id,
                start=START + timedelta(days=1),
                stop=START + timedelta(days=1, hours=1),
            )
        )
        other.action_create_invoice()
        moves = move + other.invoice_id
        self.send(moves)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(moves.mapped("state"), ["draft", "posted"])
        message = moves.payment_message_ids
        page = self.assert_page(message, "to_pay", "You can pay from December 8, 2026")
        self.assertIn("$ 700.00", page.replace("\xa0", " "))

    def test_dialog_says_so(self):
        move = self.draft()
        wizard = self.env["konfidens.payment.message.wizard"].create(
            {"move_ids": [Command.set(move.ids)]}
        )
        self.assertIn(STORY, wizard.start_note)
        self.assertIn("December 8, 2026 at", wizard.start_note)
        self.service.taxes_id = False
        exempt = self.draft(
            start=START + timedelta(days=1), stop=START + timedelta(days=1, hours=1)
        )
        wizard = self.env["konfidens.payment.message.wizard"].create(
            {"move_ids": [Command.set(exempt.ids)]}
        )
        self.assertFalse(wizard.start_note)

    def test_by_hand_it_is_refused_until_then(self):
        move = self.draft()
        with self.assertRaisesRegex(UserError, "when its appointment begins"):
            self.as_practitioner(move).action_complete_invoice()
        self.assertEqual(move.state, "draft")
        with freeze_time(START):
            self.as_practitioner(move).action_complete_invoice()
        self.assertEqual(move.state, "posted")

    def test_accountant_may_still_confirm_it(self):
        # Swedish and Danish law let a practice ask for prepayment by an invoice
        move = self.draft()
        move.with_user(self.accountant).action_post()
        self.assertEqual(move.state, "posted")

    def test_exempt_is_completed_at_once(self):
        zero = self.env["account.tax"].create(
            {"name": "Zero", "amount": 0.0, "type_tax_use": "sale"}
        )
        self.service.taxes_id = zero
        move = self.delivered()
        self.assertEqual(move.state, "posted")

    def test_taxed_further_line_counts(self):
        self.service.taxes_id = False
        move = self.draft()
        self.assertFalse(move.completes_after)
        move.invoice_line_ids = [
            Command.create(
                {
                    "name": "Elastic band",
                    "price_unit": 100.0,
                    "tax_ids": [Command.set(self.company_data["default_tax_sale"].ids)],
                }
            )
        ]
        self.assertEqual(move.completes_after, START)

    def test_taxes_that_cancel_out_are_taxes(self):
        taxes = self.env["account.tax"]
        for amount in (25.0, -25.0):
            taxes |= taxes.create(
                {"name": f"{amount}", "amount": amount, "type_tax_use": "sale"}
            )
        self.service.taxes_id = taxes[0]
        move = self.draft()
        move.invoice_line_ids = [
            Command.create(
                {
                    "name": "Other",
                    "price_unit": 1250.0,
                    "tax_ids": [Command.set(taxes[1].ids)],
                }
            )
        ]
        self.assertEqual(move.amount_tax, 0.0)
        self.assertEqual(move.completes_after, START)

    def test_moved_appointment_takes_the_time_along(self):
        move = self.given
        event = move.booking_ids.event_id
        later = START + timedelta(days=2)
        event.write({"start": later, "stop": later + timedelta(hours=1)})
        self.complete_at(START)
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "sent")
        sooner = START - timedelta(days=3)
        event.write({"start": sooner, "stop": sooner + timedelta(hours=1)})
        self.complete_at(sooner)
        self.assertEqual(move.state, "posted")

    def test_cancelled_appointment_is_not_completed(self):
        move = self.given
        move.booking_ids.event_id.active = False
        self.assertEqual(move.state, "cancel")
        self.complete_at(START)
        self.assertEqual(move.state, "cancel")

    def test_what_comes_back_meanwhile_needs_attention(self):
        move = self.given
        notification = move.payment_message_ids.notification_ids
        notification.sudo().write({"notification_status": "bounce"})
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.complete_at(START)
        self.assertEqual(move.state, "draft")

    def test_failure_at_the_start_is_told_as_any_other(self):
        move = self.given
        moves = type(self.env["account.move"])
        refused = patch.object(moves, "_post", side_effect=UserError(STORY))
        with (
            refused,
            self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"),
        ):
            self.complete_at(START)
        self.assertEqual(move.state, "draft")
        self.assertIn("could not be completed", move.payment_message_story)
        self.assertTrue(move.payment_completion_date)

    def test_past_appointment_is_completed_as_ever(self):
        move = self.delivered(
            start=datetime(2026, 11, 20, 9), stop=datetime(2026, 11, 20, 10)
        )
        self.assertEqual(move.state, "posted")

    def test_what_was_paid_in_full_beforehand_waits_for_its_start(self):
        move = self.draft()
        self.pay(move)
        self.assertEqual(move.booking_ids.payment_status, "paid")
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertFalse(move.activity_ids)
        self.complete_at(START - timedelta(seconds=1))
        self.assertEqual(move.state, "draft")
        self.complete_at(START)
        self.assertEqual((move.state, move.invoice_date), ("posted", START.date()))
        self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_message_says_from_when_it_can_be_paid(self):
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        words = "You can pay from December 8, 2026 at 10:00 AM"
        self.assertIn(words, self._mails[0]["body"])
        # and the page what it told
        self.assert_page(move, "preparing", words, "1,437.50")

    def test_message_about_what_can_be_paid_at_once_says_nothing_of_it(self):
        self.service.taxes_id = False
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertNotIn("You can pay from", self._mails[0]["body"])
