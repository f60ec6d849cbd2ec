from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminder(ReminderCommon):
    """Whoever has not paid in time is reminded, as often as the practice wants it."""

    given_by = "told"

    # === WHEN === #

    def test_three_in_42_days_each_on_its_day(self):
        move = self.given  # on 10 November, due on the 24th
        left = self.days("2026-11-11", 90)
        self.assertEqual(
            left, [date(2026, 11, 27), date(2026, 12, 8), date(2026, 12, 22)]
        )
        self.assertEqual((left[-1] - move.invoice_date).days, 42)
        self.assertEqual(move.reminder_count, 3)
        self.assertFalse(move.next_reminder_date)

    def test_at_ten_where_the_practice_is_also_when_the_clock_changes(self):
        # summer time ends on 25 October 2026 and begins on 28 March 2027
        self.company.payments_reminders_since = "2026-09-01"
        for told, due, expected in (
            ("2026-10-07 12:00:00", "2026-10-21", datetime(2026, 10, 24, 8)),
            ("2026-10-08 12:00:00", "2026-10-22", datetime(2026, 10, 25, 9)),
            ("2027-03-11 12:00:00", "2027-03-25", datetime(2027, 3, 28, 8)),
        ):
            with self.subTest(due=due):
                move = self.told(on=told)
                self.assertEqual(str(move.invoice_date_due), due)
                self.assertEqual(move.next_reminder_date, expected)

    def test_never_before_its_minute(self):
        with self.at("2026-11-27 08:59:59"):
            self.assertFalse(self.work())
        with self.at("2026-11-27 09:00:00"):
            self.assertEqual(len(self.work()), 1)
            self.assertFalse(self.work())

    def test_paid_one_minute_before(self):
        move = self.given
        with self.at("2026-11-27 08:59:00"):
            self.pay(move)
        self.assertEqual(self.days("2026-11-27", 40), [])
        self.assertFalse(self.reminders(move))

    def test_paid_between_schedule_and_hand_over(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            self.assertEqual(self.reminders(move).state, "scheduled")
            self.pay(move)
            self.assertFalse(self.work())
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_paid_while_the_mail_server_is_down(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            with self.mock_mail_gateway():
                self.reminders(move)._hand_over()
            self.pay(move)
            self.assertFalse(self.work())
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_after_downtime_one_and_the_next_counts_from_there(self):
        # nothing ran from the day of the first until after that of the second
        with self.at("2026-12-10 15:00:00"):
            self.assertEqual(len(self.work()), 1)
            self.assertFalse(self.work())
        # eleven days later as planned, and the last two weeks after that
        self.assertEqual(
            self.days("2026-12-11", 60), [date(2026, 12, 21), date(2027, 1, 4)]
        )

    def test_never_two_on_one_day(self):
        self.set_levels((1, "due"), (1, "due"), (1, "due"))
        self.told()
        self.assertEqual(
            self.days("2026-11-24", 9),
            [date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27)],
        )

    def test_counted_from_the_reminder_before(self):
        self.set_levels((2, "due"), (10, "previous"))
        self.told()
        self.assertEqual(
            self.days("2026-11-24", 40), [date(2026, 11, 26), date(2026, 12, 6)]
        )

    def test_due_date_that_was_moved(self):
        move = self.given
        self.assertEqual(self.days("2026-11-25", 3), [date(2026, 11, 27)])
        self.move_due_date(move, "2026-12-20")
        # the second was two weeks after the due date
        self.assertEqual(self.days("2026-11-28", 37), [date(2027, 1, 3)])

    def test_due_date_moved_after_it_was_scheduled(self):
        move = self.given
        with self.at("2026-11-27 09:00:00"):
            self.run_cron("remind")
            self.move_due_date(move, "2026-12-20")
            self.assertFalse(self.work())
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_after_a_late_bounce_the_delivery_that_worked_counts(self):
        move = self.given
        with self.at("2026-11-20 12:00:00"):
            self.bounce(move.payment_message_ids)
            self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertEqual(self.days("2026-11-25", 5), [])
        with self.at("2026-11-30 12:00:00"):
            self.client.email = "kari.nordmann@example.com"
            self.as_practitioner(move).action_send_again()
            self.assertEqual(len(self.work()), 1)
        # two weeks to pay, and three days more
        self.assertEqual(self.days("2026-12-01", 20), [date(2026, 12, 17)])

    def test_two_companies(self):
        move = self.given
        other = self.setup_other_company(name="Praksis Sor")["company"]
        other.write({"payments_active": True, "email": "sor@example.com"})
        other.payments_create_draft = False
        other.partner_id.tz = "Asia/Tokyo"
        self.assertEqual(len(other.sudo().payments_reminder_ids), 3)
        practitioner = self.hire(
            "other",
            "base.group_user",
            "konfidens_payments.group_payments_user",
            company=other,
            email="other@example.com",
        )
        self.env.user.company_ids += other
        with self.at("2026-11-10 12:00:00"):
            event = (
                self.env["calendar.event"]
                .with_user(practitioner)
                .sudo()
                .with_company(other)
                .create(
                    {
                        "name": "Talk",
                        "start": datetime(2026, 11, 10, 9),
                        "stop": datetime(2026, 11, 10, 10),
                        "user_id": practitioner.id,
                        "partner_ids": [
                            Command.set(
                                (self.other_client + practitioner.partner_id).ids
                            )
                        ],
                        "service_id": self.service.id,
                    }
                )
            )
            self.env.flush_all()
            booking = self.booking_of(event)
            booking.action_create_invoice()
            theirs = booking.invoice_id
            self.send(theirs)
            self.work()
        self.assertEqual(theirs.state, "posted")
        # the other one has not switched them on
        self.assertEqual(self.days("2026-11-27", 1), [date(2026, 11, 27)])
        self.assertEqual(len(self.reminders(move)), 1)
        self.assertFalse(theirs.next_reminder_date)
        other.payments_reminders_since = "2026-11-01"
        # ten in Tokyo
        self.assertEqual(theirs.next_reminder_date, datetime(2026, 11, 27, 1))

    # === WHAT IT SAYS === #

    def remind(self, moves):
        with self.at("2026-11-27 09:05:00"):
            return self.work()

    def test_words(self):
        move = self.given
        [mail] = self.remind(move)
        self.assertIn("kari@example.com", mail["email_to"][0])
        self.assertEqual(
            mail["subject"],
            "Reminder: payment for your appointment November 10, 2026 at 10:00 AM",
        )
        self.assertIn(move.pay_url, mail["body"])
        self.assertIn(move.name, mail["body"])
        self.assertIn("1,250.00", mail["body"])
        self.assertIn("It was due", mail["body"])

    def test_nothing_about_the_treatment(self):
        move = self.given
        [mail] = self.remind(move)
        for secret in ("Depression", "Very private", "Trauma"):
            self.assertNotIn(secret, mail["body"] + mail["subject"])

    def test_sms(self):
        move = self.given
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
            body = self.reminders(move)._render_sms()[self.reminders(move).id]
        self.assertIn("Praksis Vest: reminder to pay", body)
        self.assertIn("1,250.00", body)

    def test_partly_paid_asks_for_the_rest(self):
        move = self.given
        with self.at("2026-11-20 09:00:00"):
            self.pay(move, amount=1000.0)
        [mail] = self.remind(move)
        self.assertIn("250.00", mail["body"])
        self.assertNotIn("1,250.00", mail["body"])
        self.assertEqual(self.reminders(move).line_ids.amount, 250.0)

    def test_own_words_of_a_level(self):
        template = self.env.ref("konfidens_payments.mail_template_reminder").copy(
            {"subject": "Second reminder"}
        )
        self.levels[1].mail_template_id = template
        self.told()
        with self.at("2026-11-27 09:05:00"):
            [mail] = self.work()
            self.assertIn("Reminder: payment", mail["subject"])
        with self.at("2026-12-08 09:05:00"):
            [mail] = self.work()
            self.assertEqual(mail["subject"], "Second reminder")

    def test_words_of_something_else_are_refused(self):
        """They would be rendered for a record of the same number: somebody else's."""
        other = self.env["mail.template"].create(
            {"name": "Other", "model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        sms = self.env["sms.template"].create(
            {
                "name": "Other",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "{{ object.name }}",
            }
        )
        for values in ({"mail_template_id": other.id}, {"sms_template_id": sms.id}):
            with (
                self.assertRaisesRegex(UserError, "not one of payment messages"),
                self.cr.savepoint(),
            ):
                self.levels[0].write(values)
        # also where the template is changed afterwards
        template = self.env.ref("konfidens_payments.mail_template_reminder").copy()
        self.levels[0].mail_template_id = template
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET model = 'res.partner' WHERE id = %s",
            [template.id],
        )
        self.env.invalidate_all()
        move = self.told()
        with self.at("2026-11-27 09:05:00"):
            self.assertFalse(self.work())
        message = move.payment_message_ids.sorted("id")[-1:]
        self.assertEqual(message.state, "failed")
        self.assertIn("not one of payment messages", message.failure_reason)

    # === SEVERAL === #

    def test_several_overdue_invoices_are_one_reminder_with_one_link(self):
        moves = self.given + self.told(on="2026-11-11 12:00:00")
        theirs = self.told(self.other_client)
        mails = self.remind(moves)
        self.assertEqual(len(mails), 2)
        message = self.reminders(moves)
        self.assertEqual(len(message), 1)
        self.assertEqual(message.move_ids, moves)
        [mail] = [mail for mail in mails if "kari" in mail["email_to"][0]]
        self.assertIn("your 2 appointments", mail["subject"])
        self.assertIn("2,500.00", mail["body"])
        self.assertIn(message.pay_url, mail["body"])
        for move in moves:
            self.assertIn(move.name, mail["body"])
            self.assertNotIn(move.pay_url, mail["body"])
            self.assertEqual(move.reminder_count, 1)
        self.assertNotIn(theirs.name, mail["body"])

    def test_what_is_reminded_of_much_later_does_not_go_along(self):
        early, late = self.told(), self.told(on="2026-11-12 12:00:00")
        self.remind(early)
        # due on the 26th: overdue, and its reminder would be two days later
        self.assertEqual(self.reminders(late), self.reminders(early))
        last = self.told(on="2026-11-29 12:00:00")
        with self.at("2026-12-08 09:05:00"):
            self.work()
        self.assertEqual(len(self.reminders(early)), 2)
        self.assertFalse(self.reminders(last))

    def test_first_reminder_of_one_sets_the_tone(self):
        template = self.env.ref("konfidens_payments.mail_template_reminder").copy(
            {"subject": "Second reminder"}
        )
        self.levels[1].mail_template_id = template
        self.remind(self.given)
        self.told(on="2026-11-21 12:00:00")  # due on 5 December
        with self.at("2026-12-08 09:05:00"):
            [mail] = self.work()
        self.assertIn("your 2 appointments", mail["subject"])

    def test_payment_messages_and_reminders_do_not_go_together(self):
        self.company.payments_together = True
        overdue = self.given
        with self.at("2026-11-27 09:05:00"):
            move = self.draft(
                start=datetime(2026, 11, 26, 9), stop=datetime(2026, 11, 26, 10)
            )
            self.send(move)
            mails = self.work()
        self.assertEqual(len(mails), 2)
        self.assertEqual(self.reminders(overdue).move_ids, overdue)

    # === WHAT IT LEAVES ALONE === #

    def test_payment_message_and_invoice_stay_as_they_are(self):
        move = self.given
        names = (
            "state",
            "name",
            "invoice_date_due",
            "payment_message_state",
            "payment_message_status",
            "amount_residual",
            "pay_url",
        )
        before = move.read(names)
        evidence = move.payment_message_story
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
            self.assertEqual(move.read(names), before)
            self.work()
            self.assertEqual(move.read(names), before)
            self.assertEqual(move.payment_message_story, evidence)
            self.assertFalse(move.payment_message_earlier)
            self.bounce(self.reminders(move))
            self.assertEqual(move.read(names), before)
            self.assertFalse(move.payment_message_attention)
            self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_reminder_completes_no_draft(self):
        move = self.given
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
            with self.mock_mail_gateway():
                self.send_due()
            move.button_draft()
            self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertFalse(move.payment_completion_problem)

    # === WHAT DOES NOT ARRIVE === #

    def test_failed_reminder_asks_the_responsible_person_once(self):
        move = self.given
        error = self.refuse(550, b"5.1.1 No such mailbox")
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
            with self.mail_server(error):
                self.send_due()
            self.complete_delivered()
            reminder = self.reminders(move)
            self.assertEqual(reminder.state, "failed")
            self.assertIn("The reminder did not reach", reminder.story)
        self.assertEqual(self.days("2026-11-28", 30), [])
        activity = move.activity_ids.filtered("automated")
        self.assertEqual(len(activity), 1)
        self.assertIn("No such mailbox", activity.note)
        self.assertIn("Remind Now", activity.note)
        self.assertEqual(move.payment_message_state, "delivered")
        self.assertEqual(move.reminder_count, 0)
        with self.at("2026-12-30 12:00:00"):
            self.as_practitioner(reminder).action_retry()
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(self.reminders(move).mapped("state"), ["failed", "delivered"])
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_other_channel_takes_its_place(self):
        self.company.payments_failover = True
        move = self.told()
        error = self.refuse(550, b"5.1.1 No such mailbox")
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
            with self.mail_server(error):
                self.send_due()
            self.complete_delivered()
        failed, other = self.reminders(move)
        self.assertEqual((failed.state, failed.channel), ("failed", "email"))
        self.assertEqual((other.state, other.channel), ("scheduled", "sms"))
        self.assertEqual(other.kind, "reminder")
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_reminder_that_came_back_does_not_count(self):
        move = self.given
        with self.at("2026-11-27 09:05:00"):
            self.work()
            self.assertEqual(move.reminder_count, 1)
            self.bounce(self.reminders(move))
        self.assertEqual(move.reminder_count, 0)
        self.assertEqual(len(move.activity_ids.filtered("automated")), 1)
        self.assertEqual(self.days("2026-11-28", 20), [])

    def test_by_another_channel_where_only_that_reaches_the_payer(self):
        move = self.given
        self.client.email = False
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
        self.assertEqual(self.reminders(move).channel, "sms")

    def test_channel_of_the_level(self):
        self.levels[0].channel = "both"
        move = self.told()
        with self.at("2026-11-27 09:05:00"):
            self.run_cron("remind")
        self.assertEqual(self.reminders(move).channel, "both")
