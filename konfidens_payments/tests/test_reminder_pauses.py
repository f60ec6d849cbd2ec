from contextlib import contextmanager
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderPauses(ReminderCommon):
    """Why no reminder goes by itself: each reason, in words, and what ends it."""

    given_by = "told"

    @contextmanager
    def day(self, number, time="09:05:00"):
        with self.at(f"2026-11-{number} {time}"):
            yield

    def assert_paused(self, move, reason):
        """Check that no reminder goes on its day, and that the invoice says why."""
        with self.day(27):
            self.assertEqual(self.work(), [])
            self.env.invalidate_all()
            self.assertIn(reason, move.reminder_pause_reason)
            self.assertIn(reason, move.reminder_story)
            if move.booking_ids.payment_status == "unpaid":
                self.assertIn(reason, move.booking_ids.payment_next_step)
        self.assertFalse(
            self.reminders(move).filtered(lambda one: one.state != "cancelled")
        )

    def assert_goes(self, move, day=28):
        """Check that the reminder goes on the day after, all by itself."""
        with self.day(day):
            self.assertEqual(len(self.work()), 1)
            self.env.invalidate_all()
            self.assertFalse(move.reminder_pause_reason)

    # === THE INVOICE === #

    def test_disputed(self):
        move = self.given
        move.action_toggle_block_payment()
        self.assertEqual(move.payment_state, "blocked")
        self.assert_paused(move, "disputes")
        move.action_toggle_block_payment()
        self.assert_goes(move)

    def test_disputed_after_it_was_scheduled(self):
        move = self.given
        with self.day(27):
            self.run_cron("remind")
            move.action_toggle_block_payment()
            self.assertEqual(self.work(), [])
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_somebody_is_asked_to_credit_it(self):
        move = self.given
        move.booking_ids.event_id.action_archive()
        self.assertEqual(self.days("2026-11-25", 4), [])
        with self.at("2026-11-28 12:00:00"):
            self.assertIn("appointment was cancelled", move.reminder_pause_reason)
            move.activity_ids.action_done()
        self.assertEqual(self.days("2026-11-29", 2), [date(2026, 11, 29)])

    def test_told_anew_after_a_reminder_that_failed(self):
        move = self.given
        self.assertEqual(len(self.days("2026-11-25", 3)), 1)
        self.reminders(move)._fail("No such address")
        with self.at("2026-11-28 12:00:00"):
            self.send(move)
            self.work()
        self.assertEqual(len(self.days("2026-11-29", 20)), 2)

    def test_due_date_moved(self):
        move = self.given
        with self.day(27):
            self.run_cron("remind")
            self.move_due_date(move, "2026-12-20")
            self.assertEqual(self.work(), [])
            self.env.invalidate_all()
            # nothing is the matter: it is not due yet
            self.assertFalse(move.reminder_pause_reason)
            self.assertIn("December 23, 2026", move.reminder_story)

    def test_stopped_by_odoos_own_no_follow_up(self):
        move = self.given
        move.no_followup = True
        self.assert_paused(move, "are stopped")
        move.no_followup = False
        self.assert_goes(move)

    def test_payer_who_wants_none(self):
        move = self.given
        self.client.payments_no_reminders = True
        self.assert_paused(move, "is sent no reminders")
        self.client.payments_no_reminders = False
        self.assert_goes(move)

    # === MONEY === #

    def give_credit(self, amount):
        """Return an entry with money of the client's that no invoice has taken."""
        accounts = self.company_data
        with self.day(20):
            entry = self.env["account.move"].create(
                {
                    "move_type": "entry",
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": accounts["default_account_revenue"].id,
                                "debit": amount,
                            }
                        ),
                        Command.create(
                            {
                                "account_id": accounts["default_account_receivable"].id,
                                "partner_id": self.client.id,
                                "credit": amount,
                            }
                        ),
                    ],
                }
            )
            entry.action_post()
        return entry

    def test_online_payment_in_process(self):
        move = self.given
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        transaction = (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env.ref(
                        "payment.payment_method_unknown"
                    ).id,
                    "reference": move.name,
                    "amount": move.amount_residual,
                    "currency_id": move.currency_id.id,
                    "partner_id": move.partner_id.id,
                    "invoice_ids": [Command.set(move.ids)],
                    "state": "pending",
                }
            )
        )
        # one that is none of Odoo's stand-ins for paying by hand
        self.patch(type(transaction), "provider_code", "card")
        self.assert_paused(move, "being processed")
        transaction.state = "cancel"
        self.assert_goes(move)

    def test_payment_that_the_bank_has_not_confirmed(self):
        move = self.given
        move.payment_state = "in_payment"
        with self.day(27):
            self.assertEqual(self.work(), [])
            self.assertFalse(move.reminder_story)

    def test_credit_note_that_is_a_draft(self):
        move = self.given
        note = move._reverse_moves()
        self.assertEqual(note.state, "draft")
        self.assert_paused(move, "credit note of it is a draft")
        note.unlink()
        self.assert_goes(move)

    def test_credit_that_covers_it(self):
        move = self.given
        credit = self.give_credit(1250.0)
        self.assert_paused(move, "a credit that covers it")
        credit.button_draft()
        self.assert_goes(move)

    def test_credit_that_does_not_cover_it(self):
        move = self.given
        self.give_credit(100.0)
        self.assert_goes(move, 27)

    # === WHO WAS TOLD === #

    def test_nobody_was_told(self):
        with self.day(10):
            self.pay(self.given)
            move = self.draft()
            move.action_complete_invoice()
        self.assert_paused(move, "Nobody was told")

    def test_payment_message_that_failed(self):
        with self.day(10):
            self.pay(self.given)
            move = self.posted()
            self.send(move).sudo()._fail("No such mailbox.")
        self.assert_paused(move, "did not arrive")

    def test_payment_message_that_came_back(self):
        move = self.given
        with self.day(20):
            self.bounce(move.payment_message_ids)
        self.assert_paused(move, "did not arrive")

    def test_payment_message_that_is_not_there_yet(self):
        move = self.given
        with self.day(26):
            self.send(move, send_mode="later", scheduled_date="2026-12-24 12:00:00")
        with self.day(27):
            self.assertEqual(self.work(), [])
            self.assertFalse(self.reminders(move))

    def test_payer_who_answered(self):
        move = self.given
        with self.day(25, "08:00:00"):
            self.answer(model="account.move", res_id=move.id)
        self.assert_paused(move, "Kari Nordmann wrote on")
        self.assertNotIn("Friday", move.reminder_story)
        # three days later
        self.assert_goes(move)

    def test_payer_who_answered_the_message_about_several(self):
        move = self.given
        told = move.payment_message_ids.sudo().mail_message_ids
        with self.day(26):
            self.answer(parent_id=told.id)
        self.assert_paused(move, "wrote on")

    def test_what_others_write_is_no_answer(self):
        move = self.given
        with self.day(26):
            there = {"model": "account.move", "res_id": move.id}
            self.answer(author_id=self.other_client.id, **there)
            self.answer(message_type="notification", **there)
        self.assert_goes(move, 27)

    # === WHO CANNOT BE REACHED === #

    def assert_asked_once(self, move, reason):
        self.assert_paused(move, reason)
        self.assertEqual(self.days("2026-11-28", 5), [])
        [activity] = move.activity_ids.filtered("automated")
        self.assertIn(reason, activity.note)
        # it is done, and nothing has changed: nobody is asked again
        activity.action_feedback()
        self.assertEqual(self.days("2026-12-03", 5), [])
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_archived(self):
        move = self.given
        self.client.active = False
        self.assert_asked_once(move, "is archived")
        self.client.active = True
        with self.at("2026-12-09 09:05:00"):
            self.assertEqual(len(self.work()), 1)

    def test_without_address(self):
        move = self.given
        self.client.write({"email": False, "phone": False})
        self.assert_asked_once(move, "has no e-mail address")
        self.client.email = "kari@example.com"
        with self.at("2026-12-09 09:05:00"):
            self.assertEqual(len(self.work()), 1)

    # === THE PRACTICE === #

    def test_switched_off(self):
        move = self.given
        self.company.payments_reminders = False
        self.assertFalse(move.next_reminder_date)
        self.assertEqual(self.days("2026-11-27", 40), [])
        self.assertFalse(self.reminders(move))

    def test_switched_off_after_it_was_scheduled(self):
        move = self.given
        with self.day(27):
            self.run_cron("remind")
            self.company.payments_reminders = False
            self.assertEqual(self.work(), [])
        self.assertEqual(self.reminders(move).state, "cancelled")

    def test_payments_not_active(self):
        move = self.given
        self.company.payments_active = False
        self.assert_paused(move, "not active")

    def test_last_reminder_that_did_not_arrive(self):
        move = self.given
        with self.day(27):
            self.work()
            self.bounce(self.reminders(move))
        self.assertEqual(self.days("2026-11-28", 20), [])
        with self.at("2026-12-18 09:05:00"):
            self.assertIn("last reminder did not arrive", move.reminder_story)

    # === WHAT IS NOT LOOKED AT AGAIN AND AGAIN === #

    def test_paused_is_looked_at_once_a_day(self):
        move = self.given
        self.client.write({"email": False, "phone": False})
        with self.day(27):
            self.work()
            self.env.flush_all()
            with self.assertQueryCount(1):
                self.env["konfidens.payment.reminder"].sudo()._cron_remind()
        self.assertEqual(str(move.next_reminder_date), "2026-11-28 09:00:00")
        self.client.email = "kari@example.com"
        with self.day(28, "08:59:00"):
            self.assertEqual(self.work(), [])
        self.assert_goes(move)
