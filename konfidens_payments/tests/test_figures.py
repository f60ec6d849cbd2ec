from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon

MEASURES = ["__count", "delivery_rate:avg", "time_to_delivery:avg"]


@tagged("post_install", "-at_install")
class TestFigures(PaymentsCommon):
    """Delivery rate and time to delivery of all payment messages."""

    def message(self, state, minutes=0, user=None, **values):
        move = self.draft(**({"user_id": user.id} if user else {}))
        sent = self.now().replace(hour=9) - timedelta(days=1)
        message = self.send(move).sudo()
        left = {"sent_date": sent} if state != "scheduled" else {}
        if state == "delivered":
            left["delivered_date"] = sent + timedelta(minutes=minutes)
        message.write({"state": state, **left, **values})
        return message

    def figures(self, user=None, groupby=(), domain=()):
        messages = self.env["konfidens.payment.message"].with_user(
            user or self.accountant
        )
        rows = messages.formatted_read_group(
            [("company_id", "=", self.company.id), *domain], groupby, MEASURES
        )
        return [
            tuple(row[name] for name in [*groupby, *MEASURES])
            if groupby
            else tuple(row[name] for name in MEASURES)
            for row in rows
        ]

    def test_rate_and_time_of_what_left(self):
        self.message("delivered", 2)
        self.message("delivered", 4)
        self.message("failed")
        self.message("failed", sent_date=False)  # refused before it left
        self.message("sent")
        self.message("scheduled")
        self.message("cancelled", sent_date=False)
        [(count, rate, minutes)] = self.figures()
        self.assertEqual(count, 7)
        self.assertAlmostEqual(rate, 200 / 3, 1)
        self.assertAlmostEqual(minutes, 3.0)

    def test_came_back_late(self):
        self.message("delivered", 2)
        message = self.message("delivered", 4)
        message.line_ids.move_id.action_complete_invoice()
        message._note_late_bounce()
        [(_count, rate, _minutes)] = self.figures()
        self.assertEqual(rate, 50.0)

    def test_by_channel_state_and_day(self):
        self.message("delivered", 2)
        self.message("delivered", 1, channel="sms")
        self.message("failed", channel="sms")
        by_channel = {row[0]: row[2] for row in self.figures(groupby=["channel"])}
        self.assertEqual(by_channel, {"email": 100.0, "sms": 50.0})
        by_state = {row[0]: row[1] for row in self.figures(groupby=["state"])}
        self.assertEqual(by_state, {"delivered": 2, "failed": 1})
        [by_day] = self.figures(groupby=["sent_date:day"])
        self.assertEqual(by_day[1], 3)

    def test_practitioner_sees_the_figures_of_the_own_messages(self):
        other = self.practitioner.copy({"login": "other", "name": "Other"})
        self.message("delivered", 2)
        self.message("failed", user=other)
        self.assertEqual(self.figures(self.practitioner)[0][:2], (1, 100.0))
        manager = self.practitioner.copy({"login": "manager", "name": "Manager"})
        manager.group_ids += self.env.ref("konfidens_payments.group_payments_manager")
        self.assertEqual(self.figures(manager)[0][:2], (2, 50.0))
        self.assertEqual(self.figures(self.accountant)[0][:2], (2, 50.0))

    def test_real_message(self):
        with freeze_time("2026-11-22 09:00:00"):
            self.send(self.draft())
            with self.mock_mail_gateway():
                self.send_due()
        with freeze_time("2026-11-22 09:01:30"):
            self.complete_delivered()
        self.assertEqual(self.figures(), [(1, 100.0, 1.5)])
