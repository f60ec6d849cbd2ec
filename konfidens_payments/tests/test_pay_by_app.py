import base64
import re
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import Command
from odoo.tests import tagged

from .pay_link_common import PayLinkCommon
from .together_common import TogetherCommon

BY_HAND = "We match the payment by hand, which may take a day or two."


class PayByAppCommon(PayLinkCommon):
    """A practice with numbers at Swish and Vipps, and clients who pay in SEK or NOK."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_swish_number = "123 456 78 90"
        cls.company.payments_vipps_number = "12345"
        cls.company.partner_id.bank_ids.unlink()
        # as the settings switch them on
        pricelists = cls.env.ref("product.group_product_pricelist")
        cls.env.ref("base.group_user").sudo().implied_ids += pricelists
        cls.charge_in("SEK")

    @classmethod
    def charge_in(cls, currency):
        """Let the client pay 1,250.50 for an appointment, in this currency."""
        currencies = cls.env["res.currency"].with_context(active_test=False)
        currency = currencies.search([("name", "=", currency)])
        currency.active = True
        pricelist = cls.env["product.pricelist"].create(
            {
                "name": currency.name,
                "currency_id": currency.id,
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 1250.5})
                ],
            }
        )
        client = cls.client.with_company(cls.company)
        client.specific_property_product_pricelist = pricelist

    def grant_discount(self):
        """Let who pays within a week pay a tenth less."""
        self.client.property_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Early",
                "early_discount": True,
                "discount_percentage": 10,
                "discount_days": 7,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )

    def link_to_swish(self, page):
        """Return what the button says to Swish: a dict, or None without a button."""
        links = re.findall(r'<a class="button" href="(https://app[^"]*)"', page)
        self.assertLessEqual(len(links), 1)
        if not links:
            return None
        address = urlsplit(links[0].replace("&amp;", "&"))
        self.assertEqual(address[:3], ("https", "app.swish.nu", "/1/p/sw/"))
        query = parse_qs(address.query, strict_parsing=True)
        return {name: value for name, [value] in query.items()}

    def open(self, move, method="GET"):
        """Override to note in `drawn` what the codes of the page say."""
        self.drawn = drawn = []
        report = self.env.registry["ir.actions.report"]
        barcode = report.barcode

        def draw(self, kind, value, **options):
            drawn.append(value)
            return barcode(self, kind, value, **options)

        with patch.object(report, "barcode", draw):
            return super().open(move, method)

    def assert_code(self, page, content):
        """The page has one picture, and who scans it reads this."""
        [picture] = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
        self.assertTrue(base64.b64decode(picture).startswith(b"\x89PNG"))
        self.assertEqual(self.drawn, [content])

    def assert_no_app(self, page):
        for word in ("Swish", "Vipps", "swish.nu", "data:image", BY_HAND):
            self.assertNotIn(word, page)


@tagged("post_install", "-at_install")
class TestPayByApp(PayByAppCommon):
    """Swish and Vipps on the page of the pay link."""

    given_by = "posted"

    # === SWISH === #

    def test_swish_with_all_filled_in(self):
        move = self.given
        self.assertEqual(move.currency_id.name, "SEK")
        move.payment_reference = "12229445"
        page = self.assert_page(
            move,
            "to_pay",
            "Pay with Swish",
            "Open Swish",
            "Swish number 123 456 78 90",
            "Message 12229445",
            BY_HAND,
            "do not pay again",
        )
        self.assertEqual(
            self.link_to_swish(page),
            {"sw": "1234567890", "amt": "1250.50", "cur": "SEK", "msg": "12229445"},
        )
        self.assert_code(page, "C1234567890;1250,50;12229445;0")
        self.assertNotIn("tells you how to pay", page)
        self.assertNotIn("Vipps", page)

    def test_browser_shows_the_code(self):
        # nothing but what is in the page, or from where the page comes
        policy = self.open(self.posted()).headers["Content-Security-Policy"]
        self.assertIn("img-src 'self' data:;", policy)
        self.assertIn("default-src 'none'", policy)

    def test_message_is_the_number_where_there_is_no_reference(self):
        move = self.given
        move.payment_reference = False
        # Swish takes no slash
        number = move.name.replace("/", "-")
        page = self.assert_page(move, "to_pay", f"Message {number}")
        self.assertEqual(self.link_to_swish(page)["msg"], number)

    def test_what_swish_does_not_take_is_left_out_of_the_message(self):
        move = self.given
        for reference, message in (
            ("A;B&C=D#1%2", "ABCD12"),
            ("År 26, nr. 7", "År 26, nr. 7"),
            ("1234567890" * 6, "1234567890" * 5),
        ):
            with self.subTest(reference=reference):
                move.payment_reference = reference
                page = self.assert_page(move, "to_pay", f"Message {message}")
                self.assertEqual(self.link_to_swish(page)["msg"], message)
        move.payment_reference = "År 26, nr. 7"
        page = self.assert_page(move, "to_pay")
        self.assert_code(page, "C1234567890;1250,50;%C3%85r%2026%2C%20nr.%207;0")

    def test_rest_of_what_is_partly_paid(self):
        move = self.given
        self.pay(move, amount=500.0)
        page = self.assert_page(move, "partly_paid", BY_HAND)
        self.assertEqual(self.link_to_swish(page)["amt"], "750.50")

    def test_part_to_pay_now(self):
        self.client.property_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 40)
                ],
            }
        )
        page = self.assert_page(self.posted(), "to_pay", "the part to pay now")
        self.assertEqual(self.link_to_swish(page)["amt"], "625.25")

    def test_who_pays_early_may_pay_less(self):
        self.grant_discount()
        move = self.posted()
        move.payment_reference = "12229445"
        page = self.assert_page(move, "to_pay", "if you pay by")
        self.assertEqual(self.link_to_swish(page)["edit"], "amt")
        self.assert_code(page, "C1234567890;1250,50;12229445;2")

    def test_beside_the_bank_account(self):
        self.env["res.partner.bank"].create(
            {
                "acc_number": "5439-0234",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        page = self.assert_page(self.posted(), "to_pay", "5439-0234")
        self.assertIn("Pay with Swish", page)
        self.assertIn("Or pay from your bank", page)

    def test_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        view = self.env.ref("konfidens_payments.pay_page_app")
        view.update_field_translations("arch_db", {"sv_SE": {"Open Swish": "Öppna"}})
        self.client.lang = "sv_SE"
        page = self.assert_page(self.posted(), "to_pay", "Öppna")
        self.assertEqual(self.link_to_swish(page)["amt"], "1250.50")

    # === VIPPS === #

    def test_vipps_in_words(self):
        self.charge_in("NOK")
        move = self.posted()
        page = self.assert_page(
            move,
            "to_pay",
            "Pay with Vipps",
            "Vipps number 12345",
            f"Message {move.payment_reference}",
            "1,250.50",
            BY_HAND,
        )
        self.assertNotIn("Swish", page)
        self.assertNotIn("data:image", page)
        self.assertNotIn("tells you how to pay", page)

    # === WHERE NEITHER IS SHOWN === #

    def test_other_currency(self):
        self.charge_in("EUR")
        page = self.assert_page(self.posted(), "to_pay", "tells you how to pay")
        self.assert_no_app(page)

    def test_no_number(self):
        self.company.payments_swish_number = False
        page = self.assert_page(self.posted(), "to_pay", "tells you how to pay")
        self.assert_no_app(page)

    def test_number_of_another_company(self):
        self.company.payments_swish_number = False
        other = self.env["res.company"].sudo().create({"name": "Other"})
        other.payments_swish_number = "123 999 99 99"
        self.assert_no_app(self.assert_page(self.posted(), "to_pay"))

    def test_draft_that_nobody_completed(self):
        self.assert_no_app(self.assert_page(self.draft(), "preparing"))

    def test_nothing_to_pay(self):
        paid = self.given
        self.pay(paid)
        self.assert_no_app(self.assert_page(paid, "paid"))
        credited = self.posted()
        credited._reverse_moves(cancel=True)
        self.assert_no_app(self.assert_page(credited, "credited"))
        external = self.posted()
        external.externally_billed = True
        self.assert_no_app(self.assert_page(external, "external"))

    def test_copy_for_tests(self):
        move = self.given
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "true")
        self.assert_no_app(self.assert_page(move, "copy"))


@tagged("post_install", "-at_install")
class TestPayTogetherByApp(TogetherCommon, PayByAppCommon):
    """Swish and Vipps where one pay link shows several invoices."""

    def together(self, count, references=()):
        """Return completed invoices, and the one message that told of them."""
        moves = self.drafts(count)
        message = self.hand_over(moves)
        self.open(message)
        for move, reference in zip(moves, references, strict=False):
            move.payment_reference = reference
        return moves, message

    def test_one_payment_for_all_that_is_left(self):
        moves, message = self.together(3, ["111", "222", "333"])
        page = self.assert_page(message, "to_pay", "Pay with Swish", BY_HAND)
        self.assertEqual(
            self.link_to_swish(page),
            {
                "sw": "1234567890",
                "amt": "3751.50",
                "cur": "SEK",
                "msg": "111, 222, 333",
            },
        )
        self.assert_code(page, "C1234567890;3751,50;111%2C%20222%2C%20333;0")
        # or each by itself, at its own page
        for move in moves:
            self.assertIn(f'href="/p/{move.pay_token}"', page)
        alone = self.assert_page(moves[1], "to_pay")
        self.assertEqual(self.link_to_swish(alone)["amt"], "1250.50")
        self.assertEqual(self.link_to_swish(alone)["msg"], "222")
        # what is paid meanwhile is not paid again
        self.pay(moves[0])
        page = self.assert_page(message, "to_pay")
        self.assertEqual(self.link_to_swish(page)["amt"], "2501.00")
        self.assertEqual(self.link_to_swish(page)["msg"], "222, 333")
        self.pay(moves[1])
        page = self.assert_page(message, "to_pay")
        self.assertEqual(self.link_to_swish(page)["msg"], "333")
        self.assertNotIn("Only this", page)
        self.pay(moves[2])
        self.assert_no_app(self.assert_page(message, "paid"))

    def test_each_by_itself_where_the_message_would_be_too_long(self):
        moves, message = self.together(3, [f"{number}" * 20 for number in (1, 2, 3)])
        page = self.assert_page(
            message, "to_pay", "too many for one payment", "Only this with Swish"
        )
        self.assertIsNone(self.link_to_swish(page))
        self.assertNotIn("data:image", page)
        for move in moves:
            self.assertIn(f'href="/p/{move.pay_token}"', page)

    def test_one_of_them_may_be_paid_early(self):
        self.grant_discount()
        _moves, message = self.together(2, ["111", "222"])
        page = self.assert_page(message, "to_pay")
        self.assertEqual(self.link_to_swish(page)["edit"], "amt")

    def test_vipps_with_all_references(self):
        self.charge_in("NOK")
        _moves, message = self.together(2, ["111", "222"])
        page = self.assert_page(
            message, "to_pay", "Vipps number 12345", "2,501.00", "Message 111, 222"
        )
        self.assertNotIn("Swish", page)

    def test_other_currency(self):
        self.charge_in("EUR")
        _moves, message = self.together(2)
        page = self.assert_page(message, "to_pay", "tells you how to pay")
        self.assert_no_app(page)

    def test_before_anybody_completed_them(self):
        message = self.hand_over(self.drafts(2))
        self.authenticate("practitioner", "practitioner")
        self.assert_no_app(self.assert_page(message, "preparing"))
