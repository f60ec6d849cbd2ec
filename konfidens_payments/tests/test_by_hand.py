from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PaymentsCommon

DIALOG = "konfidens.payment.complete.wizard"


@tagged("post_install", "-at_install")
class TestByHand(PaymentsCommon):
    """*Complete Invoice*: it asks once more only where nobody told the client."""

    given_by = "draft"

    def ask(self, records):
        """Press the button as the practitioner does; return the dialog."""
        records = self.as_practitioner(records)
        action = records.action_ask_to_complete()
        self.assertEqual((action["res_model"], action["target"]), (DIALOG, "new"))
        return records.env[DIALOG].with_context(**action["context"]).create({})

    def assert_asks_nothing(self, move):
        self.assertFalse(self.as_practitioner(move).action_ask_to_complete())
        self.assertEqual(move.state, "posted")

    def later(self, move):
        """Schedule its message for later; return it."""
        date = self.now() + timedelta(days=2)
        return self.send(move, send_mode="later", scheduled_date=date)

    def test_says_that_the_client_was_not_told(self):
        move = self.given
        dialog = self.ask(move)
        self.assertIn("Kari Nordmann has not been told", dialog.note)
        self.assertEqual(move.state, "draft")

    def test_complete_only(self):
        move = self.given
        action = self.ask(move).action_complete()
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.payment_message_ids)

    def assert_untold(self, booking, untold=True):
        """Check that sending its payment message is the next step, or is not."""
        event = booking.event_id
        words = "Nobody was told of it yet" if untold else "Waits for payment"
        for record in (booking, event):
            record.invalidate_recordset()
            self.assertEqual(record.wants_message, untold)
            self.assertIn(words, record.payment_next_step)

    def test_next_step_says_that_nobody_was_told(self):
        move = self.given
        booking = self.as_practitioner(move.booking_ids)
        self.ask(move).action_complete()
        self.assert_untold(booking)
        with self.undone():
            move.is_move_sent = True  # with Odoo's button
            self.assert_untold(booking, False)
        message = self.later(move)
        self.assert_untold(booking, False)
        message.action_cancel()
        self.assert_untold(booking)
        dialog = booking.event_id.action_send_payment_message()
        self.assertEqual(dialog["context"]["default_move_ids"], move.ids)

    def test_complete_and_send(self):
        move = self.given
        action = self.ask(move).action_complete_and_send()
        self.assertEqual(move.state, "posted")
        self.assertEqual(action["res_model"], "konfidens.payment.message.wizard")
        dialog = self.env[action["res_model"]].with_user(self.practitioner)
        dialog.with_context(**action["context"]).create({}).action_confirm()
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertIn("/p/", mail["body"], "with the link by which it is paid")
        self.assertEqual(mail["email_to"], ['"Kari Nordmann" <kari@example.com>'])

    def test_where_it_cannot_be_sent_nothing_is_completed(self):
        move = self.given
        dialog = self.ask(move)
        self.client.email = False
        with (
            self.assertRaisesRegex(UserError, "has no e-mail address"),
            self.cr.savepoint(),
        ):
            dialog.action_complete_and_send()
        self.assertEqual(move.state, "draft")
        dialog.action_complete()
        self.assertEqual(move.state, "posted")

    def test_whoever_was_told_costs_no_click(self):
        scheduled = self.given
        message = self.later(scheduled)
        self.assert_asks_nothing(scheduled)
        self.assertEqual(message.state, "scheduled", "it goes out all the same")
        sent = self.draft()
        self.send(sent)
        with self.mock_mail_gateway():
            self.send_due()
        self.assert_asks_nothing(sent)

    def test_whoever_pays_nothing_more_need_not_be_told(self):
        free = self.given
        free.invoice_line_ids.price_unit = 0.0
        self.assert_asks_nothing(free)

    def test_failed_and_called_off_tell_nobody(self):
        failed, called_off = self.given, self.draft()
        self.send(failed).sudo()._fail("No such mailbox.")
        self.later(called_off).action_cancel()
        for move in (failed, called_off):
            self.assertIn("has not been told", self.ask(move).note)

    def test_of_many_it_counts(self):
        moves = self.given + self.draft() + self.draft()
        self.later(moves[0])
        for records in (moves, moves.booking_ids):
            self.assertIn("Of 2 of these 3 invoices", self.ask(records).note)
        action = self.ask(moves.booking_ids).action_complete_and_send()
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(action["context"]["default_move_ids"], moves[1:].ids)

    def test_of_many_those_that_are_no_drafts_are_left_out(self):
        completed, cancelled = self.posted(), self.draft()
        cancelled.button_cancel()
        drafts = self.draft() + self.draft()
        action = self.ask(completed + cancelled + drafts).action_complete()
        self.assertEqual(action["params"]["message"], "2 invoices are completed.")
        self.assertEqual(set(drafts.mapped("state")), {"posted"})
        self.assertEqual((completed.state, cancelled.state), ("posted", "cancel"))
        # told, it asks nothing
        told = self.draft()
        self.later(told)
        action = self.as_practitioner(completed + told).action_ask_to_complete()
        self.assertEqual(action["params"]["message"], "1 invoice is completed.")
        with self.assertRaisesRegex(UserError, "is not a draft"):
            (completed + told).action_ask_to_complete()

    def test_told_while_the_dialog_was_open(self):
        move = self.given
        dialog = self.ask(move)
        self.later(move)
        action = dialog.action_complete_and_send()
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertEqual(len(move.payment_message_ids), 1)

    def test_refused_before_it_asks(self):
        with self.assertRaisesRegex(UserError, "is not a draft"):
            self.posted().action_ask_to_complete()
        booking = self.booking_of(self.book_externally(service_id=self.service.id))
        with self.assertRaisesRegex(UserError, "Press Create Invoice first"):
            booking.action_ask_to_complete()

    def test_colleagues_are_refused(self):
        move = self.given
        colleague = self.practitioner.copy({"login": "colleague"})
        for records in (move, move.booking_ids):
            with self.assertRaises(AccessError):
                records.with_user(colleague).action_ask_to_complete()
        dialogs = self.env[DIALOG].with_user(colleague)
        with self.assertRaises(AccessError), self.cr.savepoint():
            dialogs.create({"move_ids": move.ids})
        with self.assertRaises(AccessError):
            self.ask(move).with_user(colleague).action_complete()
        self.assertEqual(move.state, "draft")

    def test_automation_and_rpc_are_asked_nothing(self):
        move, other = self.given, self.draft()
        self.assertFalse(move.with_context(__action_done={}).action_ask_to_complete())
        self.assertFalse(self.as_practitioner(other).action_complete_invoice())
        self.assertEqual((move.state, other.state), ("posted", "posted"))
