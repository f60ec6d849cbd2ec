from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestSendDialog(PaymentsCommon):
    """*Send Payment Message*: what it shows, schedules, and refuses."""

    given_by = "draft"

    def assert_refused(self, move, words):
        with (
            self.assert_nothing_changes(move),
            self.assertRaisesRegex(UserError, words),
            self.cr.savepoint(),
        ):
            move.action_send_payment_message()

    # === THE DIALOG === #

    def test_dialog_shows_what_is_sent_and_to_whom(self):
        move = self.given
        action = move.action_send_payment_message()
        form = Form(
            self.env[action["res_model"]].with_context(**action["context"]),
        )
        self.assertEqual(form.send_mode, "now")
        self.assertEqual(form.recipient, '"Kari Nordmann" <kari@example.com>')
        self.assertEqual(
            form.subject, "Payment for your appointment November 10, 2026 at 10:00 AM"
        )
        self.assertIn("1,250.00", form.body)
        self.assertIn("Praksis Vest", form.body)

    def test_dialog_names_only_the_first_of_many(self):
        clients = self.env["res.partner"].create(
            [
                {"name": f"Client {number:02}", "email": f"c{number}@example.com"}
                for number in range(12)
            ]
        )
        bookings = self.env["calendar.event"].concat(
            *(self.book(service_id=self.service.id, client_id=c.id) for c in clients)
        )
        bookings.action_create_invoice()
        action = bookings.invoice_id.action_send_payment_message()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(form.recipient.count("@"), 10)
        self.assertIn(" and 2 more", form.recipient)

    def test_send_now_schedules_for_this_moment_and_wakes_the_cron(self):
        move = self.given
        with self.capture_triggers("konfidens_payments.ir_cron_send_due") as captured:
            message = self.send(move, send_mode="now")
        self.assertLessEqual(message.scheduled_date, self.now())
        self.assertEqual(captured.records.call_at, message.scheduled_date)
        self.assertEqual(move.booking_ids.payment_status, "scheduled")
        self.assertRecordValues(
            message,
            [
                {
                    "partner_id": self.client.id,
                    "kind": "payment",
                    "channel": "email",
                    "amount": 1250.0,
                    "state": "scheduled",
                }
            ],
        )

    def test_send_later_waits_for_its_time(self):
        move = self.given
        later = self.now() + timedelta(days=2)
        with self.capture_triggers("konfidens_payments.ir_cron_send_due") as captured:
            message = self.send(move, send_mode="later", scheduled_date=later)
        self.assertEqual(message.scheduled_date, later)
        self.assertEqual(captured.records.call_at, later)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "scheduled")
        self.assertEqual(move.state, "draft")
        self.assertNotSentEmail()

    def test_send_later_in_the_past(self):
        move = self.given
        past = self.now() - timedelta(minutes=1)
        with (
            self.assert_nothing_changes(move),
            self.assertRaisesRegex(UserError, "past. Choose a later time"),
            self.cr.savepoint(),
        ):
            self.send(move, send_mode="later", scheduled_date=past)

    def test_scheduling_again_moves_the_message(self):
        move = self.given
        first = self.send(
            move, send_mode="later", scheduled_date=self.now() + timedelta(days=2)
        )
        second = self.send(
            move, send_mode="later", scheduled_date=self.now() + timedelta(days=3)
        )
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(second.state, "scheduled")

    def test_invoice_says_when_its_message_goes(self):
        move = self.given
        self.assertFalse(move.payment_message_story)
        with freeze_time("2026-11-22 09:00:00"):
            move = move.with_context(tz="Europe/Oslo")
            self.send(move, send_mode="later", scheduled_date="2026-11-22 15:15:00")
            self.assertEqual(
                move.payment_message_story,
                "The payment message goes out today 4:15 PM to Kari Nordmann.",
            )
            self.send(move, send_mode="later", scheduled_date="2026-11-23 15:15:00")
            self.assertIn("tomorrow 4:15 PM", move.payment_message_story)

    # === WHAT IT SAYS AFTERWARDS === #

    def confirm(self, moves, **values):
        """Confirm the dialog; return the action that follows."""
        action = moves.action_send_payment_message()
        dialog = moves.env[action["res_model"]].with_context(**action["context"])
        return dialog.create(values).action_confirm()

    def drafts_of_payers(self, count):
        """Return drafts of as many payers."""
        clients = self.env["res.partner"].create(
            [
                {"name": f"Client {number}", "email": f"c{number}@example.com"}
                for number in range(count)
            ]
        )
        return self.draft_each([{"client_id": client.id} for client in clients])

    def test_of_many_it_says_how_many_go_and_when(self):
        close = {"type": "ir.actions.act_window_close"}
        later = "2026-11-23 13:00:00"
        for values, words in (
            ({}, "3 payment messages go out now."),
            (
                {"send_mode": "later", "scheduled_date": later},
                "3 payment messages go out tomorrow 2:00 PM.",
            ),
        ):
            with self.subTest(words), freeze_time("2026-11-22 09:00:00"):
                moves = self.drafts_of_payers(3).with_context(tz="Europe/Oslo")
                notice = self.confirm(moves, **values)["params"]
                self.assertEqual(notice["message"], words)
                # and what is behind the dialog is loaded anew
                self.assertEqual(notice["next"], close)

    def test_of_one_it_says_to_whom_it_goes(self):
        """The calendar behind the dialog tells nothing of it."""
        later = "2026-11-23 13:00:00"
        for values, words in (
            ({}, "The payment message to Kari Nordmann goes out now."),
            (
                {"send_mode": "later", "scheduled_date": later},
                "The payment message to Kari Nordmann goes out tomorrow 2:00 PM.",
            ),
        ):
            with self.subTest(words), freeze_time("2026-11-22 09:00:00"):
                moves = self.draft().with_context(tz="Europe/Oslo")
                notice = self.confirm(moves, **values)["params"]
                self.assertEqual(notice["message"], words)
                self.assertEqual(
                    notice["next"], {"type": "ir.actions.act_window_close"}
                )

    def test_of_different_times_it_says_the_first_and_the_last(self):
        self.company.write({"payments_timing_number": 0})
        first = self.draft(start="2026-12-10 09:00:00", stop="2026-12-10 10:00:00")
        last = self.draft(start="2026-12-11 09:00:00", stop="2026-12-11 10:00:00")
        moves = (first + last).with_context(tz="Europe/Oslo")
        with freeze_time("2026-11-22 09:00:00"):
            notice = self.confirm(moves, send_mode="timing")["params"]
        self.assertEqual(
            notice["message"],
            "2 payment messages are scheduled: the first goes out December 10, 2026 at "
            "11:00 AM, the last December 11, 2026 at 11:00 AM.",
        )

    def test_of_one_payer_it_says_that_they_go_together(self):
        self.company.payments_together = True
        notice = self.confirm(self.draft() + self.draft())["params"]
        self.assertEqual(
            notice["message"], "1 payment message for 2 invoices goes out now."
        )

    # === WHAT BAD INPUT GETS === #

    def test_no_email(self):
        move = self.given
        self.client.email = False
        self.assert_refused(move, "Kari Nordmann has no e-mail address. Add one")

    def test_malformed_email(self):
        move = self.given
        self.client.email = "kari at example"
        self.assert_refused(move, "kari at example, cannot be right. Correct it")

    def test_many_with_one_bad_one_name_whose_it_is(self):
        other = self.env["res.partner"].create({"name": "Nils Vik"})
        bad = self.draft(partner_ids=[(6, 0, other.ids)])
        with self.assertRaisesRegex(
            UserError, "Nils Vik, November 10, 2026 .*no e-mail"
        ):
            self.send(self.draft() + bad)

    def test_paid(self):
        move = self.given
        move.action_complete_invoice()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        self.assert_refused(move, "settled already")

    def test_cancelled(self):
        move = self.given
        booking = move.booking_ids
        move.button_cancel()
        self.assert_refused(move, "is cancelled. Create a new invoice")
        self.assertFalse(booking.invoice_id)

    def test_nothing_to_pay(self):
        move = self.given
        move.invoice_line_ids.price_unit = 0.0
        self.assert_refused(move, "nothing to pay. Set a price")

    def test_on_its_way(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assert_refused(move, "on its way already")

    def test_invoice_without_appointment(self):
        move = self.init_invoice("out_invoice", products=self.service)
        self.assert_refused(move, "bills no appointment. Use Send")

    def test_externally_billed(self):
        move = self.given
        move.externally_billed = True
        self.assert_refused(move, "billed in another system")
