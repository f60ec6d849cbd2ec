from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .receipt_common import ReceiptCommon

LOGGER = "odoo.addons.konfidens_payments.models.receipt.pdf"


class Killed(BaseException):
    """The end of the server's process."""


@tagged("post_install", "-at_install")
class TestReceiptPdf(ReceiptCommon):
    """The completed invoice goes along with the receipt, made before it is sent."""

    given_by = "posted"

    @contextmanager
    def making(self, make):
        """Let PDFs be made so: called with the invoice, it returns bytes."""
        moves = type(self.env["account.move"])
        with patch.object(moves, "_render_completed_pdf", make):
            yield

    def no_wkhtmltopdf(self):
        """Return a context in which this machine cannot make PDFs."""
        return patch.object(
            self.reports, "get_wkhtmltopdf_state", lambda self: "install"
        )

    def test_made_before_there_is_a_message(self):
        seen = []

        def make(move):
            seen.append(move.payment_message_line_ids)
            return b"%PDF"

        self.pay(move := self.posted())
        with self.making(make):
            [mail] = self.work()
        self.assertEqual(len(seen), 1)
        self.assertFalse(seen[0])
        self.assertEqual(mail["attachments"][0][1], b"%PDF")
        # it stands with the invoice, for who may read that
        attachment = move.sudo().receipt_pdf_id
        self.assertEqual(attachment.res_model, move._name)
        self.assertEqual(attachment.res_id, move.id)
        self.assertTrue(self.as_practitioner(attachment).has_access("read"))

    def test_no_wkhtmltopdf(self):
        move = self.given
        self.pay(move)
        with self.no_wkhtmltopdf():
            [mail] = self.work()
        self.assertFalse(mail["attachments"])
        self.assertNotIn("attached", mail["body"])
        self.assertIn(move.pay_url, mail["body"])
        receipt = self.receipts(move)
        self.assertEqual(receipt.state, "delivered")
        self.assertIn("has no wkhtmltopdf", receipt.story)
        self.assertIn("has no wkhtmltopdf", move.message_ids[0].body)
        self.assertFalse(self.activities(move))

    def test_sms_says_nothing_of_a_pdf(self):
        self.company.payments_receipt = "message"
        self.company.payments_channel = "sms"
        self.pay(move := self.posted())
        with self.no_wkhtmltopdf():
            self.make_receipts()
        self.assertNotIn("wkhtmltopdf", self.receipts(move).story)

    def test_cannot_be_made(self):
        def make(_move):
            raise ValueError("no room on the disk")

        self.pay(move := self.posted())
        with self.making(make), self.assertLogs(LOGGER, "WARNING"):
            [mail] = self.work()
        self.assertFalse(mail["attachments"])
        self.assertIn("could not be made", self.receipts(move).story)

    def test_one_that_cannot_be_made_stops_no_other(self):
        moves = self.given + self.posted()

        def make(move):
            if move == moves[0]:
                raise ValueError("no room on the disk")
            return b"%PDF"

        self.pay(moves)
        with self.making(make), self.assertLogs(LOGGER, "WARNING"):
            [mail] = self.work()
        self.assertEqual(len(mail["attachments"]), 1)
        self.assertIn("could not be made", self.receipts(moves).story)

    def test_ends_with_the_process_each_time(self):
        tries = []

        def make(move):
            tries.append(move)
            raise Killed

        self.pay(move := self.posted())
        with self.making(make):
            for _number in range(3):
                with suppress(Killed):  # `assertRaises` would take back what it did
                    self.make_receipts()
                self.env.invalidate_all()
            [mail] = self.work()
        self.assertEqual(len(tries), 3)
        self.assertFalse(mail["attachments"])
        self.assertIn("could not be made", self.receipts(move).story)

    def test_what_odoo_keeps_is_taken(self):
        move = self.given
        self.env["ir.attachment"].sudo().create(
            {
                "name": "kept.pdf",
                "raw": b"%PDF kept",
                "res_model": move._name,
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        self.env.invalidate_all()
        self.pay(move)
        [mail] = self.work()
        [(name, content, _mimetype)] = mail["attachments"]
        self.assertEqual((name, content), ("kept.pdf", b"%PDF kept"))

    def test_made_anew_where_it_is_paid_anew(self):
        contents = iter((b"%PDF 1", b"%PDF 2"))
        move = self.posted()
        with self.making(lambda _move: next(contents)):
            self.pay(move)
            self.make_receipts()
            self.undo_payment(move)
            self.work()
            with freeze_time(self.now() + timedelta(hours=1)):
                self.pay_again(move)
                [mail] = self.work()
        self.assertEqual(mail["attachments"][0][1], b"%PDF 2")
