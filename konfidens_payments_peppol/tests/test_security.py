from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.sending.marks import KEY
from .sending_common import SendingCommon

OWN = "konfidens_payments.group_payments_user"


def seen(records, user):
    """Return records as this user sees them, in the own company."""
    companies = user.company_ids.ids
    return records.with_user(user).with_context(allowed_company_ids=companies)


@tagged("post_install", "-at_install")
class TestSecurity(SendingCommon):
    """Who may let an electronic invoice leave, and read what is known of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts = ("base.group_user", "base.group_partner_manager")
        cls.employee = cls.hire("nosy", *contacts, name="Nosy")
        cls.colleague = cls.hire("colleague", *contacts, OWN, name="Colleague")
        other = cls.env["res.company"].create({"name": "Other practice"})
        cls.bookkeeper = cls.hire(
            "elsewhere",
            "base.group_user",
            "account.group_account_invoice",
            company=other,
            name="Elsewhere",
        )
        cls.strangers = cls.employee + cls.colleague + cls.bookkeeper

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_strangers_send_nothing(self):
        move = self.draft_for(self.municipality)
        failed = self.sent_refused()
        for user in self.strangers:
            for name in (
                "action_send_payment_message",
                "action_send_again",
                "action_other_channel",
            ):
                for one in (move, failed):
                    with self.subTest(user=user.name, name=name):
                        self.assertRaises(AccessError, getattr(seen(one, user), name))
            for values in ({"move_ids": move.ids}, {"move_ids": failed.ids}):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    wizard = self.env["konfidens.payment.message.wizard"]
                    dialog = seen(wizard, user).create({**values, "channel": "peppol"})
                    dialog.action_confirm()
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                seen(self.message_of(failed), user).action_retry()
            messages = seen(self.env["konfidens.payment.message"], user)
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                messages.create({"partner_id": self.employer.id, "channel": "peppol"})
        self.assertEqual(move.state, "draft")
        self.assertFalse(move.payment_message_line_ids)

    def sent_refused(self):
        """Return an invoice whose document was refused."""
        self.use_access_point()
        self.point.answer = "refuse"
        move = self.sent_document()
        self.complete_delivered()
        self.assertEqual(self.message_of(move).state, "failed")
        return move

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_strangers_read_nothing_of_it(self):
        move = self.sent_document()
        message = self.message_of(move)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        files += self.env["ir.attachment"].search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "=", move.id),
                ("res_field", "!=", False),
            ]
        )
        self.assertTrue(files)
        notes = message.sudo().notification_ids.mail_message_id
        for user in self.strangers:
            for records in (move, message, files, notes):
                with self.subTest(user=user.name, model=records._name):
                    self.assertFalse(seen(records, user)._filtered_access("read"))

    @mute_logger("odoo.models")
    def test_employee_does_not_read_what_buyers_want(self):
        for name in (
            "payments_buyer_reference",
            "payments_order_number",
            "payments_needs_reference",
        ):
            self.assertNotIn(
                name, self.municipality.with_user(self.employee).fields_get()
            )
            with self.subTest(name), self.assertRaises(AccessError):
                self.municipality.with_user(self.employee).read([name])

    @mute_logger("odoo.models")
    def test_references_are_for_who_bills(self):
        booking = self.booking(self.municipality)
        booking.with_user(self.practitioner_of(booking)).buyer_reference = "4711"
        self.assertEqual(booking.buyer_reference, "4711")
        for user in self.strangers:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                seen(booking, user).buyer_reference = "mine"

    def practitioner_of(self, booking):
        booking.user_id.group_ids += self.env.ref(OWN)
        return booking.user_id

    def test_mark_from_outside_is_none(self):
        move = self.handed_over()
        send = self.env["account.move.send"].with_context(**{KEY: {"asked": True}})
        self.assertFalse(send._is_applicable_to_move("peppol", move))

    @mute_logger("odoo.models")
    def test_settings_are_for_who_may_set_them(self):
        for user in self.strangers:
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                seen(self.company, user).payments_client_on_invoice = "initials"
