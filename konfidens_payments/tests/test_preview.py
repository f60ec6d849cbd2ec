from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import PaymentsCommon

PLAIN = {"name", "invoice_date", "invoice_date_due"}
LISTS = {"context": {"default_move_type": "out_invoice"}}


@tagged("post_install", "-at_install")
class TestPreview(PaymentsCommon):
    """What lists and forms show of a draft, and of the invoice that it becomes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rights = "base.group_user", "base.group_partner_manager"
        payments = "konfidens_payments.group_payments_"
        cls.roles = [
            cls.practitioner,
            cls.hire("secretary", *rights, f"{payments}user_all"),
            cls.hire("head", *rights, f"{payments}manager"),
            cls.accountant,
        ]

    def views_for(self, user, move):
        """Return the views in which this user sees the invoice, by their types."""
        action = move.with_user(user)._open_invoices([("id", "in", move.ids)])
        return {view_type: view_id for view_id, view_type in action["views"]}

    def shown(self, move, view_type, view_id, user):
        """Return which of number, date and due date such a view shows: a set."""
        theirs = move.with_user(user)
        view = theirs.get_view(view_id, view_type)
        arch = etree.fromstring(view["arch"])
        every = "//field[not(ancestor::field)]"
        names = {node.get("name") for node in arch.xpath(every)}
        values = theirs.read(sorted(names & set(theirs._fields)))[0]
        values = {
            name: value[0] if isinstance(value, tuple) else value
            for name, value in values.items()
        }

        def is_shown(node):
            conditions = [
                element.get(name)
                for element in (node, *node.iterancestors())
                for name in ("invisible", "column_invisible")
                if element.get(name)
            ]
            return values[node.get("name")] and not any(
                safe_eval(condition, {**values, **LISTS}) for condition in conditions
            )

        return {
            node.get("name")
            for node in arch.xpath(every)
            if node.get("name") in PLAIN and is_shown(node)
        }

    def test_all_see_number_date_and_due_date_of_a_completed_invoice(self):
        draft, completed = self.draft(), self.posted()
        self.assertTrue(completed.invoice_payment_term_id, "Odoo's form shows terms")
        for user in self.roles:
            for view_type, view_id in self.views_for(user, draft).items():
                if view_type not in ("list", "form"):
                    continue
                with self.subTest(user=user.login, view=view_type):
                    self.assertEqual(
                        self.shown(completed, view_type, view_id, user), PLAIN
                    )
                    self.assertEqual(self.shown(draft, view_type, view_id, user), set())

    def test_accountant_finds_drafts_without_previews(self):
        preview, completed = self.draft(), self.posted()
        reset = self.posted()
        reset.button_draft()
        other = self.init_invoice("out_invoice", products=self.service)
        moves = (preview + completed + reset + other).with_user(self.accountant)
        self.assertEqual(moves.mapped("is_preview"), [True, False, False, False])
        search = etree.fromstring(
            moves.get_view(self.env.ref("account.view_account_invoice_filter").id)[
                "arch"
            ]
        )
        domains = {
            name: safe_eval(search.find(f".//filter[@name='{name}']").get("domain"))
            for name in ("draft", "without_previews", "previews")
        }
        mine = [("id", "in", moves.ids)]
        found = moves.search(mine + domains["draft"] + domains["without_previews"])
        self.assertEqual(found, reset + other)
        self.assertEqual(moves.search(mine + domains["previews"]), preview)
