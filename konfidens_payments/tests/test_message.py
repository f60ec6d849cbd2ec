from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sms.tests.common import MockSMS

from .together_common import TogetherCommon

# From which states each change may come, and where it leads: the diagram of the model.
CHANGES = {
    "_set_sent": ({"scheduled"}, "sent"),
    "_set_sent_after_all": ({"failed"}, "sent"),
    "_set_delivered": ({"sent", "failed"}, "delivered"),
    "_set_failed": ({"scheduled", "sent", "delivered"}, "failed"),
    "_set_cancelled": ({"scheduled", "sent"}, "cancelled"),
}
ARGUMENTS = {
    "_set_sent": ["2026-11-23 09:00:00"],
    "_set_delivered": ["email"],
    "_set_failed": ["It did not."],
}


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestMessage(TogetherCommon, MockSMS):
    """A payment message and its lines: what the payer is told, and where it stands."""

    given_by = "draft"

    # === ITS STATES === #

    def test_state_changes_as_the_diagram_says(self):
        message = self.send(self.given).sudo()
        states = dict(message._fields["state"].selection)
        for method, (sources, target) in CHANGES.items():
            for state in states:
                with self.subTest(method=method, state=state):
                    message.state = state
                    changed = getattr(message, method)(*ARGUMENTS.get(method, []))
                    allowed = state in sources
                    self.assertEqual(message.state, target if allowed else state)
                    self.assertEqual(changed, message if allowed else message.browse())

    def test_what_is_over_is_forgotten(self):
        message = self.send(self.given).sudo()
        message._set_sent("2026-11-23 09:00:00")
        message.write({"failure_reason": "Try later", "next_try_date": self.now()})
        message._set_delivered("email")
        self.assertFalse(message.failure_reason or message.next_try_date)
        self.assertEqual(message.delivered_date, self.now())
        message._set_failed("It came back.")
        self.assertFalse(message.evidence or message.delivered_date)
        self.assertTrue(message.line_ids.is_unsolved)
        message._set_sent_after_all()
        self.assertFalse(message.failure_reason)
        self.assertFalse(message.line_ids.is_unsolved)

    # === NOBODY IS TOLD TWICE === #

    def line_of(self, move, **values):
        return {
            "partner_id": move.partner_id.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "scheduled_date": self.now(),
            "all_line_ids": [
                Command.create({"move_id": move.id, **move._prepare_told_values()})
            ],
            **values,
        }

    def assert_refused(self, values):
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.env["konfidens.payment.message"].sudo().create(values)

    def test_one_message_at_a_time_asks_for_an_invoice(self):
        move = self.given
        message = self.send(move).sudo()
        for kind in ("payment", "reminder"):
            self.assert_refused(self.line_of(move, kind=kind))
        message._set_cancelled()
        self.env.flush_all()
        self.env["konfidens.payment.message"].sudo().create(self.line_of(move))
        # a receipt asks for nothing, and there is one
        receipt = (
            self.env["konfidens.payment.message"]
            .sudo()
            .create(self.line_of(move, kind="receipt"))
        )
        self.env.flush_all()
        self.assert_refused(self.line_of(move, kind="receipt"))
        receipt._set_cancelled()  # so it gave none
        self.env.flush_all()
        receipt.create(self.line_of(move, kind="receipt"))
        self.env.flush_all()

    # === SEVERAL INVOICES === #

    def test_lowest_message_takes_the_lines_and_the_latest_line_counts(self):
        first, second = self.drafts(2)
        failed = self.send(second).sudo()
        failed._fail("No such mailbox.")
        # of the first only: its message is lower than the second's new one
        waiting = self.send(first).sudo()
        self.send(second)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(waiting.line_ids.move_id, first + second)
        self.assertEqual(second.payment_message_ids, waiting + failed)
        self.assertEqual(second.payment_message_state, "sent")
        self.assertEqual(failed.state, "failed")

    def test_practitioner_reads_the_own_line_of_a_joint_message(self):
        colleague = self.practitioner.copy({"login": "colleague", "email": "c@x.no"})
        mine = self.draft_on(10)
        theirs = self.draft_on(11, user_id=colleague.id, price=900.0)
        message = self.hand_over(mine + theirs)
        self.assertEqual(message.amount, 2150.0)
        for user, move, amount in (
            (self.practitioner, mine, 1250.0),
            (colleague, theirs, 900.0),
        ):
            seen = message.with_user(user)
            self.assertEqual(seen.amount, amount)
            self.assertEqual(seen.move_ids, move)
            self.assertNotIn("2 appointments", seen.summary)
            self.assertFalse(seen.pay_url)
            self.assertEqual(
                seen.env[seen.line_ids._name].search([]).move_id & (mine + theirs), move
            )
            self.assertFalse(seen.mail_message_ids)
            self.assertFalse(seen.told_text)
            self.assert_secret_in_forms(seen)
        # and sends again what is theirs alone
        message._fail("No such mailbox.")
        message.with_user(colleague).action_retry()
        self.assertEqual(theirs.payment_message_state, "scheduled")
        self.assertEqual(mine.payment_message_state, "failed")
        self.assertTrue(message.with_user(self.practitioner).is_unsolved)
        self.assertFalse(message.with_user(colleague).is_unsolved)

    def assert_secret_in_forms(self, seen):
        """Whatever filled the cache before, all screens show the own line alone."""
        fields = ["amount", "line_ids", "move_ids", "pay_url", "story", "summary"]
        template = self.env.ref("konfidens_payments.mail_template_payment")
        values = {
            "mail_template_id": template.id,
            "resource_ref": f"{seen._name},{seen.id}",
        }
        preview = self.env["mail.template.preview"].with_user(seen.env.user)
        for warm in (False, True):
            self.env.invalidate_all()
            if warm:
                seen.sudo().read([])
            [row] = seen.search([("id", "=", seen.id)]).read(fields)
            self.assertEqual(len(row["line_ids"]), 1)
            self.assertFalse(row["pay_url"])
            seen.web_read({"line_ids": {"fields": {"amount": {}}}, "story": {}})
            seen.read([])
            form = seen.new({}, origin=seen)  # as an onchange makes it
            self.assertEqual((form.amount, len(form.line_ids)), (seen.amount, 1))
            self.assertFalse(form.pay_url or form.told_text)
            body = preview.create(values).body_html
            self.assertEqual(body.count("November 1"), 1)
            self.assertNotIn("2,150", body)

    def test_handed_over_with_the_text_of_another(self):
        """Who takes over an appointment reads nothing of the others told with it."""
        moves = self.drafts(2)
        self.deliver(moves)
        colleague = self.practitioner.copy({"login": "colleague", "email": "c@x.no"})
        moves[0].booking_ids.event_id.user_id = colleague
        notes = moves[0].with_user(colleague).message_ids
        self.assertNotIn("November 11", "".join(notes.mapped("body")))
        self.assertFalse(moves.payment_message_ids.with_user(colleague).told_text)

    def test_changed_by_ways_around_is_not_posted(self):
        """Told is told: what the payer was not told is not posted by itself."""
        other = self.env["res.partner"].create({"name": "Other"})
        for state in ("sent", "delivered"):
            move = self.draft_on(12 if state == "sent" else 13)
            message = self.hand_over(move)
            if state == "delivered":
                message._set_delivered("email")
            link = move.pay_token
            move.button_cancel()
            move.partner_id = other
            move.button_draft()
            self.assertNotEqual(move.pay_token, link, "another payer, another link")
            message.notification_ids.notification_status = "sent"
            self.complete_delivered()
            move.sudo()._complete_delivered()
            self.assertEqual(move.state, "draft")
            self.assertFalse(move.env["account.move"]._find_by_pay_token(link))
            if message.state == "delivered":
                self.assertIn(
                    "not what the client was told", move.payment_message_story
                )
                self.assertEqual(move.booking_ids.payment_status, "attention")

    def test_notifications_are_nobodys_to_read(self):
        self.hand_over(self.draft())
        employee = self.env["res.users"].create(
            {"name": "E", "login": "e", "group_ids": [self.ref("base.group_user")]}
        )
        notifications = self.env["mail.notification"].with_user(employee)
        self.assertFalse(
            notifications.search([("res_partner_id", "=", self.client.id)])
        )

    def test_what_was_told_is_kept(self):
        moves = self.drafts(2)
        self.deliver(moves)
        message = moves.payment_message_ids
        moves[0]._reverse_moves(cancel=True)
        moves[0].booking_ids.price = 500.0
        self.assertEqual(message.line_ids.mapped("amount_total"), [1250.0, 1250.0])
        self.assertEqual(message.line_ids.mapped("amount"), [1250.0, 1250.0])

    def test_late_report_counts_for_what_is_as_it_was_told(self):
        moves = self.drafts(2)
        message = self.hand_over(moves, channel="sms")
        trackers = message.notification_ids.sms_tracker_ids
        message._fail("Nobody confirmed it.")
        moves[1].booking_ids.price = 500.0
        trackers._action_update_from_sms_state("sent")
        self.complete_delivered()
        self.assertEqual(moves.mapped("state"), ["posted", "draft"])
        self.assertEqual(moves[1].payment_message_state, "failed")
        self.assertEqual(moves[1].booking_ids.payment_status, "attention")

    # === GIVEN UP === #

    def test_what_waits_for_bounces_holds_up_nothing(self):
        """However many there are: an older message that nobody confirmed fails."""
        self.company.payments_together = False
        forgotten = self.hand_over(self.draft_on(9), channel="sms")
        self.company.payments_bounce_wait_minutes = 60 * 48
        moves = self.drafts(3)
        self.send(moves)
        with self.mock_mail_gateway():
            self.send_due()
        with (
            freeze_time(self.now() + timedelta(hours=25)),
            patch("odoo.addons.konfidens_payments.tools.jobs.BATCH_SIZE", 2),
        ):
            self.complete_delivered()
        self.assertEqual(forgotten.state, "failed")
        self.assertEqual(set(moves.mapped("payment_message_state")), {"sent"})
