from lxml import html

from odoo.tests import tagged

from .common import PaymentsCommon

LISTS = (
    "action_bookings",
    "action_attention",
    "action_payment_messages",
    "action_runs",
    "action_invoices_booking",
    "action_invoices",
)


@tagged("post_install", "-at_install")
class TestEmptyLists(PaymentsCommon):
    """What the lists of Payments say while nothing stands in them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.hire(
            "head", "base.group_user", "konfidens_payments.group_payments_manager"
        )

    def said(self, user):
        """Return what each of our lists says to this user: dict from list to words."""
        actions = self.env["ir.actions.actions"].with_user(user)
        said = {
            name: actions._for_xml_id(f"konfidens_payments.{name}")["help"]
            for name in LISTS
        }
        said["unpaid"] = (
            self.env["account.move"].with_user(user).action_view_unpaid()["help"]
        )
        return {name: html.fromstring(words) for name, words in said.items()}

    def test_payments_are_off(self):
        self.company.payments_active = False
        for name, words in self.said(self.head).items():
            with self.subTest(name):
                self.assertIn("Payments are off.", words.text_content())
                [link] = words.iter("a")
                self.assertEqual(link.text, "Are We Ready?")
                self.assertEqual(link.get("href"), "/odoo/payments-ready")
        for user in (self.practitioner, self.accountant):
            for name, words in self.said(user).items():
                with self.subTest(name, user=user.login):
                    self.assertIn("Payments are off.", words.text_content())
                    self.assertIn("Ask your administrator", words.text_content())
                    self.assertFalse(list(words.iter("a")))

    def test_payments_are_on(self):
        for user in (self.head, self.practitioner, self.accountant):
            for name, words in self.said(user).items():
                with self.subTest(name, user=user.login):
                    self.assertNotIn("Payments are off", words.text_content())
                    first, then = words.iter("p")
                    self.assertTrue(first.text_content().strip())
                    self.assertTrue(then.text_content().strip(), "what to do next")

    def test_on_in_one_of_several_companies(self):
        self.company.payments_active = False
        other = self.env["res.company"].create({"name": "On", "payments_active": True})
        self.head.company_ids += other
        companies = (self.company + other).ids
        bookings = self.env["konfidens.payment.booking"].with_user(self.head)
        bookings = bookings.with_context(allowed_company_ids=companies)
        self.assertEqual(bookings.get_empty_list_help("Next"), "Next")

    def test_other_lists_of_invoices_are_odoo_s(self):
        self.company.payments_active = False
        moves = self.env["account.move"].with_user(self.accountant)
        self.assertEqual(moves.get_empty_list_help("Bills"), "Bills")
