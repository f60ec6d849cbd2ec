import base64
from datetime import timedelta

from lxml import etree

from odoo.tests import tagged

from .sending_common import AccessPointCommon


@tagged("post_install", "-at_install")
class TestTakenDocument(AccessPointCommon):
    """What becomes of a document that the access point has taken."""

    given_by = "sent_document"

    def test_it_gets_the_document_with_its_number(self):
        move = self.given
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
        move = self.given
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
        move = self.given
        self.ask_for_documents()
        self.complete_delivered()
        self.assertEqual(self.message_of(move).state, "sent")

    def test_refused_later(self):
        move = self.given
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
        move = self.given
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

    def test_error_after_it_was_received(self):
        move = self.given
        self.report(move, {"state": "done"})
        move.peppol_move_state = "error"
        self.complete_delivered()
        self.assertEqual(self.message_of(move).state, "delivered")
        self.assertIn("not sent twice", move._get_message_problem("peppol"))

    def test_what_the_buyer_has_is_credited_and_not_cancelled(self):
        move = self.given
        self.assert_stays(move)
        self.report(move, {"state": "done"})
        self.assert_stays(move)

    def test_nobody_confirms_it_within_the_limit(self):
        move = self.given
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
        move = self.given
        status = self.env.ref("account_peppol.ir_cron_peppol_get_message_status")
        with self.capture_triggers(status.id) as captured:
            self.env["konfidens.payment.message"]._ask_for_documents()
        self.assertFalse(captured.records)
        self.part_of(move).peppol_asked_date = self.now() - timedelta(hours=1)
        with self.capture_triggers(status.id) as captured:
            self.env["konfidens.payment.message"]._ask_for_documents()
        self.assertEqual(len(captured.records), 1)
