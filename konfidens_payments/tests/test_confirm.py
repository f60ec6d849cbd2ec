from datetime import date, datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .pay_link_common import PayLinkCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestConfirm(PayLinkCommon):
    """Odoo's own ways to complete an invoice do what *Complete Invoice* does."""

    def needs_attention(self):
        """Return a draft whose message failed, with its activity."""
        move = self.draft()
        self.send(move)
        with self.mail_server(self.refuse(550, b"No such user")):
            self.send_due()
            self.complete_delivered()
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertTrue(move.activity_ids)
        return move

    def auto_post(self, move):
        move.write({"auto_post": "at_date", "date": date(2026, 11, 22)})
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job = self.env.ref("account.ir_cron_auto_post_draft_entry")
            job.method_direct_trigger()
        self.env.invalidate_all()

    def test_each_way_ends_needs_attention_and_its_activity(self):
        wizard = self.env["validate.account.move"]
        for name, confirm in {
            "Complete Invoice": lambda move: move.action_complete_invoice(),
            "Confirm": lambda move: move.action_post(),
            "Post entries": lambda move: (
                wizard.with_context(active_model="account.move", active_ids=move.ids)
                .create({})
                .validate_move()
            ),
            "auto-post": self.auto_post,
        }.items():
            with self.subTest(name):
                move = self.needs_attention()
                confirm(move)
                self.assertEqual(move.state, "posted")
                self.assertEqual(move.booking_ids.payment_status, "unpaid")
                self.assertFalse(move.activity_ids)

    # === WHAT CONFIRM CHECKS IS CHECKED BEFORE THE MESSAGE LEAVES === #

    def demand_analytics(self):
        """Let invoices need an analytic distribution, as *Confirm* checks it."""
        plan = self.env["account.analytic.plan"].create(
            {
                "name": "Department",
                "applicability_ids": [
                    fields.Command.create(
                        {"business_domain": "invoice", "applicability": "mandatory"}
                    )
                ],
            }
        )
        return self.env["account.analytic.account"].create(
            {"name": "Children", "plan_id": plan.id}
        )

    def test_mandatory_analytic_plan(self):
        scheduled = self.draft()
        message = self.send(scheduled)
        account = self.demand_analytics()
        move = self.draft()
        for press in (move.action_send_payment_message, move.action_complete_invoice):
            with self.assertRaisesRegex(UserError, "analytic distribution"):
                press()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertFalse(self._mails)
        self.assertEqual(message.state, "failed")
        self.assertIn("analytic distribution", message.failure_reason)
        move.invoice_line_ids.analytic_distribution = {str(account.id): 100}
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertEqual(move.state, "posted")

    # === AUTO-POST === #

    def test_draft_with_a_future_auto_post_date_is_not_told_before_it(self):
        move = self.draft()
        move.write({"auto_post": "at_date", "date": date(2026, 12, 1)})
        with self.assertRaisesRegex(UserError, "posted by itself on 12/01/2026"):
            move.action_send_payment_message()
        message = self.send(draft := self.draft())
        draft.write({"auto_post": "at_date", "date": date(2026, 12, 1)})
        with self.mock_mail_gateway():
            self.send_due()
        self.assertFalse(self._mails)
        self.assertEqual(message.state, "scheduled")
        # midnight where the practice is
        self.assertEqual(message.scheduled_date, datetime(2026, 11, 30, 23))
        with freeze_time("2026-12-01 00:00:05"), self.mock_mail_gateway():
            self.send_due()
            self.assertEqual(len(self._mails), 1)
            self.complete_delivered()
            self.assertEqual(draft.state, "posted")
