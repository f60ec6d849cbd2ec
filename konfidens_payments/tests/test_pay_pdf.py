import io
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from .pay_link_common import PayLinkCommon
from .together_common import TogetherCommon


def _get_page():
    """Return a PDF of one empty page."""
    writer = PdfFileWriter()
    writer.addBlankPage(100, 100)
    with io.BytesIO() as buffer:
        writer.write(buffer)
        return buffer.getvalue()


@tagged("post_install", "-at_install")
class TestPayPdf(TogetherCommon, PayLinkCommon):
    """The completed invoice as PDF, for who has the pay link."""

    given_by = "posted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = type(cls.env["ir.actions.report"])
        cls.startClassPatcher(
            patch.object(cls.reports, "get_wkhtmltopdf_state", lambda self: "ok")
        )
        cls.startClassPatcher(
            patch.object(
                type(cls.env["account.move"]),
                "_render_completed_pdf",
                lambda self: _get_page(),
            )
        )

    def get_pdf(self, move, method="GET"):
        """Ask as a stranger for the PDF of a pay link; return the answer.

        :param move: an invoice; or a payment message that told of several
        """
        self.env.flush_all()
        answer = self.url_open(
            f"/p/{move.sudo().pay_token}/pdf", method=method, allow_redirects=False
        )
        self.env.invalidate_all()
        return answer

    def assert_pdf(self, move, pages=1):
        answer = self.get_pdf(move)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        reader = PdfFileReader(io.BytesIO(answer.content))
        self.assertEqual(reader.getNumPages(), pages)
        return answer

    def assert_nothing(self, move):
        answer = self.get_pdf(move)
        self.assertEqual((answer.status_code, answer.text), (404, "Not found\n"))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn("/pdf", self.open(move).text)

    def no_wkhtmltopdf(self):
        """Return a context in which this machine cannot make PDFs."""
        return patch.object(
            self.reports, "get_wkhtmltopdf_state", lambda self: "install"
        )

    # === EACH STATE === #

    def test_completed(self):
        move = self.given
        answer = self.assert_pdf(move)
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Robots-Tag", "noindex, nofollow, noarchive"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.assertEqual(answer.headers[name], value)
        self.assertIn(
            f"{move.name.replace('/', '_')}.pdf", answer.headers["Content-Disposition"]
        )
        self.assertNotIn("session_id", answer.cookies)
        self.assertIn(f'href="/p/{move.pay_token}/pdf"', self.open(move).text)

    def test_partly_paid_paid_and_credited(self):
        move = self.given
        self.pay(move, amount=500.0)
        self.assert_pdf(move)
        self.pay(move)
        self.assert_pdf(move)
        move._reverse_moves(cancel=True)
        self.assert_pdf(move)

    def test_draft_gives_nothing_and_is_not_completed_by_it(self):
        move = self.sent()
        answer = self.get_pdf(move)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.payment_message_state, "sent")

    def test_cancelled(self):
        move = self.draft()
        move.button_cancel()
        self.assert_nothing(move)

    def test_billed_externally(self):
        move = self.draft()
        move.externally_billed = True
        self.assert_nothing(move)

    def test_replaced(self):
        move = self.given
        move._reverse_moves(cancel=True)
        move.booking_ids.action_create_invoice()
        newer = move.booking_ids.invoice_id
        newer.action_complete_invoice()
        self.assertEqual(self.get_pdf(move).status_code, 404)
        self.assert_pdf(newer)

    def test_revoked(self):
        move = self.given
        old = move.pay_token
        move.action_revoke_pay_link()
        self.assertEqual(self.url_open(f"/p/{old}/pdf").status_code, 404)
        self.assert_pdf(move)

    def test_another_payer(self):
        move = self.draft()
        old = move.pay_token
        move.partner_id = self.env["res.partner"].create({"name": "Other"})
        move.action_complete_invoice()
        self.assertEqual(self.url_open(f"/p/{old}/pdf").status_code, 404)

    def test_no_link(self):
        for token in ("a" * 22, "x", "pay"):
            self.assertEqual(self.url_open(f"/p/{token}/pdf").status_code, 404)

    def test_other_methods(self):
        move = self.given
        with self.assert_nothing_changes(move):
            self.assertEqual(self.get_pdf(move, "HEAD").status_code, 200)
            for method in ("POST", "PUT", "DELETE"):
                self.assertGreaterEqual(self.get_pdf(move, method).status_code, 400)

    def test_nothing_of_the_invoice_changes(self):
        move = self.given
        with self.assert_nothing_changes(move, move.booking_ids):
            self.assert_pdf(move)

    # === SEVERAL === #

    def test_joint_link_gives_all_that_are_completed(self):
        moves = self.drafts(3)
        self.deliver(moves)
        message = moves.payment_message_ids
        self.assert_pdf(message, 3)
        self.assert_pdf(moves[0])
        page = self.open(message).text
        self.assertIn(f'href="/p/{message.sudo().pay_token}/pdf"', page)
        moves[0].action_revoke_pay_link()
        self.assert_pdf(message, 2)
        moves[1]._reverse_moves(cancel=True)
        moves[1].booking_ids.action_create_invoice()
        self.assert_pdf(message)
        moves[2].sudo().pay_token = moves._new_pay_token()
        self.assert_nothing(message)

    # === MACHINE === #

    def test_no_wkhtmltopdf(self):
        move = self.given
        with self.no_wkhtmltopdf():
            self.assert_nothing(move)

    def test_what_odoo_keeps_is_given(self):
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
        with self.no_wkhtmltopdf():
            self.assertEqual(self.get_pdf(move).content, b"%PDF kept")

    def test_a_copy_gives_nothing(self):
        move = self.given
        self.env["ir.config_parameter"].sudo().set_param(
            "database.is_neutralized", "true"
        )
        self.assert_nothing(move)
