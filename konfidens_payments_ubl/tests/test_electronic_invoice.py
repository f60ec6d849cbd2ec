from odoo import Command
from odoo.tests import tagged

from odoo.addons.konfidens_payments.tests.common import PaymentsCommon

CODE, BARCODE = "TRAUMA-60", "7038010009457"


@tagged("post_install", "-at_install")
class TestElectronicInvoice(PaymentsCommon):
    """What electronic invoices tell of the service."""

    given_by = "posted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        attribute = cls.env["product.attribute"].create(
            {
                "name": "Diagnosis",
                "value_ids": [Command.create({"name": "Depression"})],
            }
        )
        template = cls.service.product_tmpl_id
        template.attribute_line_ids = [
            Command.create(
                {
                    "attribute_id": attribute.id,
                    "value_ids": [Command.set(attribute.value_ids.ids)],
                }
            )
        ]
        cls.service = template.product_variant_id
        cls.service.write(
            {
                "default_code": CODE,
                "barcode": BARCODE,
                "description_sale": "Talks about a trauma",
                "taxes_id": [Command.set(cls.company_data["default_tax_sale"].ids)],
            }
        )
        cls.client.country_id = cls.env.ref("base.no")

    def exports(self, move):
        """Return this invoice in each format of UBL and CII that Odoo knows."""
        partners = self.env["res.partner"]
        self.env.invalidate_all()
        return {
            name: partners._get_edi_builder(name)._export_invoice(move)[0].decode()
            for name in partners._get_ubl_cii_formats_info()
        }

    def assert_neutral(self, move):
        """Check that no format names the service, and that all give the line's text."""
        exports = self.exports(move)
        self.assertLessEqual({"ubl_bis3", "facturx"}, set(exports))
        text = move.invoice_line_ids.name
        for name, xml in exports.items():
            with self.subTest(name=name):
                tag = "ram" if name == "facturx" else "cbc"
                self.assertIn(f"<{tag}:Name>{text}</{tag}:Name>", xml)
                for secret in ("Trauma", "trauma", CODE, BARCODE, "Diagnosis"):
                    self.assertNotIn(secret, xml)

    def test_invoice_of_an_appointment_does_not_name_the_service(self):
        self.assert_neutral(self.posted())

    def test_it_names_what_the_practice_chose_to_say(self):
        self.service.payments_invoice_text = "Consultation, 45 minutes"
        move = self.posted()
        self.assertIn("Consultation, 45 minutes, ", move.invoice_line_ids.name)
        self.assert_neutral(move)

    def test_credit_note_of_such_an_invoice_neither(self):
        credit = self.given._reverse_moves(cancel=True)
        self.assertTrue(credit.invoice_line_ids.product_id)
        self.assert_neutral(credit)
        again = credit._reverse_moves(cancel=True)
        self.assertEqual(again.move_type, "out_invoice")
        self.assert_neutral(again)

    def test_credit_note_names_its_invoice_and_not_why(self):
        move = self.given
        credit = move._reverse_moves([{"ref": "Kari was ill"}], cancel=True)
        for name, xml in self.exports(credit).items():
            with self.subTest(name=name):
                self.assertNotIn("was ill", xml)
                self.assertIn(move.name, xml)

    def test_accountant_exports_it_likewise(self):
        move = self.given
        self.env.invalidate_all()
        self.assert_neutral(move.with_user(self.accountant))

    def test_further_line_names_its_product(self):
        move = self.draft()
        sold = self.env["product.product"].create(
            {"name": "Elastic band", "default_code": "BAND", "taxes_id": False}
        )
        move.invoice_line_ids = [Command.create({"product_id": sold.id})]
        move.action_complete_invoice()
        for name, xml in self.exports(move).items():
            with self.subTest(name=name):
                self.assertIn("Elastic band", xml)
                self.assertIn("BAND", xml)
                self.assertNotIn(CODE, xml)

    def test_other_invoices_name_their_products_as_before(self):
        move = self.init_invoice("out_invoice", products=self.service, post=True)
        credit = move._reverse_moves([{"ref": "Wrong price"}], cancel=True)
        for name, xml in self.exports(credit).items():
            with self.subTest(name=name):
                self.assertIn("Wrong price", xml)
        for document in (move, credit):
            for name, xml in self.exports(document).items():
                with self.subTest(name=name, type=document.move_type):
                    self.assertIn("Name>Trauma therapy<", xml)
                    self.assertIn(CODE, xml)
                    self.assertIn(BARCODE, xml)
