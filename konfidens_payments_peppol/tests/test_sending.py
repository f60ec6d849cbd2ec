import base64

from lxml import etree

from odoo.tests import tagged

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
