from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderButtons(ReminderCommon):
    """What people do about reminders, and what invoice and booking say of them."""

    given_by = "told"

    def test_what_happens_next_in_words(self):
        move = self.given
        booking = move.booking_ids
        with self.at("2026-11-12 09:00:00"):
            self.env.invalidate_all()
            for words in (move.reminder_story, booking.payment_next_step):
                self.assertIn("reminder 1 of 3 goes out November 27, 2026", words)
            self.assertEqual(booking.next_reminder_date, move.next_reminder_date)
            self.assertFalse(move.can_remind)
            self.assertTrue(move.can_stop_reminders)
        with self.at("2026-11-27 09:05:00"):
            self.work()
        with self.at("2026-11-28 09:05:00"):
            self.env.invalidate_all()
            self.assertIn("Reminded once, November 27, 2026", move.reminder_story)
            self.assertIn("reminder 2 of 3 goes out December 8", move.reminder_story)
            self.assertEqual(booking.reminder_count, 1)
            self.assertTrue(booking.can_remind)

    def test_nothing_is_said_where_reminders_are_off(self):
        self.company.payments_reminders = False
        move = self.told()
        with self.at("2026-11-12 09:00:00"):
            self.assertFalse(move.reminder_story)
            self.assertFalse(move.can_stop_reminders)
        with self.at("2026-11-27 09:00:00"):
            self.env.invalidate_all()
            self.assertIn("Overdue since", move.reminder_story)
            self.assertTrue(move.can_remind)

    # === REMIND NOW === #

    def test_remind_now_is_the_next_one(self):
        move = self.given
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(self.reminders(move).state, "delivered")
        self.assertEqual(move.reminder_count, 1)
        # the second on its day, not the first once more
        self.assertEqual(self.days("2026-11-26", 13)[0].day, 8)

    def test_from_the_booking(self):
        move = self.given
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(move.booking_ids).action_remind_now()
            self.assertEqual(len(self.work()), 1)

    def test_where_the_practice_does_not_remind_by_itself(self):
        self.company.payments_reminders = False
        move = self.told()
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)

    def test_after_the_last_one(self):
        move = self.given
        self.days("2026-11-27", 30)
        with self.at("2027-01-20 13:00:00"):
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(move.reminder_count, 4)

    def test_twice_at_once(self):
        move = self.given
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(move).action_remind_now()
            with self.assertRaisesRegex(UserError, "on its way already"):
                self.as_practitioner(move).action_remind_now()
            with self.mock_mail_gateway():
                self.reminders(move)._hand_over()
            with self.assertRaisesRegex(UserError, "on its way already"):
                self.send(move)

    def test_payment_message_instead_of_a_scheduled_reminder(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            self.send(move)
            [mail] = self.work()
        self.assertNotIn("Reminder", mail["subject"])
        self.assertEqual(self.reminders(move).state, "cancelled")
        # nor is it reminded of on the same day
        self.assertEqual(self.days("2026-11-27", 2, "12:00:00"), [date(2026, 11, 28)])

    def test_two_people_on_one_day(self):
        move = self.given
        with self.at("2026-11-25 08:00:00"):
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)
        with (
            self.at("2026-11-25 12:00:00"),
            self.assertRaisesRegex(UserError, "left today already"),
        ):
            self.as_practitioner(move).action_remind_now()

    def test_reminded_by_hand_of_what_nobody_was_told(self):
        with self.at("2026-11-10 12:00:00"):
            self.pay(self.given)
            move = self.draft()
            move.action_complete_invoice()
        with self.at("2026-11-25 08:00:00"):
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)
        with self.at("2026-11-26 12:00:00"):
            self.assertFalse(move.reminder_pause_reason)
        self.assertEqual(len(self.days("2026-11-26", 30)), 2)

    def test_not_before_it_is_due(self):
        move = self.given
        with self.at("2026-11-24 13:00:00"):
            with self.assertRaisesRegex(UserError, "is due on .* only"):
                self.as_practitioner(move).action_remind_now()

    def test_who_cannot_be_reached(self):
        move = self.given
        self.client.write({"email": False, "phone": False})
        with self.at("2026-11-25 13:00:00"):
            with self.assertRaisesRegex(UserError, "no e-mail address"):
                self.as_practitioner(move).action_remind_now()

    def test_several_of_a_payer_by_hand_are_one(self):
        moves = self.tell_each(3)
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(moves).action_remind_now()
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(moves.mapped("reminder_count"), [1, 1, 1])

    def test_payer_who_answered_is_reminded_by_hand(self):
        move = self.given
        with self.at("2026-11-25 13:00:00"):
            self.answer(model="account.move", res_id=move.id)
            self.as_practitioner(move).action_remind_now()
            self.assertEqual(len(self.work()), 1)

    # === STOP AND GO ON === #

    def test_stop_is_odoos_no_follow_up(self):
        move = self.given
        with self.at("2026-11-25 13:00:00"):
            self.as_practitioner(move).action_stop_reminders()
            self.assertTrue(move.no_followup)
            self.env.invalidate_all()
            self.assertIn("are stopped", move.reminder_story)
            self.assertTrue(move.can_resume_reminders)
            self.assertFalse(move.can_remind)
        self.assertEqual(self.days("2026-11-26", 60), [])
        self.assertIn("Reminders stopped", " ".join(move.message_ids.mapped("body")))
        self.assertFalse(move.reminders_over)

    def test_stop_calls_off_what_is_scheduled(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            self.as_practitioner(move.booking_ids).action_stop_reminders()
            self.assertEqual(self.work(), [])
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_resume_goes_on_the_next_day(self):
        move = self.given
        self.as_practitioner(move).action_stop_reminders()
        with self.at("2026-12-01 13:00:00"):
            self.as_practitioner(move).action_resume_reminders()
            self.assertEqual(self.work(), [])
            self.env.invalidate_all()
            self.assertIn("goes out tomorrow", move.reminder_story)
        with self.at("2026-12-02 09:00:00"):
            self.assertEqual(len(self.work()), 1)

    def test_calling_off_a_reminder_stops_them(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            self.as_practitioner(self.reminders(move).sudo(False)).action_cancel()
        self.assertTrue(move.no_followup)
        self.assertEqual(self.days("2026-11-27", 30), [])

    def test_a_cancelled_invoice_takes_its_reminder_along(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            move.button_draft()
            move.button_cancel()
        self.assertEqual(self.reminders(move).state, "cancelled")

    # === RIGHTS === #

    def test_a_practitioner_stops_the_own_ones_only(self):
        move = self.given
        other = self.hire(
            "stranger",
            "base.group_user",
            "konfidens_payments.group_payments_user",
            email="s@example.com",
        )
        auditor = self.hire(
            "auditor", "base.group_user", "account.group_account_readonly"
        )
        with self.at("2026-11-27 08:00:00"):
            for user in (other, auditor):
                for name in (
                    "action_remind_now",
                    "action_stop_reminders",
                    "action_resume_reminders",
                ):
                    for records in (move, move.booking_ids):
                        with self.subTest(user=user.login, name=name):
                            with self.assertRaises(AccessError):
                                getattr(records.with_user(user), name)()
        self.assertFalse(move.no_followup)
        self.assertFalse(self.reminders(move))

    def test_who_has_nothing_to_do_with_payments_sees_nothing(self):
        move = self.given
        employee = self.hire("reception", "base.group_user")
        with self.assertRaises(AccessError):
            self.client.with_user(employee).read(["payments_no_reminders"])
        with self.assertRaises(AccessError):
            self.env["konfidens.payment.reminder"].with_user(employee).search([])
        with self.assertRaises(AccessError):
            move.with_user(self.accountant).reminder_count = 7

    def test_joint_reminder_of_two_practitioners(self):
        other = self.hire(
            "other",
            "base.group_user",
            "konfidens_payments.group_payments_user",
            email="other@example.com",
            tz="Europe/Oslo",
        )
        move = self.given
        guests = self.client + other.partner_id
        with self.at("2026-11-10 12:00:00"):
            event = (
                self.env["calendar.event"]
                .with_user(other)
                .create(
                    {
                        "name": "Talk",
                        "start": "2026-11-10 11:00:00",
                        "stop": "2026-11-10 12:00:00",
                        "partner_ids": [Command.set(guests.ids)],
                        "service_id": self.service.id,
                    }
                )
            )
            self.env.flush_all()
            booking = self.booking_of(event)
            booking.action_create_invoice()
            self.send(booking.invoice_id)
            self.work()
        with self.at("2026-11-27 09:05:00"):
            self.assertEqual(len(self.work()), 1)
        reminder = self.reminders(move).sudo(False)
        self.assertEqual(len(reminder.move_ids), 2)
        mine = self.as_practitioner(reminder)
        self.assertEqual(mine.move_ids.ids, move.ids)
        self.assertFalse(mine.pay_url)
        self.assertFalse(mine.told_text)
