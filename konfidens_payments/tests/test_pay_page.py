from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from .pay_link_common import PayLinkCommon


@tagged("post_install", "-at_install")
class TestPayPage(PayLinkCommon):
    given_by = "posted"

    def test_how_to_pay(self):
        self.company.write({"phone": "+47 22 00 00 00"})
        self.company.partner_id.bank_ids.unlink()
        self.env["res.partner.bank"].create(
            {
                "acc_number": "8601 11 17947",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        self.client.property_payment_term_id = self.env.ref(
            "account.account_payment_term_15days"
        )
        move = self.posted()
        page = self.assert_page(
            move,
            "to_pay",
            "Appointment November 10, 2026 at 10:00 AM",
            f"Invoice {move.name}",
            "8601 11 17947",
            f"Reference {move.payment_reference}",
            "Due ",
            "+47 22 00 00 00",
        )
        self.assertIn(f"/my/invoices/{move.id}?access_token=", page)
        # this company has no payment provider
        self.assertNotIn("payment=True", page)
        # as a file, where Odoo can make one
        state = self.env["ir.actions.report"].get_wkhtmltopdf_state()
        self.assertEqual(f"/p/{move.pay_token}/pdf" in page, state == "ok")

    def test_overdue(self):
        move = self.given
        move.invoice_date_due = self.now().date() - timedelta(3)
        self.assert_page(move, "to_pay", "It was due")

    def test_partly_paid(self):
        move = self.given
        self.pay(move, amount=500.0)
        words = ("Partly paid", "$ 750.00", "$ 500.00 of $ 1,250.00 is paid")
        self.assert_page(move, "partly_paid", *words)

    def test_written_off_in_part(self):
        move = self.given
        self.write_off(move, 250.0)
        words = ("$ 1,000.00", "$ 250.00 of $ 1,250.00 need not be paid")
        page = self.assert_page(move, "to_pay", *words)
        self.assertNotIn("is paid", page)
        self.pay(move, amount=500.0)
        words = ("$ 500.00", "$ 500.00 of $ 1,250.00 is paid", words[1])
        self.assert_page(move, "partly_paid", *words)

    def test_what_was_paid_and_what_was_not(self):
        move = self.given
        self.write_off(move, 300.0)
        with self.undone():
            self.write_off(move, 950.0)
            page = self.assert_page(move, "settled", "There is nothing to pay")
            self.assertNotIn("Paid", page)
        self.pay(move)
        self.assert_page(move, "paid", "Paid. Thank you!", "$ 950.00")

    def test_paid(self):
        move = self.given
        self.pay(move)
        page = self.assert_page(move, "paid", "Paid. Thank you!", "$ 1,250.00")
        self.assertNotIn("payment=True", page)

    def test_credited(self):
        move = self.given
        move._reverse_moves(cancel=True)
        self.assert_page(move, "credited", "was credited", "nothing to pay")

    def test_replaced(self):
        move = self.given
        move._reverse_moves(cancel=True)
        booking = move.booking_ids
        booking.action_create_invoice()
        newer = booking.invoice_id
        page = self.assert_page(move, "replaced", "A new invoice is being prepared")
        self.assertNotIn(newer.pay_token, page)
        newer.action_complete_invoice()
        page = self.assert_page(move, "replaced", "See the new invoice")
        self.assertIn(f'href="/p/{newer.pay_token}"', page)

    def test_replaced_by_an_invoice_of_somebody_else(self):
        move = self.given
        move._reverse_moves(cancel=True)
        booking = move.booking_ids
        booking.payer_id = self.env["res.partner"].create({"name": "Other"})
        booking.action_create_invoice()
        newer = booking.invoice_id
        if newer.partner_id == move.partner_id:
            newer.partner_id = self.env["res.partner"].create({"name": "Other"})
        newer.action_complete_invoice()
        page = self.assert_page(move, "credited")
        self.assertNotIn(newer.pay_token, page)

    def test_cancelled(self):
        move = self.sent()
        move.button_cancel()
        with self.assert_nothing_changes(move, move.payment_message_ids):
            self.assert_page(move, "cancelled", "was cancelled", "nothing to pay")

    def test_billed_externally(self):
        move = self.sent()
        move.externally_billed = True
        with self.assert_nothing_changes(move, move.payment_message_ids):
            self.assert_page(move, "external", "nothing to pay here")

    def test_payer_is_somebody_else(self):
        parent = self.env["res.partner"].create(
            {"name": "Ola Hansen", "email": "ola@example.com"}
        )
        move = self.draft(payer_id=parent.id)
        move.action_complete_invoice()
        page = self.assert_page(move, "to_pay")  # without the client's name
        self.assertNotIn("Hansen", page)

    def test_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        view = self.env.ref("konfidens_payments.pay_page_state")
        view.update_field_translations("arch_db", {"nb_NO": {"To pay": "Å betale"}})
        self.client.lang = "nb_NO"
        move = self.posted()
        page = self.assert_page(move, "to_pay", "Å betale", "10. november 2026")
        self.assertIn('<html lang="nb-NO"', page)
        # in which Odoo's portal goes on
        self.assertEqual(self.opener.cookies["frontend_lang"], "nb_NO")

    # === ON PAPER === #

    def render(self, move):
        report = self.env["ir.actions.report"].sudo()
        html, _type = report._render_qweb_html("account.report_invoice", move.ids)
        return html.decode()

    def test_printed_invoice_has_the_link_while_it_is_to_be_paid(self):
        self.company.link_qr_code = True
        move = self.posted()
        html = self.render(move)
        self.assertIn("konfidens_payments_pay_link", html)
        self.assertIn(f">{move.pay_url}</a>", html)
        self.assertNotIn('id="payment_link_qrcode"', html)  # Odoo's own
        self.pay(move)
        self.assertNotIn("konfidens_payments_pay_link", self.render(move))

    def test_other_invoices_are_printed_as_before(self):
        move = self.init_invoice("out_invoice", products=self.service, post=True)
        self.assertNotIn("konfidens_payments_pay_link", self.render(move))

    def test_several_appointments(self):
        move = self.draft()
        other = self.book(
            start=datetime(2026, 11, 11, 9), stop=datetime(2026, 11, 11, 10)
        )
        values = {
            "booking_id": self.booking_of(other).id,
            "product_id": self.service.id,
        }
        move.invoice_line_ids = [Command.create(values)]
        move.action_complete_invoice()
        self.assert_page(move, "to_pay", "November 10, 2026", "November 11, 2026")

    def test_completed_invoice_is_no_proforma(self):
        move = self.given
        self.assertFalse(move.invoice_pdf_report_id)
        url = move.get_portal_url(report_type="html")
        page = self.url_open(url).text
        self.assertIn(move.name, page)
        self.assertNotIn("Proforma", page)
        # an invoice of no appointment stays as Odoo has it
        other = self.init_invoice("out_invoice", products=self.service, post=True)
        other._portal_ensure_token()
        self.env.flush_all()
        page = self.url_open(other.get_portal_url(report_type="html")).text
        self.assertIn("Proforma", page)
