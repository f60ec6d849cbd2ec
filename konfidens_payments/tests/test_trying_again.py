from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .sms_common import SmsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTryingAgain(SmsCommon):
    """What waits for its next try reads *Trying again*, wherever it is shown."""

    given_by = "refused_once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_channel = "email"

    def refused_once(self, **values):
        """Return the draft of which the mail server would not take the message yet."""
        move = self.draft()
        self.send(move, **values)
        with self.mail_server(self.refuse(451, b"Try later")):
            self.send_due()
        self.complete_delivered()
        return move

    def statuses(self, move):
        """Return what appointment, booking, invoice and message are called."""
        self.env.flush_all()
        self.env.invalidate_all()
        booking = self.as_practitioner(move.booking_ids)
        invoice = self.as_practitioner(move)
        return {
            booking.event_id.payment_status,
            booking.payment_status,
            invoice.booking_status,
            invoice.payment_message_status,
            invoice.payment_message_ids[0].status,
        }

    def found(self, move):
        """Return whether each filter *Trying again* finds it."""
        return [
            bool(
                self.as_practitioner(records).search([("id", "=", records.id), *domain])
            )
            for records, domain in (
                (move.booking_ids, [("payment_status", "=", "retrying")]),
                (move.booking_ids.event_id, [("payment_status", "=", "retrying")]),
                (move, [("payment_message_status", "=", "retrying")]),
                (move.payment_message_ids, [("status", "=", "retrying")]),
            )
        ]

    def leaves(self, move):
        """Let what waits leave at its next try."""
        with freeze_time(move.payment_message_ids[0].next_try_date):
            with self.gateways():
                self.send_due()
                self.run_cron("send_sms")
            self.complete_delivered()

    def test_shown_and_found_everywhere(self):
        move = self.given
        self.assertEqual(self.statuses(move), {"retrying"})
        self.assertEqual(self.found(move), [True] * 4)
        booking = self.as_practitioner(move.booking_ids)
        self.assertIn("Trying again", booking.calendar_label)
        self.assertEqual(booking.colour, booking.event_id.payment_colour)
        self.assertEqual(booking.colour, move.booking_colour)
        self.assertFalse(booking.is_settled)
        self.assertIn("It is tried again", booking.payment_next_step)
        # the contract: the message's own state, and what follows from it, stays
        self.assertEqual(move.payment_message_ids.state, "sent")
        self.assertEqual(move.payment_message_state, "sent")
        self.assertTrue(booking.is_told)
        self.assertFalse(
            move.search([("id", "=", move.id), ("payment_message_status", "=", "sent")])
        )

    def test_next_try_that_succeeds(self):
        move = self.given
        self.leaves(move)
        self.assertEqual(move.state, "posted")
        self.assertEqual(self.statuses(move), {"unpaid", "delivered"})
        self.assertEqual(self.found(move), [False] * 4)

    def test_next_try_that_fails_too(self):
        move = self.given
        message = move.payment_message_ids
        with freeze_time(message.next_try_date):
            with self.mail_server(self.refuse(451, b"Try later")):
                self.send_due()
            self.assertEqual(self.statuses(move), {"retrying"})
            self.complete_delivered()
        self.assertEqual(self.statuses(move), {"retrying"})

    def test_given_up(self):
        move = self.given
        with freeze_time(self.now() + timedelta(hours=25)):
            with self.mail_server(self.refuse(451, b"Try later")):
                self.send_due()
            self.complete_delivered()
        self.assertEqual(self.statuses(move), {"attention", "failed"})
        self.assertEqual(self.found(move), [False] * 4)

    def test_given_up_while_it_waits_is_in_no_ones_way(self):
        for channel in ("email", "both"):
            with self.subTest(channel):
                move = self.refused_once(channel=channel)
                message = move.payment_message_ids[0].sudo()
                with freeze_time(self.now() + timedelta(hours=25)):
                    self.complete_delivered()
                    self.assertEqual(message.state, "failed")
                    for kind in ("email", "sms"):
                        self.assertFalse(
                            message.search(message._get_waiting_domain(kind))
                        )
                    self.assertFalse(message._has_unfinished())

    def test_left_and_waits_for_bounces(self):
        """It has left: nothing of it waits, and why it did not leave is over."""
        self.company.payments_bounce_wait_minutes = 30
        move = self.refused_once()
        self.leaves(move)
        message = move.payment_message_ids
        self.assertEqual((message.state, move.state), ("sent", "draft"))
        self.assertEqual(self.statuses(move), {"sent"})
        self.assertEqual(self.found(move), [False] * 4)
        self.assertFalse(message.failure_reason)
        self.assertIn("The payment message was sent", move.payment_message_story)
        self.assertFalse(move.payment_message_attention)
        with freeze_time(self.now() + timedelta(minutes=31)):
            self.complete_delivered()
        self.assertEqual(move.state, "posted")

    def test_sms_that_the_provider_takes_at_the_next_try(self):
        move = self.draft()
        self.send(move, channel="sms")
        self.send_all(sim_error="jsonrpc_exception")
        self.assertEqual(self.statuses(move), {"retrying"})
        self.leaves(move)
        self.assertEqual(self.statuses(move), {"sent"})
        self.report(move, "delivered")
        self.assertEqual(self.statuses(move), {"unpaid", "delivered"})

    def test_one_of_two_channels_waits(self):
        """The SMS is with the provider, and the e-mail waits for its next try."""
        move = self.draft()
        self.send(move, channel="both")
        with self.mail_server(self.refuse(451, b"Try later")):
            self.send_due()
        self.send_all()
        self.assertEqual(self.statuses(move), {"retrying"})
        self.report(move, "delivered")
        self.assertEqual(self.statuses(move), {"unpaid", "delivered"})

    def test_one_of_two_channels_has_failed_for_good(self):
        """The SMS left at its second try; the e-mail never will: nothing waits."""
        move = self.draft()
        self.send(move, channel="both")
        with self.mail_server(self.refuse(550, b"No such mailbox")):
            self.send_due()
        self.send_all(sim_error="jsonrpc_exception")
        self.assertEqual(self.statuses(move), {"retrying"})
        self.leaves(move)
        self.assertEqual(self.statuses(move), {"sent"})

    def test_sent_once_more_after_the_invoice_was_completed(self):
        """The booking tells of the payment; the message, that it is tried again."""
        move = self.posted()
        self.send(move)
        with self.mail_server(self.refuse(451, b"Try later")):
            self.send_due()
        self.complete_delivered()
        self.assertEqual(self.statuses(move), {"unpaid", "retrying"})

    def test_least_finished_of_a_group(self):
        """A message that waits is less finished than one that is on its way."""
        statuses = list(
            self.env["konfidens.payment.booking"]._fields["payment_status"].selection
        )
        order = [status for status, _label in statuses]
        self.assertLess(order.index("attention"), order.index("retrying"))
        self.assertLess(order.index("retrying"), order.index("sent"))

    def test_billed_externally_while_it_waits(self):
        move = self.given
        self.as_practitioner(move.booking_ids).action_bill_externally()
        self.assertEqual(move.booking_ids.payment_status, "external")
        self.assertEqual(move.payment_message_ids.status, "cancelled")


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestPartlyPaid(SmsCommon):
    """An invoice of which some is paid reads *Partly paid*."""

    given_by = "posted"

    def test_partly_paid_then_paid(self):
        move = self.given
        self.pay(move, amount=500.0, payment_difference_handling="open")
        booking = move.booking_ids
        self.assertEqual(booking.payment_status, "partial")
        self.assertEqual(move.booking_status, "partial")
        self.assertFalse(booking.is_settled)
        self.assertIn("Nobody was told of it yet", booking.payment_next_step)
        self.assertEqual(booking.amount_due, 750.0)
        self.pay(move)
        self.assertEqual(booking.payment_status, "paid")

    def test_deposit_on_the_draft(self):
        move = self.draft()
        self.pay(move, amount=500.0, payment_difference_handling="open")
        self.assertEqual(move.booking_ids.payment_status, "draft")
        move.action_complete_invoice()
        self.assertEqual(move.booking_ids.payment_status, "partial")

    def test_credited_in_part_is_not_paid_in_part(self):
        move = self.given
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.refund_moves()
        note = wizard.new_move_ids
        note.invoice_line_ids.price_unit = 250.0
        note.action_post()
        (note + move).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(move.amount_residual, 1000.0)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.pay(move, amount=500.0, payment_difference_handling="open")
        self.assertEqual(move.booking_ids.payment_status, "partial")

    def test_accountant_credits_it(self):
        move = self.given
        self.pay(move, amount=500.0, payment_difference_handling="open")
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        self.assertEqual(move.booking_ids.invoice_id.state, "draft")
