from datetime import date
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..tools import jobs
from .reminder_common import ReminderCommon

REHEARSAL = "konfidens.payment.reminder.rehearsal"


@tagged("post_install", "-at_install")
class TestReminderSettings(ReminderCommon):
    """Switching reminders on, what that does to what is overdue, and how they end."""

    given_by = "told"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.hire(
            "head",
            "base.group_user",
            "konfidens_payments.group_payments_manager",
            name="Hanne Head",
            tz="Europe/Oslo",
        )

    # === LEVELS === #

    def test_off_at_first_and_three_in_42_days(self):
        company = self.env["res.company"].sudo().create({"name": "New practice"})
        self.assertFalse(company.payments_reminders)
        reminders = company.payments_reminder_ids
        self.assertEqual(reminders.mapped("days"), [3, 14, 28])
        self.assertEqual(set(reminders.mapped("after")), {"due"})
        self.assertEqual(set(reminders.mapped("channel")), {"message"})
        self.assertEqual(reminders[0].display_name, "3 days after the due date")

    def test_another_level_moves_only_what_is_not_sent(self):
        move = self.given
        self.days("2026-11-27", 1)
        self.levels[1].with_user(self.head).days = 20
        self.assertEqual(
            self.days("2026-11-28", 40), [date(2026, 12, 14), date(2026, 12, 22)]
        )
        self.assertEqual(move.reminder_count, 3)

    def test_not_on_the_due_date(self):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.levels[0].days = 0
            self.env.flush_all()

    def test_only_the_head_of_the_practice_changes_them(self):
        level = self.levels[0].sudo(False)
        for user in (self.practitioner, self.accountant):
            self.assertEqual(level.with_user(user).days, 3)
            with self.assertRaises(AccessError):
                level.with_user(user).days = 5
        level.with_user(self.head).days = 5

    # === SWITCHING ON === #

    def test_old_overdue_invoices_are_left_alone(self):
        self.company.payments_reminders = False
        moves = self.tell_each(3)
        with freeze_time("2027-01-10 08:00:00"):
            self.company.payments_reminders = True
        self.assertEqual(self.company.payments_reminders_since, date(2027, 1, 10))
        with patch.object(jobs, "BATCH_SIZE", 2):
            self.assertEqual(self.days("2027-01-10", 60), [])
        self.assertFalse(any(moves.mapped("reminder_count")))
        self.assertFalse(any(moves.mapped("reminders_over")))
        with freeze_time("2027-01-10 08:00:00"):
            self.env.invalidate_all()
            self.assertIn("Press Remind Now", moves[0].reminder_story)
            self.assertTrue(moves[0].can_remind)

    def test_off_and_on_begins_anew(self):
        with freeze_time("2026-12-01 08:00:00"):
            self.company.payments_reminders = False
            self.company.payments_reminders = True
        self.assertEqual(self.days("2026-12-01", 40), [])

    def test_rehearsal_of_what_is_overdue(self):
        self.company.payments_reminders = False
        moves = self.given + self.told()
        stopped = self.told(self.other_client)
        stopped.no_followup = True
        with freeze_time("2026-12-20 08:00:00"):
            form = Form(self.env[REHEARSAL].with_user(self.head))
            self.assertEqual(form.since, date(2026, 12, 20))
            self.assertIn("0 payers are reminded of 0 invoices; 3", form.summary)
            form.since = date(2026, 11, 1)
            self.assertIn("1 payers are reminded of 2 invoices; 1", form.summary)
            rehearsal = form.save()
            lines = rehearsal.line_ids
            self.assertEqual(lines.move_id, moves + stopped)
            told = {line.move_id: line for line in lines}
            self.assertTrue(told[moves[0]].goes)
            self.assertIn("Reminder 1 of 3", told[moves[0]].story)
            self.assertEqual(told[moves[0]].amount, 1250.0)
            self.assertFalse(told[stopped].goes)
            self.assertIn("are stopped", told[stopped].story)
            # nobody is reminded by looking at it
            self.assertFalse(self.company.payments_reminders)
            self.assertEqual(self.work(), [])
            rehearsal.action_confirm()
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(moves.mapped("reminder_count"), [1, 1])
        self.assertEqual(self.reminders(moves[0]), self.reminders(moves[1]))
        self.assertFalse(self.reminders(stopped))

    def test_rehearsal_is_for_the_head_of_the_practice(self):
        for user in (self.practitioner, self.accountant):
            with self.assertRaises(AccessError):
                self.env[REHEARSAL].with_user(user).create({"since": "2026-11-01"})

    # === THE END === #

    def test_after_the_last_somebody_is_asked_once(self):
        self.company.payments_responsible_id = self.practitioner
        move = self.told()
        self.days("2026-11-27", 30)  # the last on 22 December
        self.assertFalse(move.activity_ids.filtered("automated"))
        self.assertEqual(self.days("2026-12-27", 30), [])
        [activity] = move.activity_ids.filtered("automated")
        self.assertEqual(activity.summary, "Unpaid after 3 reminders")
        self.assertEqual(activity.user_id, self.practitioner)
        self.assertTrue(move.reminders_over)
        activity.action_feedback()
        self.assertEqual(self.days("2027-01-26", 30), [])
        self.assertFalse(move.activity_ids.filtered("automated"))
        self.pay(move)

    def test_paid_after_the_last_asks_nobody(self):
        move = self.given
        self.days("2026-11-27", 30)
        with freeze_time("2027-01-02 09:00:00"):
            self.pay(move)
        self.assertEqual(self.days("2027-01-03", 20), [])
        self.assertFalse(move.activity_ids.filtered("automated"))
        self.assertFalse(move.reminders_over)

    def test_payment_ends_what_was_asked(self):
        move = self.given
        self.days("2026-11-27", 60)
        self.assertTrue(move.activity_ids.filtered("automated"))
        self.pay(move)
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_unpaid_lists_them_for_each_as_may_see_them(self):
        moves = self.given + self.told(self.other_client)
        self.pay(moves[1])
        for user in (self.practitioner, self.head, self.accountant):
            with self.subTest(user=user.login):
                theirs = self.env["account.move"].with_user(user)
                action = theirs.action_view_unpaid()
                self.assertEqual(theirs.search(action["domain"]), moves[0])
                view_id, view_type = action["views"][0]
                self.assertEqual(view_type, "list")
                arch = theirs.get_view(view_id, "list")["arch"]
                self.assertIn("reminder_story", arch)

    def test_export_for_a_collection_agency(self):
        move = self.given
        self.client.write({"street": "Storgata 1", "zip": "0155", "city": "Oslo"})
        self.days("2026-11-27", 60)
        template = self.env.ref("konfidens_payments.ir_exports_collection").sudo()
        names = template.export_fields.mapped("name")
        self.practitioner.group_ids += self.env.ref("base.group_allow_export")
        [row] = self.as_practitioner(move).export_data(names)["datas"]
        told = dict(zip(names, row, strict=True))
        self.assertEqual(told["name"], move.name)
        self.assertEqual(told["partner_id/street"], "Storgata 1")
        self.assertEqual(told["reminder_count"], 3)
        self.assertEqual(told["amount_residual"], 1250.0)
        evidence = told["reminder_evidence"].splitlines()
        self.assertEqual(len(evidence), 4)
        self.assertTrue(evidence[0].startswith("Payment: E-mail to k"))
        self.assertTrue(evidence[-1].startswith("Reminder: E-mail to k"))
        # nothing of the appointment
        text = " ".join(map(str, row))
        for secret in ("Depression", "Trauma", "10:00"):
            self.assertNotIn(secret, text)

    # === WHAT IS WATCHED === #

    def test_a_copy_reminds_nobody(self):
        move = self.given
        self.env["ir.config_parameter"].sudo().set_param(
            "database.is_neutralized", "True"
        )
        self.assertEqual(self.days("2026-11-27", 2), [])
        self.assertFalse(self.reminders(move))
