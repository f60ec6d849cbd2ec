from ast import literal_eval
from datetime import datetime

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import is_html_empty

from .pay_link_common import PayLinkCommon

# Each country: currency, organisation number, as it is printed, and its reference.
COUNTRIES = {
    "no": ("NOK", "987654321", "Organisation number 987 654 321", "KID"),
    "se": ("SEK", "556677-8899", "Organisation number 556677-8899", "OCR"),
    "dk": ("DKK", "12345674", "CVR 12345674", "Reference"),
}

# In the languages of the addon, what the law of each country begins with.
EXEMPT = {
    "en_US": "Health care, exempt from VAT",
    "nb_NO": "Helsetjeneste, unntatt fra merverdiavgift",
    "sv_SE": "Vård, undantagen från mervärdesskatt",
    "da_DK": "Sundhedsydelse, momsfritaget",
}


class CountryCommon(PayLinkCommon):
    """A practice that begins in a country, with the chart of accounts of there."""

    country = None
    answer = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.found(cls.country)
        cls.practitioner = cls.hire(
            "head",
            "base.group_user",
            "konfidens_payments.group_payments_manager",
            name="Pia Practitioner",
            email="pia@praksis.example.com",
            tz="Europe/Oslo",
        )
        cls.administrator = cls.hire(
            "system", "base.group_system", "konfidens_payments.group_payments_manager"
        )

    @classmethod
    def found(cls, code):
        """Return the company of a new practice.

        The database's own where it is of there: to load a chart takes seconds.
        """
        currency, number, *_rest = COUNTRIES[code]
        company = cls.env.ref("base.main_company")
        if company.chart_template != code:
            currencies = cls.env["res.currency"].with_context(active_test=False)
            currency = currencies.search([("name", "=", currency)])
            currency.active = True
            company = company.create(
                {
                    "name": "Praksis",
                    "country_id": cls.env.ref(f"base.{code}").id,
                    "currency_id": currency.id,
                    "payments_tax_kind": cls.answer,
                }
            )
            cls.env["account.chart.template"].try_loading(code, company)
        company.write(
            {
                "email": "post@praksis.example.com",
                "company_registry": number,
                "payments_create_draft": False,
                "vat": False,
            }
        )
        cls.env.user.company_ids |= company
        return company

    def settings(self):
        """Return the settings of Payments, as an administrator of Odoo opens them."""
        settings = self.env["res.config.settings"].with_user(self.administrator)
        return settings.with_company(self.company)

    def activate(self, answer):
        """Switch payments on, as the administrator does."""
        with Form(self.settings()) as form:
            form.payments_active = True
            form.payments_tax_kind = answer
        form.record.execute()

    def services(self):
        """Return products as the head of the practice sees them in Payments."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "konfidens_payments.action_services"
        )
        products = self.env["product.product"].with_user(self.practitioner)
        return products.with_company(self.company).with_context(
            **literal_eval(action["context"])
        )

    def serve(self):
        """Return a service made in Payments, Services, at 1,250."""
        form = Form(self.services())
        form.name = "Trauma therapy"
        form.lst_price = 1250.0
        return form.save()

    def list_other_taxes(self):
        """Return the services that the settings' button lists."""
        action = self.settings().create({}).action_view_other_taxes()
        self.assertIn("search_default_other_tax", action["context"])
        return self.services().search(
            Domain(literal_eval(action["domain"]))
            & Domain("payments_other_tax", "=", True)
        )

    def bill(self, service):
        """Return the completed invoice of an appointment with this service."""
        move = self.preview(service)
        move.action_complete_invoice()
        return move

    def preview(self, service):
        event = self.book(
            service_id=service.id,
            start=datetime(2026, 11, 10, 23, 30),
            stop=datetime(2026, 11, 11, 0, 30),
        )
        booking = self.booking_of(event)
        self.assertEqual(booking.company_id, self.company)
        booking.with_company(self.company).action_create_invoice()
        return booking.invoice_id

    def printed(self, move):
        """Return the words of the printed invoice."""
        report = self.env["ir.actions.report"]
        page, _type = report._render_qweb_html("account.report_invoice", move.ids)
        return " ".join(html.fromstring(page).text_content().split())

    def ref(self, xmlid):
        """Return a record of the practice's chart of accounts."""
        chart = self.env["account.chart.template"].with_company(self.company)
        return chart.ref(xmlid)

    def assert_lawful(self):
        """Check the first invoice of a practice of exempt health care; return it."""
        _currency, _number, seller, reference = COUNTRIES[self.country]
        self.activate("exempt")
        tax = self.company.payments_tax_id
        service = self.serve()
        self.assertEqual(service.taxes_id, tax)
        self.assertFalse(service.tax_string.strip())
        self.assertNotIn(service, self.list_other_taxes())
        move = self.bill(service)
        self.assertRecordValues(
            move,
            [
                {
                    "amount_total": 1250.0,
                    "amount_tax": 0.0,
                    # where the practitioner is, it is past midnight
                    "delivery_date": datetime(2026, 11, 11).date(),
                }
            ],
        )
        self.assertEqual(move.invoice_line_ids.tax_ids, tax)
        words = self.printed(move)
        self.assertIn(seller, words)
        self.assertIn("exempt from VAT", words)
        self.assertIn("Delivery Date 11/11/2026", words)
        self.assertIn(move.payment_reference, words)
        self.assertNotIn("Trauma", words)
        self.assert_page(move, "to_pay", "1,250.00", seller, "exempt from VAT")
        # each payer reads it in the own language
        for lang, exempt in EXEMPT.items():
            self.client.lang = lang
            self.assertIn(exempt, self.printed(move), lang)
        self.client.lang = "en_US"
        self.assertEqual(move._get_reference_label(), reference)
        return move


@tagged("post_install", "-at_install")
class TestSweden(CountryCommon):
    country = "se"

    def test_first_invoice(self):
        move = self.assert_lawful()
        tax = self.company.payments_tax_id
        self.assertEqual(tax.name, "Undantagen vård 0 %")
        self.assertEqual(tax.get_tax_tags(False, "base").name, "se_42")
        self.assertEqual(tax.tax_group_id, self.ref("tax_group_0"))
        self.assertTrue(move.payment_reference.isdecimal())
        # answered again, it is the same
        self.activate("taxable")
        self.activate("exempt")
        self.assertEqual(self.company.payments_tax_id, tax)

    def test_number_of_who_is_registered_for_vat(self):
        self.company.partner_id.with_context(no_vat_validation=True).write(
            {"vat": "SE556677889901", "company_registry": False}
        )
        self.assertEqual(
            self.company._get_seller_line(),
            "Organisation number 556677-8899, VAT SE556677889901",
        )


@tagged("post_install", "-at_install")
class TestDenmark(CountryCommon):
    country = "dk"
    answer = "exempt"

    def test_answer_before_there_was_a_chart(self):
        self.assertEqual(self.company.payments_tax_id, self.ref("tax_smf"))

    def test_first_invoice(self):
        self.assert_lawful()
        self.assertEqual(self.company.payments_tax_id, self.ref("tax_smf"))


@tagged("post_install", "-at_install")
class TestNorway(CountryCommon):
    country = "no"

    def test_first_invoice(self):
        move = self.assert_lawful()
        self.assertEqual(self.company.payments_tax_id.l10n_no_standard_code, "6")
        self.assertIn("§ 3-2", self.printed(move))
        self.assertTrue(move.payment_reference.isdecimal())

    # === WHAT SERVICES ARE === #

    def test_taxable(self):
        self.activate("taxable")
        service = self.serve()
        self.assertEqual(self.company.payments_tax_id, self.company.account_sale_tax_id)
        self.assertEqual(self.bill(service).amount_total, 1562.5)
        # and the list of services says so
        self.assertIn("1,562.50", service.tax_string.replace("\xa0", " "))
        self.assertTrue(is_html_empty(self.company.payments_tax_id.invoice_legal_notes))

    def test_it_differs(self):
        self.activate("exempt")
        self.activate("differs")
        self.assertFalse(self.company.payments_tax_id)
        service = self.serve()
        self.assertFalse(service.taxes_id)  # nobody chose one
        service.taxes_id = self.company.account_sale_tax_id
        self.assertIn("1,562.50", service.tax_string)
        self.assertFalse(self.list_other_taxes())
        with self.assertRaisesRegex(UserError, "has chosen no tax of services"):
            service.action_use_tax_of_services()

    def test_it_is_asked(self):
        form = Form(self.settings())
        form.payments_active = True
        with self.assertRaisesRegex(AssertionError, "payments_tax_kind"):
            form.save()
        form.payments_tax_kind = "exempt"
        # proposed before it is saved
        self.assertEqual(form.payments_tax_id, self.ref("tax5"))

    def test_tax_that_does_not_fit_the_answer_is_not_kept(self):
        self.activate("exempt")
        self.company.payments_tax_id = self.company.account_sale_tax_id
        self.assertEqual(self.company.payments_tax_id, self.ref("tax5"))
        self.company.payments_tax_id = self.ref("tax6")  # another of 0 %
        self.assertEqual(self.company.payments_tax_id, self.ref("tax6"))

    def test_words_of_the_accountant_stay(self):
        self.ref("tax5").sudo().invoice_legal_notes = "Our own words"
        self.activate("exempt")
        notes = self.company.payments_tax_id.invoice_legal_notes
        self.assertIn("Our own words", notes)

    # === SERVICES FROM BEFORE === #

    def test_services_with_another_tax_are_listed_with_one_button(self):
        old = self.serve()  # made before anybody was asked
        self.assertFalse(old.taxes_id)
        old.taxes_id = self.company.account_sale_tax_id
        self.activate("exempt")
        before = self.list_other_taxes() - old
        right, untaxed = self.serve(), self.serve()
        untaxed.taxes_id = False
        goods = self.services().create({"name": "Band", "type": "consu"})
        goods.taxes_id = self.company.account_sale_tax_id
        self.assertEqual(self.list_other_taxes() - before, old + untaxed)
        settings = self.settings().create({})
        self.assertEqual(settings.payments_other_tax_count, len(before) + 2)
        self.assertFalse(right.payments_other_tax)
        (old + untaxed).action_use_tax_of_services()
        services = old + untaxed + right
        self.assertEqual(services.taxes_id, self.company.payments_tax_id)
        self.assertEqual(self.list_other_taxes(), before)

    def test_other_companies_taxes_stay(self):
        self.activate("exempt")
        service = self.serve()
        others = self.company_data["default_tax_sale"]
        service.sudo().taxes_id = others + self.company.account_sale_tax_id
        service.action_use_tax_of_services()
        taxes = others + self.company.payments_tax_id
        self.assertEqual(service.sudo().taxes_id, taxes)

    def test_drafts_follow_until_told(self):
        service = self.serve()
        service.taxes_id = self.company.account_sale_tax_id
        self.activate("exempt")
        draft, by_hand, told = (self.preview(service) for _i in range(3))
        by_hand.invoice_line_ids.tax_ids = self.env["account.tax"]
        self.send(told)
        with self.mock_mail_gateway():
            self.send_due()
        for move in (draft, told):
            self.assertEqual(move.amount_total, 1562.5)
        service.action_use_tax_of_services()
        self.assertEqual(draft.amount_total, 1250.0)
        self.assertEqual(told.amount_total, 1562.5)
        self.assertFalse(by_hand.invoice_line_ids.tax_ids)

    def test_practitioners_do_not_change_services(self):
        self.activate("exempt")
        service = self.serve()
        user = self.hire("own", "konfidens_payments.group_payments_user")
        with self.assertRaises(AccessError):
            service.with_user(user).action_use_tax_of_services()

    # === WHO SELLS === #

    def test_who_is_in_foretaksregisteret_says_so(self):
        self.activate("exempt")
        self.company.payments_in_register = False
        move = self.bill(self.serve())
        self.assertNotIn("Foretaksregisteret", self.printed(move))
        self.company.payments_in_register = True
        words = "Organisation number 987 654 321, Foretaksregisteret"
        self.assertIn(words, self.printed(move))
        self.assert_page(move, "to_pay", words)
        # of a credit note, too
        credit = move._reverse_moves(cancel=True)
        self.assertIn(words, self.printed(credit))

    def test_number_of_who_is_registered_for_vat(self):
        self.company.payments_in_register = False
        self.company.vat = "NO987654325MVA"
        words = "Organisation number 987 654 321 MVA"
        self.assertEqual(self.company._get_seller_line(), words)

    def test_number_of_the_norwegian_localization(self):
        self.company.write({"company_registry": False, "payments_in_register": False})
        self.assertFalse(self.company._get_seller_line())
        self.company.l10n_no_bronnoysund_number = "987654321"
        words = "Organisation number 987 654 321"
        self.assertEqual(self.company._get_seller_line(), words)

    def test_electronic_invoice_says_the_day(self):
        self.company.vat = "NO987654325MVA"
        self.activate("exempt")
        move = self.bill(self.serve())
        xml = self.env["account.edi.xml.ubl_bis3"]._export_invoice(move)[0].decode()
        day = "<cbc:ActualDeliveryDate>2026-11-11</cbc:ActualDeliveryDate>"
        self.assertIn(day, xml)


@tagged("post_install", "-at_install")
class TestOtherCharts(PayLinkCommon):
    def test_it_gets_a_tax_of_its_own(self):
        self.company.payments_tax_kind = "exempt"
        self.assertRecordValues(
            self.company.payments_tax_id,
            [{"amount": 0.0, "type_tax_use": "sale", "active": True}],
        )
