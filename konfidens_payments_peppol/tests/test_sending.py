import base64
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..hooks import uninstall_hook
from ..models.sending.marks import Sending
from .sending_common import SendingCommon


@tagged("post_install", "-at_install")
class TestSending(SendingCommon):
    """From the completed invoice to the buyer's access point, in Odoo's demo mode."""

    given_by = "handed_over"

    def test_invoice_is_completed_before_its_document_leaves(self):
        move = self.draft_for(self.municipality)
        message = self.send(move)
        self.assertIn("is completed, and goes to", message.story)
        self.send_due()
        self.assertEqual((message.state, move.state), ("sent", "posted"))
        self.assertFalse(move.peppol_message_uuid)
        self.assertIn("handed over", message.story)
        self.send_documents()
        self.assertEqual(message.state, "sent")
        self.assertTrue(move.peppol_message_uuid)
        self.assertIn("has not confirmed it yet", message.story)
        self.ask_for_documents()
        self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        self.assertIn(
            "received by the access point of 0192:974760673", message.evidence
        )
        self.assertEqual(move.payment_message_state, "delivered")
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_no_mail_and_no_sms_goes_along(self):
        with self.mock_mail_gateway():
            move = self.sent_document()
        self.assertFalse(self._new_mails)
        self.assertEqual(self.part_of(move).notification_type, "peppol")

    def test_chatter_says_why_it_is_completed(self):
        move = self.given
        said = " ".join(move.message_ids.mapped("body"))
        self.assertIn("to be sent as an electronic invoice", said)
        self.assertIn("0192:974760673", said)

    def test_odoo_does_not_send_it_beside_us(self):
        move = self.given
        send = self.env["account.move.send"]
        self.assertFalse(send._is_applicable_to_move("peppol", move))
        other = self.posted_for(self.employer)
        self.assertTrue(send._is_applicable_to_move("peppol", other))

    def test_what_odoo_sent_is_not_sent_again(self):
        move = self.posted_for(self.municipality)
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods={"peppol"}
        )
        self.assertEqual(move.peppol_move_state, "processing")
        self.assertIn("not sent twice", move._get_message_problem("peppol"))

    def test_what_odoo_sends_has_no_pay_link_either(self):
        move = self.posted_for(self.municipality)
        send = self.env["account.move.send"]
        link = move.sudo()._get_pay_path()
        # by e-mail first: that print has the link
        with self.mock_mail_gateway():
            send._generate_and_send_invoices(move, sending_methods={"email"})
        self.assertIn(link, move.invoice_pdf_report_id.raw.decode())
        send._generate_and_send_invoices(move, sending_methods={"peppol"})
        self.assertEqual(move.peppol_move_state, "processing")
        self.assertNotIn(link, move.invoice_pdf_report_id.raw.decode())
        [print_] = etree.fromstring(move.ubl_cii_xml_id.raw).findall(
            ".//{*}EmbeddedDocumentBinaryObject"
        )
        self.assertNotIn(link, base64.b64decode(print_.text).decode())

    def test_paid_before_it_left(self):
        move = self.given
        message = self.message_of(move)
        self.pay(move)
        self.send_documents()
        self.assertEqual(message.state, "cancelled")
        self.assertFalse(move.peppol_message_uuid)

    def test_reminders_and_receipts_go_by_email(self):
        move = self.sent_document()
        self.company.payments_receipt = "message"
        self.assertEqual(move.sudo()._get_reminder_channel(), "email")
        self.assertEqual(move.sudo()._get_receipt_channel(), "email")


@tagged("post_install", "-at_install")
class TestAccessPoint(SendingCommon):
    """What an access point answers, over a socket."""

    def setUp(self):
        super().setUp()
        self.point = self.use_access_point()

    def report(self, move, content):
        """Let the access point say this of a document, and Odoo ask it."""
        self.point.states[move.peppol_message_uuid] = content
        self.ask_for_documents()
        self.complete_delivered()

    def test_it_gets_the_document_with_its_number(self):
        move = self.sent_document()
        [taken] = self.point.taken
        self.assertEqual(taken["receiver"], "0192:974760673")
        document = etree.fromstring(base64.b64decode(taken["ubl"]))
        self.assertEqual(document.findtext("{*}ID"), move.name)
        text = base64.b64decode(taken["ubl"]).decode()
        # the print goes along; without wkhtmltopdf, as in tests, it is a page
        [print_] = document.findall(".//{*}EmbeddedDocumentBinaryObject")
        page = base64.b64decode(print_.text).decode(errors="replace")
        self.assertIn(move.name, page)
        for secret in ("Nordmann", "Trauma", "Depression", move.sudo().pay_token):
            self.assertNotIn(secret, text)
            self.assertNotIn(secret, page)

    def test_status_that_makes_no_sense(self):
        move = self.sent_document()
        user = self.edi_user.with_company(self.company)
        for content in (None, [], "done"):
            with self.subTest(content):
                self.point.states[move.peppol_message_uuid] = content
                answer = user._call_peppol_proxy(
                    "/api/peppol/1/get_document",
                    params={"message_uuids": [move.peppol_message_uuid]},
                )
                self.assertEqual(answer, {move.peppol_message_uuid: content})

    def test_it_takes_time(self):
        move = self.sent_document()
        self.ask_for_documents()
        self.complete_delivered()
        self.assertEqual(self.message_of(move).state, "sent")

    def test_document_is_marked_before_it_is_asked(self):
        move = self.handed_over()
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
        move = self.sent_document()
        self.complete_delivered()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertEqual(failed.state, "failed")
        self.assertIn("was refused", failed.failure_reason)
        # its number stays; the other channel tells of it
        self.assertEqual(move.state, "posted")
        self.assertEqual(self.message_of(move).channel, "email")
        self.send_documents()
        self.assertFalse(self.point.taken)

    def test_refused_later(self):
        move = self.sent_document()
        self.report(
            move, {"error": {"code": 304, "message": "The buyer is not registered"}}
        )
        message = self.message_of(move)
        self.assertEqual((message.state, move.state), ("failed", "posted"))
        self.assertIn("was refused", message.failure_reason)
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertTrue(move.can_send_again)
        self.assertTrue(move.has_other_channel)
        self.assertIn(
            "was refused", " ".join(move.activity_ids.mapped(lambda one: str(one.note)))
        )

    def test_mended_and_sent_again(self):
        move = self.sent_document()
        self.report(move, {"error": {"code": 304, "message": "Which order?"}})
        self.municipality.payments_order_number = "PO-7"
        move.action_send_again()
        self.send_due()
        self.send_documents()
        first, second = (
            base64.b64decode(taken["ubl"]).decode() for taken in self.point.taken
        )
        self.assertNotIn("PO-7", first)
        self.assertIn("PO-7", second)
        self.report(move, {"state": "done"})
        self.assertEqual(self.message_of(move).state, "delivered")
        self.assertFalse(move.activity_ids)

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

    def test_error_after_it_was_received(self):
        move = self.sent_document()
        self.report(move, {"state": "done"})
        move.peppol_move_state = "error"
        self.complete_delivered()
        self.assertEqual(self.message_of(move).state, "delivered")
        self.assertIn("not sent twice", move._get_message_problem("peppol"))

    def test_refused_by_document_and_told_by_email(self):
        self.company.payments_failover = True
        self.point.answer = "refuse"
        move = self.sent_document()
        self.complete_delivered()
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(self.message_of(move).channel, "email")
        self.assertEqual(move.payment_message_state, "delivered")

    def test_somebody_works_on_what_is_next(self):
        move = self.handed_over()
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
        move = self.sent_document()
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
        self.assert_unknown(self.sent_document())
        self.assertEqual(len(self.point.taken), 1)

    def test_odoo_does_not_send_by_itself_what_nobody_knows_of(self):
        self.point.answer = "break"
        move = self.sent_document()
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
        self.assert_unknown(self.sent_document())

    def test_answer_with_a_document_without_name(self):
        self.point.answer = "nameless"
        self.assert_unknown(self.sent_document())

    def test_server_stops_while_it_is_asked(self):
        move = self.handed_over()
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
        move = self.handed_over()
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
        move = self.handed_over()
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

    def assert_stays(self, move):
        """Check that a completed invoice is neither reset, cancelled nor given up."""
        for change in (
            move.button_draft,
            move.button_cancel,
            move.action_bill_externally,
            move.booking_ids.action_bill_externally,
        ):
            with self.assertRaisesRegex(UserError, "Credit it"), self.cr.savepoint():
                change()
        self.assertEqual(move.state, "posted")

    def test_what_the_buyer_has_is_credited_and_not_cancelled(self):
        move = self.sent_document()
        self.assert_stays(move)
        self.report(move, {"state": "done"})
        self.assert_stays(move)

    def test_what_is_being_handed_over_is_not_cancelled(self):
        move = self.handed_over()
        self.part_of(move).write(
            {"notification_status": "process", "peppol_asked_date": self.now()}
        )
        self.assert_stays(move)

    def test_what_was_refused_may_be_reset(self):
        self.point.answer = "refuse"
        move = self.sent_document()
        move.button_draft()
        self.assertEqual(move.state, "draft")

    def test_person_sends_again_what_nobody_knows_of(self):
        self.point.answer = "break"
        move = self.sent_document()
        self.complete_delivered()
        self.point.answer = "take"
        move.action_send_again()
        self.send_due()
        self.send_documents()
        self.assertEqual(len(self.point.taken), 2)

    def test_nobody_confirms_it_within_the_limit(self):
        move = self.sent_document()
        message = self.message_of(move)
        message.sudo().give_up_date = self.now() - timedelta(minutes=1)
        self.complete_delivered()
        self.assertEqual(message.state, "failed")
        self.assertIn("Nobody confirmed", message.failure_reason)
        # and it is confirmed after all, before the e-mail has left
        self.report(move, {"state": "done"})
        self.assertEqual(message.state, "delivered")
        self.assertFalse(
            move.payment_message_ids.filtered(lambda one: one.state == "scheduled")
        )

    def test_odoo_is_asked_sooner_for_what_is_under_way(self):
        move = self.sent_document()
        status = self.env.ref("account_peppol.ir_cron_peppol_get_message_status")
        with self.capture_triggers(status.id) as captured:
            self.env["konfidens.payment.message"]._ask_for_documents()
        self.assertFalse(captured.records)
        self.part_of(move).peppol_asked_date = self.now() - timedelta(hours=1)
        with self.capture_triggers(status.id) as captured:
            self.env["konfidens.payment.message"]._ask_for_documents()
        self.assertEqual(len(captured.records), 1)

    def test_payer_who_left_peppol_meanwhile(self):
        move = self.handed_over()
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
                move = self.handed_over()
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
        move = self.handed_over()
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
        move = self.handed_over()
        self.edi_user.sudo().is_token_out_of_sync = True
        self.work()
        failed = move.payment_message_ids.filtered(lambda one: one.channel == "peppol")
        self.assertNotIn("Nobody knows", failed.failure_reason)
        self.assertIn("Reconnect this database", failed.failure_reason)

    def test_mark_means_nothing_where_nobody_was_asked(self):
        self.assertEqual(Sending().judge(), "peppol_unmade")

    def test_passing_fault_before_anybody_was_asked(self):
        move = self.handed_over()
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
        move = self.handed_over()
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
        taken = self.sent_document()
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
