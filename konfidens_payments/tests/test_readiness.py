from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import PaymentsCommon

HTTP = "odoo.addons.konfidens_payments.models.readiness.sending.requests.get"


class ReadinessCommon(PaymentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = "konfidens_payments.group_payments_manager"
        # who is no administrator of Odoo, and who is
        cls.head = cls.make_user("head", manager)
        cls.system = cls.make_user(
            "system",
            manager,
            "base.group_system",
            "account.group_account_manager",
        )

    @classmethod
    def make_user(cls, name, *groups):
        return (
            cls.env["res.users"]
            .sudo()
            .create(
                {
                    "name": name.title(),
                    "login": f"readiness_{name}",
                    "email": f"{name}@example.com",
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    "group_ids": [
                        Command.set([cls.env.ref(group).id for group in groups])
                    ],
                }
            )
        )

    def readiness(self, user=None):
        model = self.env["konfidens.payment.readiness"]
        model = model.with_user(user or self.system)
        return model.with_company(self.company)

    def line(self, name, user=None):
        """Return one line, as this user sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        lines = self.readiness(user).get_readiness()["lines"]
        return next((line for line in lines if line["name"] == name), None)

    def assert_line(self, name, state, words):
        line = self.line(name)
        self.assertEqual(line["state"], state, line)
        self.assertIn(words, line["said"])
        return line


@tagged("post_install", "-at_install")
class TestReadiness(ReadinessCommon):
    """Are We Ready? says of each thing that a practice needs whether it is there."""

    # === WHAT IS LOOKED AT === #

    def test_company(self):
        values = {"email": "p@example.com", "street": "Gata 1", "zip": "0150"}
        self.company.write({**values, "city": "Oslo"})
        self.company.country_id = self.env.ref("base.no")
        self.assert_line("company", "ready", "p@example.com")
        self.company.write({"email": "nonsense", "city": False})
        line = self.assert_line("company", "missing", "Missing: e-mail, city.")
        self.assertEqual(line["action"]["res_id"], self.company.partner_id.id)

    def test_organisation_number(self):
        self.company.account_fiscal_country_id = self.env.ref("base.no")
        for number, state, words in (
            (False, "missing", "There is none"),
            ("987654326", "missing", "987 654 326 cannot be right"),
            ("98765432", "missing", "cannot be right"),
            ("987 654 325", "ready", "987 654 325"),
        ):
            with self.subTest(number=number):
                self.company.write({"company_registry": number, "vat": False})
                self.assert_line("organisation_number", state, words)

    def test_tax(self):
        self.company.write({"payments_tax_kind": False})
        self.assert_line("tax", "missing", "exempt or taxable")
        self.company.payments_tax_kind = "exempt"
        self.service.taxes_id = self.company.account_sale_tax_id
        self.assert_line("tax", "advised", "another tax")
        self.company.write({"payments_tax_kind": "taxable", "vat": False})
        self.assert_line("tax", "missing", "no VAT number")

    def test_services(self):
        self.company.payments_service_id = self.service
        self.assert_line("services", "ready", "have a price")
        self.company.payments_service_id = False
        self.assert_line("services", "advised", "Choose a default one")
        services = self.env["product.product"].search([("type", "=", "service")])
        services.list_price = 0.0
        self.assert_line("services", "missing", "no service with a price")

    def test_payment_term(self):
        self.company.payments_payment_term_id = False
        self.assert_line("payment_term", "advised", "None are chosen")

    def test_ways_to_pay(self):
        self.env["payment.provider"].sudo().search([]).state = "disabled"
        self.company.partner_id.bank_ids.unlink()
        line = self.assert_line("ways_to_pay", "missing", "tells you how to pay")
        self.assertEqual(
            line["action"]["res_model"], "account.setup.bank.manual.config"
        )
        self.env["res.partner.bank"].create(
            {
                "acc_number": "86011117947",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.company.account_fiscal_country_id = self.env.ref("base.no")
        self.assert_line("ways_to_pay", "advised", "no KID")
        self.company.account_fiscal_country_id = self.env.ref("base.us")
        self.assert_line("ways_to_pay", "ready", "8601")

    def test_swish_and_vipps_are_ways_to_pay(self):
        self.env["payment.provider"].sudo().search([]).state = "disabled"
        self.company.partner_id.bank_ids.unlink()
        self.company.payments_swish_number = "1234567890"
        self.company.payments_vipps_number = "12345"
        for currency, state, words in (
            ("SEK", "ready", "Swish 123 456 78 90"),
            ("NOK", "ready", "Vipps 12345"),
            # nobody sees them there
            ("EUR", "missing", "tells you how to pay"),
        ):
            with self.subTest(currency=currency):
                self.company.currency_id = self.env.ref(f"base.{currency}")
                self.assert_line("ways_to_pay", state, words)

    def test_mail_server(self):
        self.env["ir.mail_server"].sudo().search([]).active = False
        self.assert_line("mail", "missing", "no outgoing mail server")
        self.env["ir.mail_server"].create({"name": "Ours", "smtp_host": "mail.test"})
        self.assert_line("mail", "advised", "Ours is not tried yet")
        self.company.payments_mail_tested_on = "2026-11-22 09:00:00"
        self.assert_line("mail", "ready", "Ours took a sample")

    def test_sms_where_it_is_used(self):
        self.company.write({"payments_channel": "email", "payments_failover": False})
        self.assertIsNone(self.line("sms"))
        self.company.payments_channel = "both"
        self.assertTrue(self.line("sms"))

    def test_address(self):
        parameters = self.env["ir.config_parameter"]
        for url, state, words in (
            ("http://localhost:8069", "missing", "only this machine"),
            ("http://praksis.example.com", "advised", "https"),
            ("https://praksis.example.com", "ready", "praksis.example.com"),
        ):
            with self.subTest(url=url):
                parameters.set_param("web.base.url", url)
                self.assert_line("address", state, words)
        with patch(HTTP, side_effect=requests.ConnectionError):
            line = self.readiness().get_reachable()
        self.assertEqual(line["state"], "advised")
        self.assertIn("does not answer", line["said"])
        with patch(HTTP) as asked:
            self.assertEqual(self.readiness().get_reachable()["state"], "ready")
        self.assertEqual(asked.call_args[0][0].split("/")[2], "praksis.example.com")

    def test_jobs(self):
        job = self.env.ref("konfidens_payments.ir_cron_send_due")
        job.active = False
        self.assertEqual(self.line("jobs")["state"], "missing")

    def test_people(self):
        self.assert_line("people", "ready", "Head")

    def test_languages(self):
        self.company.country_id = self.env.ref("base.is")
        self.assertEqual(self.line("languages")["state"], "ready")
        self.env["res.lang"].search([("code", "=", "sv_SE")]).active = False
        self.company.country_id = self.env.ref("base.se")
        self.assert_line("languages", "advised", "Sweden is not installed")

    def test_error_leads_to_what_is_missing(self):
        bookings = self.booking_of(self.book(service_id=self.service.id))
        bookings.invoice_id.button_cancel()
        self.company.payments_active = False
        with self.assertRaises(RedirectWarning) as caught:
            bookings.with_user(self.head).action_create_invoice()
        _words, action, label = caught.exception.args[:3]
        self.assertEqual(action, self.env.ref("konfidens_payments.action_ready").id)
        self.assertEqual(label, "Are We Ready?")
        with self.assertRaisesRegex(UserError, "not activated"):
            bookings.with_user(self.practitioner).action_create_invoice()

    # === WHO SEES IT === #

    def test_no_button_that_ends_in_an_access_error(self):
        self.env["ir.mail_server"].sudo().search([]).active = False
        for line in self.readiness(self.head).get_readiness()["lines"]:
            action = line["action"]
            if action and action.get("res_model"):
                self.env[action["res_model"]].with_user(self.head).check_access("read")
        line = self.line("mail", self.head)
        self.assertFalse(line["action"])
        self.assertIn("Ask Odoo's administrator", line["said"])

    def test_only_administrators_of_payments(self):
        for user in (self.practitioner, self.env.ref("base.public_user")):
            for method in ("get_readiness", "get_reachable", "action_send_sample"):
                with self.assertRaises(AccessError):
                    getattr(self.readiness(user), method)()

    def test_first_page_until_payments_are_on(self):
        bookings = self.env["konfidens.payment.booking"].with_company(self.company)
        for user, active, begins in (
            (self.head, False, True),
            (self.practitioner, False, False),
            (self.head, True, False),
        ):
            self.company.payments_active = active
            today = bookings.with_user(user).get_payments_today()
            self.assertEqual(today["begins"], begins)


@tagged("post_install", "-at_install")
class TestSample(ReadinessCommon, MockEmail):
    """Send to Me: the real message, of an appointment that does not exist."""

    def send_sample(self):
        with self.mock_mail_gateway(mail_unlink_sent=True):
            told = self.readiness(self.head).action_send_sample()
        return told["params"]["message"], self._mails

    def test_what_a_client_would_get(self):
        counted = ("res.partner", "calendar.event", "account.move", "mail.message")
        before = {name: self.env[name].sudo().search_count([]) for name in counted}
        self.company.payments_active = False
        words, mails = self.send_sample()
        self.assertIn("head@example.com", words)
        [mail] = mails
        self.assertIn("Payment for", mail["subject"])
        self.assertIn("See and pay", mail["body"])
        self.assertIn("/p/sample", mail["body"])
        self.assertEqual(mail["email_from"], self.company.email_formatted)
        self.assertEqual(
            {name: self.env[name].sudo().search_count([]) for name in counted}, before
        )
        self.assertFalse(self.company.payments_active)
        self.assertTrue(self.company.payments_mail_tested_on)

    def test_why_it_cannot_be_made(self):
        self.company.email = False
        with self.assertRaisesRegex(UserError, "cannot be made: .*e-mail address"):
            self.send_sample()
        self.assertFalse(self.company.payments_mail_tested_on)

    def test_mail_server_that_does_not_take_it(self):
        with (
            self.mock_mail_gateway(),
            patch.object(
                self.env.registry["ir.mail_server"],
                "send_email",
                side_effect=OSError("refused"),
            ),
            self.assertRaisesRegex(UserError, "did not take the sample"),
        ):
            self.readiness(self.head).action_send_sample()
        self.assertFalse(self.company.payments_mail_tested_on)

    def test_without_an_address_of_ones_own(self):
        self.head.sudo().email = False
        with self.assertRaisesRegex(RedirectWarning, "You have no e-mail address"):
            self.send_sample()


@tagged("post_install", "-at_install")
class TestSettingsPage(ReadinessCommon):
    """Administrators of Payments change its settings, and no others."""

    def settings(self, user=None, **values):
        settings = self.env["konfidens.payment.settings"]
        settings = settings.with_user(user or self.head).with_company(self.company)
        return settings.create(values)

    def test_administrator_of_payments_changes_them(self):
        settings = self.settings(payments_channel="both", payments_failover=True)
        settings.execute()
        self.assertEqual(self.company.payments_channel, "both")
        settings.payments_channel = "sms"
        self.assertEqual(self.company.payments_channel, "sms")

    def test_page_is_that_of_odoos_settings(self):
        arch = self.settings().get_view(view_type="form")["arch"]
        self.assertIn('name="payments_timing_number"', arch)
        self.assertIn('id="payments_receipt"', arch)
        self.assertNotIn('name="payments_journal_id"', arch)

    def test_nobody_else_and_nothing_else(self):
        for user in (self.practitioner, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.settings(user, payments_channel="sms")
        other = self.env["res.company"].sudo().create({"name": "Other"})
        for values in ({"company_id": other.id}, {"payments_country_code": "SE"}):
            with self.assertRaises(AccessError):
                self.settings(**values)
        with self.assertRaises(AccessError):
            self.settings().company_id = other
        # nor another company by the context
        settings = self.env["konfidens.payment.settings"].with_user(self.head)
        with self.assertRaises(AccessError):
            settings.with_context(allowed_company_ids=other.ids).create(
                {"payments_channel": "sms"}
            )
        made = settings.with_context(default_company_id=other.id).create(
            {"payments_channel": "sms"}
        )
        self.assertEqual(made.company_id, self.company)
        self.assertNotEqual(other.payments_channel, "sms")

    def test_page_is_the_own(self):
        settings = self.settings(payments_channel="both")
        other = self.hire(
            "other.head", "base.group_user", "konfidens_payments.group_payments_manager"
        )
        for act in (
            lambda page: page.read(["payments_channel"]),
            lambda page: page.write({"payments_channel": "sms"}),
        ):
            with self.assertRaises(AccessError):
                act(settings.with_user(other))
        self.assertEqual(self.company.payments_channel, "both")

    def test_public_holidays_by_the_button(self):
        self.company.country_id = self.env.ref("base.no")
        told = self.settings().action_add_public_holidays()
        self.assertIn("public holidays entered", told["params"]["message"])

    def test_filled_in_as_on_the_screen(self):
        settings = self.env["konfidens.payment.settings"].with_user(self.head)
        with Form(settings.with_company(self.company)) as form:
            form.payments_active = True
            form.payments_tax_kind = "taxable"
            form.payments_quiet_channels = "all"
            form.payments_quiet_week_from = 9
            form.payments_tax_kind = "exempt"
        self.assertEqual(self.company.payments_tax_kind, "exempt")
        self.assertEqual(self.company.payments_quiet_week_from, 9)

    def test_switching_on_warns_of_what_is_missing(self):
        self.company.write({"payments_active": False, "email": False})
        settings = self.settings().new({"payments_active": True})
        self.assertIn("E-mail and address", settings.payments_missing)
        self.settings(payments_active=True)
        self.assertTrue(self.company.payments_active)
