from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged

from ..hooks import uninstall_hook
from ..models.sending.marks import Sending
from .sending_common import AccessPointCommon


@tagged("post_install", "-at_install")
class TestAccessPoint(AccessPointCommon):
    """What an access point answers, over a socket, when it is asked."""

    given_by = "handed_over"

    def test_document_is_marked_before_it_is_asked(self):
        move = self.given
        part = self.part_of(move)
        seen = []
        send = self.point._send

        def look(documents):
            self.env.cr.execute(
                "SELECT notification_status FROM mail_notification WHERE id = %s",
                [part.id],
            )
            seen.extend(self.env.cr.fetchall())
            return send(documents)

        with patch.object(self.point, "_send", look):
            self.send_documents()
        self.assertEqual(seen, [("process",)])

    def test_refused_at_once(self):
        self.company.payments_failover = True
        self.point.answer = "refuse"
        move = self.given_sent()
        self.complete_delivered()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertEqual(failed.state, "failed")
        self.assertIn("was refused", failed.failure_reason)
        # its number stays; the other channel tells of it
        self.assertEqual(move.state, "posted")
        self.assertEqual(self.message_of(move).channel, "email")
        self.send_documents()
        self.assertFalse(self.point.taken)

    def test_refused_and_sent_with_odoo_s_button(self):
        for told in ({"state": "done"}, {"error": {"code": 304, "message": "No"}}):
            with self.subTest(told):
                self.point.answer = "refuse"
                move = self.sent_document()
                self.complete_delivered()
                message = self.message_of(move)
                self.assertEqual(message.state, "failed")
                self.point.answer = "take"
                self.env["account.move.send"]._generate_and_send_invoices(
                    move, sending_methods={"peppol"}
                )
                self.assertEqual(message.state, "sent")
                self.assertFalse(move.activity_ids)
                self.assertEqual(move.booking_ids.payment_status, "unpaid")
                self.report(move, told)
                failed = "error" in told
                self.assertEqual(message.state, "failed" if failed else "delivered")
                self.assertEqual(bool(move.activity_ids), failed)
                self.assertEqual(
                    move.booking_ids.payment_status,
                    "attention" if failed else "unpaid",
                )

    def test_refused_by_document_and_told_by_email(self):
        self.company.payments_failover = True
        self.point.answer = "refuse"
        move = self.given_sent()
        self.complete_delivered()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(self.message_of(move).channel, "email")
        self.assertEqual(move.payment_message_state, "delivered")

    def test_somebody_works_on_what_is_next(self):
        move = self.given
        parts = type(self.env["mail.notification"])
        cron = self.env.ref("konfidens_payments_peppol.ir_cron_send_documents")
        with (
            patch.object(
                parts, "try_lock_for_update", autospec=True, side_effect=parts.browse
            ) as lock,
            self.capture_triggers(cron.id) as captured,
        ):
            self.send_documents()
        self.assertLess(lock.call_count, 5)
        self.assertTrue(captured.records)
        self.assertFalse(self.point.taken)
        self.send_documents()
        self.assertEqual(move.peppol_move_state, "processing")

    def test_busy_access_point_is_asked_again(self):
        self.point.answer = "busy"
        move = self.given_sent()
        self.complete_delivered()
        message = self.message_of(move)
        self.assertEqual(message.status, "retrying")
        self.assertIn("cannot be reached", message.failure_reason)
        self.point.answer = "take"
        message.sudo().next_try_date = self.now() - timedelta(minutes=1)
        self.send_documents()
        self.assertEqual(len(self.point.taken), 1)
        self.report(move, {"state": "done"})
        self.assertEqual(message.state, "delivered")

    def assert_unknown(self, move):
        """Check that a person is asked, and that nothing is sent by itself."""
        count = len(self.point.taken)
        self.complete_delivered()
        message = self.message_of(move)
        self.assertEqual((message.channel, message.state), ("peppol", "failed"))
        self.assertIn("Nobody knows", message.failure_reason)
        self.assertTrue(move.activity_ids)
        self.point.answer = "take"
        for _time in range(2):
            self.send_due()
            self.send_documents()
            self.complete_delivered()
        self.assertEqual(len(self.point.taken), count)

    def test_connection_breaks_when_it_has_the_document(self):
        self.point.answer = "break"
        self.assert_unknown(self.given_sent())
        self.assertEqual(len(self.point.taken), 1)

    def test_odoo_does_not_send_by_itself_what_nobody_knows_of(self):
        self.point.answer = "break"
        move = self.given_sent()
        self.complete_delivered()
        self.point.answer = "take"
        send = self.env["account.move.send"]
        with self.mock_mail_gateway():
            send._generate_and_send_invoices(move)
        self.assertEqual(len(self.point.taken), 1)
        # a person chooses it
        send._generate_and_send_invoices(move, sending_methods={"peppol"})
        self.assertEqual(len(self.point.taken), 2)

    def test_answer_that_names_no_document(self):
        self.point.answer = "garble"
        self.assert_unknown(self.given_sent())

    def test_answer_with_a_document_without_name(self):
        self.point.answer = "nameless"
        self.assert_unknown(self.given_sent())

    def test_server_stops_while_it_is_asked(self):
        move = self.given
        self.part_of(move).write(
            {
                "notification_status": "process",
                "peppol_asked_date": self.now() - timedelta(minutes=11),
            }
        )
        self.send_documents()
        self.assert_unknown(move)
        self.assertFalse(self.point.taken)

    def test_server_stops_when_odoo_has_noted_the_answer(self):
        move = self.given
        self.part_of(move).write(
            {
                "notification_status": "process",
                "peppol_asked_date": self.now() - timedelta(minutes=11),
            }
        )
        move.write({"peppol_message_uuid": "known", "peppol_move_state": "processing"})
        self.send_documents()
        self.assertEqual(self.part_of(move).notification_status, "pending")
        self.report(move, {"state": "done"})
        self.assertEqual(self.message_of(move).state, "delivered")

    def test_what_fails_after_the_answer_does_not_lose_it(self):
        move = self.given
        trigger = type(self.env["ir.cron"])._trigger

        def fail(cron, at=None):
            if cron == self.env.ref("account_peppol.ir_cron_peppol_get_message_status"):
                raise ValueError("The disk is full")
            return trigger(cron, at)

        with (
            patch.object(type(self.env["ir.cron"]), "_trigger", fail),
            self.assertLogs("odoo.addons", "WARNING"),
        ):
            self.send_documents()
        self.assertEqual(move.peppol_move_state, "processing")
        self.assertEqual(len(self.point.taken), 1)
        self.report(move, {"state": "done"})
        self.assertEqual(self.message_of(move).state, "delivered")

    def test_what_is_being_handed_over_is_not_cancelled(self):
        move = self.given
        self.part_of(move).write(
            {"notification_status": "process", "peppol_asked_date": self.now()}
        )
        self.assert_stays(move)

    def test_what_was_refused_may_be_reset(self):
        self.point.answer = "refuse"
        move = self.given_sent()
        move.button_draft()
        self.assertEqual(move.state, "draft")

    def test_person_sends_again_what_nobody_knows_of(self):
        self.point.answer = "break"
        move = self.given_sent()
        self.complete_delivered()
        self.point.answer = "take"
        move.action_send_again()
        self.send_due()
        self.send_documents()
        self.assertEqual(len(self.point.taken), 2)

    def test_payer_who_left_peppol_meanwhile(self):
        move = self.given
        payer = self.municipality.with_company(self.company)
        payer.peppol_verification_state = "not_valid"
        self.send_documents()
        self.complete_delivered()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertIn("does not receive electronic", failed.failure_reason)
        self.assertFalse(self.point.taken)

    def test_appointment_is_called_off_before_it_left(self):
        for answer in ("take", "busy"):
            with self.subTest(answer):
                self.point.answer = answer
                move = self.given if answer == "take" else self.handed_over()
                if answer == "busy":
                    self.work()
                move.booking_ids.event_id.action_archive()
                self.point.answer = "take"
                self.message_of(move).sudo().next_try_date = False
                self.work()
                self.assertFalse(self.point.taken)
                self.assertIn("Credit this invoice", move.activity_ids[:1].summary)
                self.assertEqual(
                    move.payment_message_ids.mapped("state"), ["cancelled"]
                )
                note = self.credit(move)
                self.work()
                self.assertFalse(note.payment_message_ids)
                self.assertFalse(self.point.taken)

    def test_accountant_sends_what_was_called_off(self):
        move = self.given
        move.booking_ids.event_id.action_archive()
        self.work()
        self.send(move)
        self.work()
        self.assertEqual(len(self.point.taken), 1)

    def test_practice_that_is_not_registered_any_more(self):
        for archived in (False, True):
            with self.subTest(archived=archived):
                move = self.handed_over()
                self.company.account_peppol_proxy_state = "not_registered"
                self.edi_user.sudo().active = not archived
                self.work()
                failed = move.payment_message_ids.filtered(
                    lambda one: one.channel == "peppol"
                )
                self.assertIn("is not registered to send", failed.failure_reason)
                self.assertFalse(self.point.taken)
                self.company.account_peppol_proxy_state = "sender"
                self.edi_user.sudo().active = True

    def test_odoo_does_not_ask_with_a_token_that_is_not_right(self):
        move = self.given
        self.edi_user.sudo().is_token_out_of_sync = True
        self.work()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertNotIn("Nobody knows", failed.failure_reason)
        self.assertIn("Reconnect this database", failed.failure_reason)

    def test_mark_means_nothing_where_nobody_was_asked(self):
        self.assertEqual(Sending().judge(), "peppol_unmade")

    def test_passing_fault_before_anybody_was_asked(self):
        move = self.given
        with (
            patch.object(
                type(self.env["account.move.send"]),
                "_prepare_invoice_pdf_report",
                side_effect=psycopg2.errors.SerializationFailure("Somebody was first"),
            ),
            self.assertLogs("odoo.addons", "WARNING"),
        ):
            self.send_documents()
        self.complete_delivered()
        message = self.message_of(move)
        self.assertEqual(message.status, "retrying")
        message.sudo().next_try_date = self.now() - timedelta(minutes=1)
        self.send_documents()
        self.assertEqual(len(self.point.taken), 1)

    def test_lasting_fault_before_anybody_was_asked(self):
        move = self.given
        with (
            patch.object(
                type(self.env["account.move.send"]),
                "_prepare_invoice_pdf_report",
                side_effect=ValueError("The printer is on fire"),
            ),
            self.assertLogs("odoo.addons", "WARNING"),
        ):
            self.work()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertEqual(failed.state, "failed")
        self.assertIn("could not be made", failed.failure_reason)
        self.assertNotIn("refused", failed.failure_reason)

    def test_access_point_takes_no_more_today(self):
        for code in (704, 707):
            self.point.error = {"code": code, "message": "Not now"}
            with self.subTest(code):
                self.point.answer = "refuse"
                move = self.sent_document()
                self.complete_delivered()
                message = self.message_of(move)
                self.assertEqual(message.status, "retrying")
                self.assertIn("does not take", message.failure_reason)
                self.point.answer = "take"
                message.sudo().next_try_date = self.now() - timedelta(minutes=1)
                self.send_documents()
                self.assertEqual(move.peppol_move_state, "processing")

    def test_uninstalled_while_it_is_asked(self):
        self.company.payments_failover = True
        taken = self.given_sent()
        waiting, asked = self.handed_over(), self.handed_over()
        self.part_of(asked).write(
            {"notification_status": "process", "peppol_asked_date": self.now()}
        )
        uninstall_hook(self.env(su=True))
        self.assertEqual(self.message_of(taken).state, "sent")
        # nobody was asked for it, so that the e-mail may tell of it
        self.assertEqual(self.message_of(waiting).channel, "email")
        message = self.message_of(asked)
        self.assertEqual((message.channel, message.state), ("peppol", "failed"))
        self.assertIn("Nobody knows", message.failure_reason)
        self.assertTrue(asked.activity_ids)
