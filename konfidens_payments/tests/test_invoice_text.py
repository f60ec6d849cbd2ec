from odoo.tests import tagged

from .common import PaymentsCommon

TEXT = "Consultation, 45 minutes"
DATE = "November 10, 2026 at 10:00 AM"


@tagged("post_install", "-at_install")
class TestInvoiceText(PaymentsCommon):
    """What invoices say of the service: nothing, or what the practice chose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.service.product_tmpl_id
        cls.env["res.lang"]._activate_lang("nb_NO")

    def line(self, **values):
        return self.draft(**values).invoice_line_ids

    def say(self):
        self.template.payments_invoice_text = TEXT
        self.template.with_context(
            lang="nb_NO"
        ).payments_invoice_text = "Konsultasjon, 45 minutter"

    def test_nothing_by_default(self):
        self.assertEqual(self.line().name, f"Appointment {DATE}")

    def test_what_the_practice_chose(self):
        self.say()
        self.assertEqual(self.line().name, f"{TEXT}, {DATE}")

    def test_in_the_payers_language(self):
        self.say()
        self.client.lang = "nb_NO"
        name = self.line().name
        self.assertTrue(
            name.startswith("Konsultasjon, 45 minutter, 10. november 2026"), name
        )

    def test_never_title_notes_or_the_products_name(self):
        self.say()
        name = self.line().name
        for secret in ("Depression", "private", "Trauma"):
            self.assertNotIn(secret, name)

    def test_line_without_a_text_does_not_take_the_products_name(self):
        line = self.line()
        line.name = False
        other = self.service.copy({"name": "Grief therapy"})
        line.product_id = other
        self.assertEqual(line.name, f"Appointment {DATE}")

    def test_drafts_follow_unless_somebody_wrote_another_text(self):
        following, own = self.line(), self.line()
        own.name = "As we agreed"
        posted = self.posted().invoice_line_ids
        self.say()
        self.assertEqual(following.name, f"{TEXT}, {DATE}")
        self.assertEqual(own.name, "As we agreed")
        self.assertEqual(posted.name, f"Appointment {DATE}")
        # and follow the appointment as before
        event = following.booking_id.event_id
        event.write({"start": "2026-11-11 09:00:00", "stop": "2026-11-11 10:00:00"})
        self.assertEqual(following.name, f"{TEXT}, November 11, 2026 at 10:00 AM")

    def test_messages_do_not_say_it(self):
        self.say()
        move = self.draft()
        message = self.send(move)
        self.assertNotIn("Consultation", message.summary)
        with self.mock_mail_gateway():
            self.send_due()
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertNotIn("Consultation", f"{mail.subject} {mail.body_html}")

    def test_portal_shows_it_instead_of_the_products_name(self):
        self.say()
        move = self.posted()
        report = self.env["ir.actions.report"]
        html, _type = report._render_qweb_html("account.report_invoice", move.ids)
        self.assertIn(TEXT, html.decode())
        self.assertNotIn("Trauma", html.decode())
