from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .common import PaymentsCommon


@freeze_time("2026-11-22 15:15:00")
@tagged("post_install", "-at_install")
class TestChatter(PaymentsCommon):
    """What the invoice's chatter keeps for the auditor, and its form tells."""

    given_by = "failed"

    def notes(self, move):
        """Return who wrote which note about payment messages, the oldest first."""
        return [
            (
                message.author_id,
                html2plaintext(message.body).strip().replace("\u202f", " "),
            )
            for message in move.message_ids.sorted("id")
            if message.message_type == "notification"
            and ("ayment message" in message.body or "completed" in message.body)
        ]

    def send_all(self):
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()

    def test_scheduled_by_whom_and_completed_by_itself(self):
        move = self.draft()
        self.send(self.as_practitioner(move))
        self.send_all()
        root = self.env.ref("base.partner_root")
        time = "11/22/26, 4:15 PM"
        self.assertEqual(
            self.notes(move),
            [
                (
                    self.practitioner.partner_id,
                    f"Payment message to Kari Nordmann (E-mail) scheduled for {time}.",
                ),
                (
                    root,
                    "Invoice completed because its payment message was delivered. "
                    f"E-mail to k…@example.com accepted by the mail server {time}.",
                ),
            ],
        )

    def tracked(self, move):
        """Return the messages that tell of a change of the invoice's state."""
        state = self.env["ir.model.fields"]._get("account.move", "state")
        return move.message_ids.filtered(
            lambda message: state in message.sudo().tracking_value_ids.field_id
        )

    def completed(self, follow=()):
        """Return the invoice of a message that arrived, tracked as on a server.

        :param follow: to hear of what the practitioner asked for
        """
        move = self.draft().with_context(tracking_disable=False, mail_notrack=False)
        self.flush_tracking()
        for subtype in follow:
            move.message_subscribe(
                self.practitioner.partner_id.ids, self.env.ref(subtype).ids
            )
        self.send(move)
        self.send_all()
        self.flush_tracking()
        self.assertEqual(move.state, "posted")
        return move

    def test_one_note_tells_why_and_what_changed(self):
        move = self.completed()
        note = self.tracked(move)
        self.assertEqual(len(note), 1)
        self.assertIn("Invoice completed because", note.body)
        values = note.sudo().tracking_value_ids
        changes = {value.field_id.name: value for value in values}
        self.assertEqual(
            (changes["state"].old_value_char, changes["state"].new_value_char),
            ("Draft", "Posted"),
        )
        self.assertEqual(note.author_id, self.env.ref("base.partner_root"))

    def test_who_asked_to_hear_of_completed_invoices_hears(self):
        move = self.completed(follow=["account.mt_invoice_validated"])
        told = self.tracked(move)
        self.assertEqual(told.subtype_id, self.env.ref("account.mt_invoice_validated"))
        self.assertEqual(told.notified_partner_ids, self.practitioner.partner_id)
        self.assertIn("Invoice completed because", self.notes(move)[-1][1])

    def test_called_off_and_sent_now_by_whom(self):
        move = self.draft()
        message = self.send(
            move, send_mode="later", scheduled_date=self.now() + timedelta(days=1)
        )
        message.with_user(self.practitioner).action_send_now()
        message.with_user(self.accountant).action_cancel()
        self.assertEqual(
            self.notes(move)[1:],
            [
                (
                    self.practitioner.partner_id,
                    "Payment message to be sent now instead of at its time.",
                ),
                (self.accountant.partner_id, "Payment message called off."),
            ],
        )

    def test_the_appointment_keeps_no_notes_of_its_invoice(self):
        booking = self.book_externally(service_id=self.service.id).with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.flush_tracking()
        before = booking.message_ids
        booking.action_create_invoice()
        self.flush_tracking()
        self.send(booking.invoice_id)
        self.send_all()
        self.flush_tracking()
        self.assertEqual(booking.payment_status, "unpaid")
        self.assertEqual(booking.message_ids, before)

    def test_moved_with_its_appointment(self):
        move = self.draft()
        self.send(move, send_mode="timing")
        start = self.now() + timedelta(days=10)
        move.booking_ids.write({"start": start, "stop": start + timedelta(hours=1)})
        self.assertEqual(
            self.notes(move)[-1][1],
            "Payment message moved with its appointment, to 12/2/26, 5:30 PM.",
        )

    def test_failed(self):
        move = self.draft()
        self.send(move)
        self.client.email = False
        self.send_all()
        _author, note = self.notes(move)[-1]
        self.assertIn("did not reach Kari Nordmann", note)
        self.assertIn("no e-mail address", note)

    def test_told_once_more_after_completion(self):
        move = self.draft()
        move.action_complete_invoice()
        self.send(move)
        self.send_all()
        self.assertIn("Payment message delivered.", self.notes(move)[-1][1])

    def test_nobody_is_notified_and_nothing_is_said_about_the_treatment(self):
        move = self.draft()
        move.message_subscribe(self.accountant.partner_id.ids)
        self.send(move)
        self.send_all()
        notes = move.message_ids.filtered(
            lambda message: "ayment message" in (message.body or "")
        )
        self.assertTrue(notes)
        self.assertTrue(all(notes.mapped("is_internal")))
        sent = notes.filtered(lambda message: message.message_type == "notification")
        self.assertFalse(sent.notification_ids)
        for secret in ("Depression", "private", "Trauma", "therapy"):
            self.assertNotIn(secret, "".join(notes.mapped("body")))

    def test_in_the_practices_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        self.company.partner_id.lang = "nb_NO"
        move = self.draft()
        self.send(move)
        notes = " ".join(move.message_ids.mapped("body"))
        self.assertIn(" planlagt til 22.11.2026", notes)

    def test_notes_of_many_cost_no_query_each(self):
        def queries(count):
            moves = self.env["account.move"].union(
                *(self.draft() for _i in range(count))
            )
            moves = moves.sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            messages = moves._schedule_payment_message(self.now())
            messages.flush_recordset()
            messages._cancel_scheduled()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(2)  # warm
        few, many = queries(2), queries(22)
        self.assertLess(many - few, 10, f"{few} queries for 2, {many} for 22")

    # === THE FORM === #

    def test_story_has_a_line_for_each_message(self):
        move = self.draft().with_context(tz="Europe/Oslo")
        self.send(move)
        move.payment_message_ids.sudo()._fail("No such mailbox.")
        self.assertFalse(move.payment_message_earlier)
        move.action_send_again()
        move._get_latest_payment_message().sudo()._fail("The mailbox is full.")
        move.action_send_again()
        self.assertIn("goes out in a moment", move.payment_message_story)
        earlier = move.payment_message_earlier.splitlines()
        self.assertEqual(len(earlier), 2)
        self.assertIn("did not reach Kari Nordmann: The mailbox is full.", earlier[0])
        self.assertIn("did not reach Kari Nordmann: No such mailbox.", earlier[1])
        self.assertIn("11/22/26", earlier[1])

    # === BUTTONS === #

    def failed(self, **values):
        move = self.draft(**values)
        self.send(move)
        move.payment_message_ids.sudo()._fail("No such mailbox.")
        return move

    def test_practitioner_sends_again(self):
        move = self.as_practitioner(self.given)
        self.assertTrue(move.can_send_again)
        self.assertTrue(move.has_other_channel)
        move.action_send_again()
        self.send_all()
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.can_send_again)

    def test_practitioner_takes_the_other_channel(self):
        move = self.as_practitioner(self.given)
        self.client.phone = "+47 400 00 000"
        move.booking_ids.action_other_channel()
        message = move.payment_message_ids.filtered(
            lambda message: message.state == "scheduled"
        )
        self.assertEqual(message.channel, "sms")

    def test_buttons_of_the_booking(self):
        moves = self.given + self.failed() + self.failed()
        again, completed, external = moves.booking_ids.with_user(self.practitioner)
        again.action_send_again()
        completed.action_complete_invoice()
        external.action_bill_externally()
        statuses = moves.booking_ids.mapped("payment_status")
        self.assertEqual(sorted(statuses), ["external", "scheduled", "unpaid"])
        self.assertFalse(moves.activity_ids)

    def test_colleagues_press_no_button(self):
        move = self.given
        colleague = self.practitioner.copy({"login": "colleague"})
        booking = move.booking_ids.with_user(colleague)
        for button in (
            "action_send_again",
            "action_other_channel",
            "action_complete_invoice",
        ):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(booking, button)()

    def test_what_was_delivered_is_not_sent_again(self):
        move = self.draft()
        message = self.send(move).sudo()
        message._hand_over()
        message.state = "delivered"
        move.sudo()._note_completion_failure(UserError("No."))
        self.assertFalse(move.can_send_again)

    def test_activity_says_what_to_press(self):
        note = html2plaintext(self.given.activity_ids.note)
        self.assertIn("No such mailbox.", note)
        for button in (
            "Send Again",
            "Other Channel",
            "Complete Invoice",
            "Bill Externally",
        ):
            self.assertIn(button, note)

    def test_activity_shows_what_the_mail_server_said_as_text(self):
        move = self.draft()
        self.send(move)
        move.payment_message_ids.sudo()._fail("No <b>such</b> mailbox.")
        self.assertIn("No <b>such</b> mailbox.", html2plaintext(move.activity_ids.note))
