from datetime import timedelta

from lxml import etree

from odoo.tests import tagged

from .peppol_common import EMPLOYER, NS, PRACTICE, PeppolCommon

TAX_SCHEMES = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme"


@tagged("post_install", "-at_install")
class TestDocument(PeppolCommon):
    """Documents that a buyer's access point takes."""

    def documents(self, payer):
        """Yield an invoice and its credit note, each with its document."""
        move = self.posted_for(payer)
        for one in (move, self.credit(move)):
            document, errors = self.export(one)
            self.assertEqual(errors, set())
            yield one, document

    def schemes(self, document):
        """Return under which scheme which number of the seller stands: a list."""
        return [
            (
                scheme.findtext("cac:TaxScheme/cbc:ID", namespaces=NS),
                scheme.findtext("cbc:CompanyID", namespaces=NS),
            )
            for scheme in document.findall(TAX_SCHEMES, NS)
        ]

    def assert_sums(self, move, document, prepaid=0.0):
        """Check that the sums of a document are those of the invoice."""
        total = "cac:LegalMonetaryTotal/cbc:"
        for name, value in (
            ("TaxExclusiveAmount", move.amount_untaxed),
            ("TaxInclusiveAmount", move.amount_total),
            ("PrepaidAmount", prepaid),
            ("PayableAmount", move.amount_total - prepaid),
        ):
            [text] = self.texts(document, total + name)
            self.assertEqual(float(text), value, name)
        [tax] = self.texts(document, "cac:TaxTotal/cbc:TaxAmount")
        self.assertEqual(float(tax), move.amount_tax)

    def test_practice_that_is_exempt_and_has_no_vat_number(self):
        for payer in (self.municipality, self.employer):
            for move, document in self.documents(payer):
                with self.subTest(payer=payer.name, type=move.move_type):
                    self.assertFalse(self.company.vat)
                    # its number, once, and not as one of VAT
                    self.assertEqual(self.schemes(document), [("TAX", PRACTICE)])
                    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:"
                    self.assertEqual(self.texts(document, category + "ID"), ["E"])
                    self.assertEqual(
                        self.texts(document, category + "Percent"), ["0.0"]
                    )
                    [reason] = self.texts(document, category + "TaxExemptionReason")
                    self.assertIn("§ 3-2", reason)
                    self.assertEqual(
                        self.texts(document, "cac:Delivery/cbc:ActualDeliveryDate"),
                        ["2026-11-10"],
                    )
                    self.assert_sums(move, document)

    def test_company_in_the_register_says_so(self):
        self.company.payments_in_register = True
        for _move, document in self.documents(self.employer):
            self.assertEqual(self.schemes(document), [("TAX", "Foretaksregisteret")])

    def test_practice_that_is_registered_for_vat(self):
        self.register_for_vat()
        for payer in (self.municipality, self.employer):
            for move, document in self.documents(payer):
                with self.subTest(payer=payer.name, type=move.move_type):
                    self.assertIn(("VAT", f"NO{PRACTICE}MVA"), self.schemes(document))
                    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:"
                    self.assertEqual(self.texts(document, category + "ID"), ["S"])
                    self.assertEqual(move.amount_total, 1562.5)
                    self.assert_sums(move, document)

    def test_wrong_vat_number_is_refused_as_before(self):
        self.company.partner_id.with_context(no_vat_validation=True).vat = "NO123"
        _document, errors = self.export(self.posted_for(self.employer))
        self.assertIn("VAT number of the supplier", " ".join(errors))

    def test_service_without_a_tax_is_refused_in_words(self):
        self.service.taxes_id = False
        move = self.draft_for(self.employer)
        self.assertIn("at least one tax", move._get_document_problem())

    def test_draft_needs_no_number_to_be_looked_at(self):
        move = self.draft_for(self.employer)
        self.assertFalse(move._get_document_problem())
        self.assertEqual(move.state, "draft")

    def test_it_says_when_the_appointment_was_and_how_to_pay(self):
        move = self.posted_for(self.employer)
        document, _errors = self.export(move)
        self.assertEqual(
            self.texts(document, "cac:Delivery/cbc:ActualDeliveryDate"), ["2026-11-10"]
        )
        self.assertTrue(move.payment_reference.isdecimal())
        self.assertEqual(
            self.texts(document, "cac:PaymentMeans/cbc:PaymentID"),
            [move.payment_reference],
        )
        self.assertEqual(
            self.texts(document, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
            ["NO9386011117947"],
        )
        self.assertEqual(
            self.texts(
                document, "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"
            ),
            [EMPLOYER],
        )

    def test_credit_note_names_its_invoice_and_not_why(self):
        [(move, _invoice), (_note, document)] = self.documents(self.employer)
        reference = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:"
        self.assertEqual(self.texts(document, reference + "ID"), [move.name])
        self.assertEqual(
            self.texts(document, reference + "IssueDate"), [str(move.invoice_date)]
        )
        self.assertNotIn("ill", self.texts(document, "cac:OrderReference/cbc:ID")[0])

    def test_what_is_credited_was_not_paid(self):
        move = self.posted_for(self.employer)
        note = self.credit(move, 250)
        self.assertEqual(move.amount_residual, 1000)
        self.pay(move, amount=400)
        for one, prepaid in ((move, 400.0), (note, 0.0)):
            document, errors = self.export(one)
            self.assertEqual(errors, set())
            self.assert_sums(one, document, prepaid)

    def test_credit_note_of_what_was_paid(self):
        move = self.posted_for(self.employer)
        self.pay(move)
        document, _errors = self.export(move)
        self.assert_sums(move, document, 1250.0)
        note = self.credit(move)
        document, _errors = self.export(note)
        self.assert_sums(note, document)

    def test_credit_note_has_the_day_of_its_invoice(self):
        move = self.posted_for(self.employer)
        event = move.booking_ids.event_id
        event.write(
            {
                "start": event.start + timedelta(days=7),
                "stop": event.stop + timedelta(days=7),
            }
        )
        document, _errors = self.export(self.credit(move))
        self.assertEqual(
            self.texts(document, "cac:Delivery/cbc:ActualDeliveryDate"), ["2026-11-10"]
        )

    # === WHAT STAYS IN THE HOUSE === #

    def test_no_client_no_service_and_no_pay_link(self):
        for move, document in self.documents(self.municipality):
            text = etree.tostring(document, encoding="unicode")
            for secret in ("Nordmann", "Kari", "Trauma", "therapy", "Depression"):
                self.assertNotIn(secret, text)
            self.assertNotIn("/p/", text)
            if token := move.sudo().pay_token:
                self.assertNotIn(token, text)
            [name] = self.texts(document, ".//cac:Item/cbc:Name")
            self.assertRegex(name, r"^Appointment November 10, 2026 at .* AM$")

    def test_client_is_not_the_delivery_address(self):
        self.env.user.group_ids += self.env.ref(
            "account.group_delivery_invoice_address"
        )
        self.client.write(
            {"parent_id": self.employer.id, "type": "delivery", "street": "Lia 3"}
        )
        for move, document in self.documents(self.employer):
            self.assertEqual(move.partner_shipping_id, self.client)
            text = etree.tostring(document, encoding="unicode")
            page, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "account.report_invoice", move.ids
            )
            for secret in ("Nordmann", "Lia 3"):
                self.assertNotIn(secret, text)
                self.assertNotIn(secret, page.decode())
            [name] = self.texts(document, "cac:Delivery//cac:PartyName/cbc:Name")
            self.assertEqual(name, "Skipsverftet AS")

    def label(self, payer, kind, **values):
        self.client.write(values)
        self.company.payments_client_on_invoice = kind
        return self.draft_for(payer).invoice_line_ids.name

    def test_initials_of_the_client(self):
        self.assertIn(" (K.N.)", self.label(self.employer, "initials"))

    def test_initials_are_capital_letters(self):
        for name, initials in (
            ("Nordmann, Kari (12)", "N.K."),
            ("kari nordmann-hansen", "K.N."),
            ("(Ødegård) 7 Åse", "Ø.Å."),
            ("12", False),
        ):
            with self.subTest(name):
                self.client.name = name
                self.company.payments_client_on_invoice = "initials"
                label = self.booking(self.employer)._get_client_label()
                self.assertEqual(label or False, initials)

    def test_draft_says_no_more_than_it_may_now(self):
        self.company.payments_client_on_invoice = "initials"
        line = self.draft_for(self.employer).invoice_line_ids
        own = self.draft_for(self.employer).invoice_line_ids
        own.name = "Course (K.N.)"
        self.assertIn(" (K.N.)", line.name)
        self.client.name = "Kari Hansen"
        self.assertIn(" (K.H.)", line.name)
        self.company.payments_client_on_invoice = "reference"
        self.assertNotIn("(", line.name)
        self.client.ref = "77"
        self.assertIn(" (77)", line.name)
        self.company.payments_client_on_invoice = "never"
        self.assertNotIn("(", line.name)
        # what somebody wrote stays
        self.assertEqual(own.name, "Course (K.N.)")

    def test_draft_that_the_payer_was_told_of_stays(self):
        self.company.payments_client_on_invoice = "initials"
        move = self.draft_for(self.employer)
        self.send(move, channel="email")
        with self.mock_mail_gateway():
            self.send_due()
        self.assertTrue(move._is_amount_locked())
        self.company.payments_client_on_invoice = "never"
        self.assertIn(" (K.N.)", move.invoice_line_ids.name)

    def test_reference_of_the_client(self):
        label = self.label(self.employer, "reference", ref="2026-77")
        self.assertIn(" (2026-77)", label)

    def test_client_without_a_reference_is_not_named_instead(self):
        self.assertNotIn("(", self.label(self.employer, "reference"))

    def test_client_who_pays_reads_nothing_of_it(self):
        self.assertNotIn("(", self.label(self.client, "initials"))

    def test_parent_who_pays_reads_nothing_of_it(self):
        parent = self.env["res.partner"].create({"name": "Ola", "email": "o@x.no"})
        self.assertNotIn("(", self.label(parent, "initials"))

    def test_draft_follows_to_another_client(self):
        self.company.payments_client_on_invoice = "initials"
        booking = self.booking(self.employer)
        booking.action_create_invoice()
        other = self.env["res.partner"].create({"name": "Per Hansen"})
        booking.event_id.partner_ids += other
        booking.write({"client_id": other.id, "payer_id": self.employer.id})
        self.assertIn(" (P.H.)", booking.invoice_id.invoice_line_ids.name)
