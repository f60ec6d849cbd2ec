from datetime import timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .post_common import PostCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestInTurn(PostCommon):
    """What is sent next, where much is due."""

    def test_what_is_sent_by_hand_passes_by_what_is_sent_by_the_hundreds(self):
        moves = self.drafts(24)
        self.send(moves[:22], send_mode="now")
        self.send(moves[22], send_mode="later", scheduled_date=self.in_minutes(1))
        self.send(moves[23], send_mode="now")
        with freeze_time(self.in_minutes(2)), self.server() as server:
            self.send_due()
        self.assertEqual(len(server.taken), 24)
        self.assertEqual(server.taken[:2], ["23@example.com", "22@example.com"])

    def test_half_of_a_slice_is_what_waits_longest(self):
        moves = self.drafts(6)
        messages = self.env["konfidens.payment.message"]
        for number, move in enumerate(moves):
            messages += self.send(
                move, send_mode="later", scheduled_date=self.in_minutes(number + 1)
            )
        with freeze_time(self.in_minutes(10)):
            found = messages.sudo()._search_in_turn(
                messages.sudo()._get_due_domain(), 4
            )
        self.assertEqual(found.ids, (messages[5] + messages[4] + messages[:2]).ids)

    def test_what_goes_first_is_held_up_by_few(self):
        moves = self.drafts(26)
        self.send(moves[:22])
        self.send(moves[22:24], send_mode="timing")
        self.send(moves[24])
        self.send(moves[25])
        messages = moves.payment_message_ids.sorted("id").sudo()
        messages[22:24].scheduled_date = self.now()
        due = messages._get_due_domain()
        found = messages._search_in_turn(due, 12)
        self.assertEqual(found[:4], messages[25] + messages[24] + messages[23:21:-1])
        self.assertEqual(found[4:], messages[:4])  # what has waited longest
        found._cancel_scheduled()
        self.assertEqual(len(messages._search_in_turn(due, 12)), 12)

    def test_what_may_have_arrived_already_comes_last(self):
        moves = self.drafts(3)
        self.send(moves)
        latest = moves.payment_message_ids.sorted("id")[-1:].sudo()
        latest.unconfirmed = 1
        with self.server() as server:
            self.send_due()
        self.assertEqual(server.taken[-1], latest.partner_id.email)

    def test_nobody_reads_sent_of_what_cannot_leave(self):
        """However many slices they are, none of which leaves."""
        moves = self.drafts(9)
        self.send(moves)
        moves.payment_message_ids.sudo()._hand_over()
        mails = "odoo.addons.konfidens_payments.models.sending.mails."
        with (
            self.server(refuse_connection=ConnectionRefusedError("down")),
            patch(mails + "MOST", 2),
            patch(mails + "FEWEST", 2),
            mute_logger("odoo.addons.konfidens_payments.models.sending.mail_mail"),
        ):
            self.send_due()
        self.complete_delivered()
        statuses = moves.payment_message_ids.mapped("status")
        self.assertEqual(statuses, ["retrying"] * 9)

    def test_nothing_begins_after_the_time_of_the_job(self):
        moves = self.drafts(2)
        self.send(moves)
        over = "odoo.addons.konfidens_payments.models.sending.mails.get_time_left"
        with self.server() as server, patch(over, return_value=0):
            self.send_due()
        self.assertEqual(server.taken, [])
        self.assertEqual(self.states(moves), ["scheduled", "scheduled"])

    def in_minutes(self, minutes):
        return self.now() + timedelta(minutes=minutes)
