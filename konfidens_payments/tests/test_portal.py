from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .pay_link_common import PayLinkCommon

# What stands nowhere on what the payer sees: the service, and the appointment's words.
SECRETS = ("trauma", "7038010009457", "diagnosis", "depression", "private")
HIDDEN_MODELS = (
    "calendar.event",
    "konfidens.payment.booking",
    "konfidens.payment.message",
    "product.product",
    "product.template",
)


@tagged("post_install", "-at_install")
class TestPortal(PayLinkCommon):
    """What a payer with a login to Odoo's portal, or with the link there, sees."""

    given_by = "invoice"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.write(
            {
                "default_code": "TRAUMA-60",
                "barcode": "7038010009457",
                "description_sale": "Talks about a diagnosis",
            }
        )
        cls.client.country_id = cls.env.ref("base.no")
        cls.payer = new_test_user(
            cls.env,
            "payer",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            partner_id=cls.client.id,
            name="Kari Nordmann",
        )

    def invoice(self):
        """Return a completed invoice, with all that was said of it in its chatter."""
        move = self.draft().with_context(tracking_disable=False, mail_notrack=False)
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        self.env.flush_all()
        self.env.invalidate_all()
        return move

    def assert_neutral(self, text, what):
        for secret in SECRETS:
            self.assertNotIn(secret, str(text).lower(), what)

    def test_no_field_of_the_invoice_shows_the_service(self):
        move = self.given
        messages = move.message_ids  # Odoo lets its payer read them by their ids
        self.assertTrue(messages)
        read = 0
        for records in (move, move.line_ids, messages):
            records = records.with_user(self.payer)
            for name in records.fields_get():
                self.env.invalidate_all()
                try:
                    values = [row[name] for row in records.read([name])]
                except AccessError:
                    continue
                read += 1
                self.assert_neutral(values, f"{records._name}.{name}")
                field = records._fields[name]
                if field.relational:
                    self.assertNotIn(field.comodel_name, HIDDEN_MODELS, name)
        self.assertGreater(read, 100)

    def test_service_is_not_found_by_searching(self):
        move = self.given.with_user(self.payer)
        lines = move.env["account.move.line"]
        self.assertTrue(lines.search([("move_id", "=", move.id)]))
        for name in ("product_id", "product_id.name", "booking_id"):
            for model, path in (
                (lines, name),
                (move, f"line_ids.{name}"),
                (move, f"invoice_line_ids.{name}"),
            ):
                with self.subTest(path=path), self.assertRaises(AccessError):
                    model.search([(path, "!=", False)])
        with self.assertRaises(AccessError):
            lines.search([], order="product_id")
        with self.assertRaises(AccessError):
            lines.formatted_read_group([], ["product_id"], ["__count"])
        with self.assertRaises(AccessError):
            lines.search_read([], ["product_id"])
        with self.assertRaises(AccessError):
            move.web_read({"line_ids": {"fields": {"product_id": {}}}})

    def test_pages_of_the_portal(self):
        move = self.given
        page = f"/my/invoices/{move.id}"
        access = f"access_token={move.access_token}"
        for user, pages in (
            ("payer", ["/my/invoices", page, f"{page}?report_type=html"]),
            (None, [f"{page}?{access}", f"{page}?{access}&report_type=html"]),
        ):
            self.authenticate(user, user)
            for address in pages:
                with self.subTest(user=user, address=address):
                    answer = self.url_open(address, allow_redirects=False)
                    self.assertEqual(answer.status_code, 200)
                    self.assertIn(move.name, answer.text)
                    if address.startswith(page):
                        self.assertIn("1,250.00", answer.text)
                    if "html" in address:
                        self.assertIn("Appointment November 10, 2026", answer.text)
                    self.assert_neutral(answer.text, address)
        # without link and login
        self.authenticate(None, None)
        answer = self.url_open(page, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def test_documents_of_the_portal(self):
        move = self.given
        for user in ("payer", None):
            self.authenticate(user, user)
            answer = self.url_open(
                move.get_portal_url(report_type="pdf"), allow_redirects=False
            )
            self.assertEqual(answer.status_code, 200)
            self.assert_neutral(answer.text, user)
