from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .proof_common import ProofCommon

CREDIT = "konfidens_payments.mail_activity_credit"


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestProofDifferences(ProofCommon):
    """Whatever is broken behind the program's back is seen, and seen gone again."""

    given_by = "sent"

    # === EVERY BOOKING IS ACCOUNTED FOR === #

    def test_nobody_bills_it(self):
        booking = self.booking_of(self.book(service_id=self.service.id))
        self.assert_green()
        self.execute(
            "UPDATE konfidens_payment_booking SET invoicing_method = NULL,"
            " payment_status = NULL, is_settled = TRUE WHERE id = %s",
            booking.id,
        )
        line = self.assert_found("unbilled", booking_id=booking)
        self.assert_mended(line)
        self.assertEqual(booking.invoicing_method, "manual")
        self.assertEqual(booking.payment_status, "to_invoice")

    def test_wrong_status(self):
        paid, credited, cancelled = self.posted(), self.posted(), self.draft()
        self.pay(paid)
        credited._reverse_moves(cancel=True)
        cancelled.booking_ids.event_id.active = False
        bookings = {
            "unpaid": self.posted().booking_ids,
            "paid": paid.booking_ids,
            "credited": credited.booking_ids,
            "cancelled": cancelled.line_ids.booking_id,
            "draft": self.draft().booking_ids,
            "sent": self.sent().booking_ids,
            "to_invoice": self.booking_of(self.book(service_id=self.service.id)),
            "external": self.booking_of(self.book_externally()),
        }
        for right, booking in bookings.items():
            self.assertEqual(booking.payment_status, right)
        self.assert_green()
        for right, booking in bookings.items():
            for wrong in {*bookings, None} - {right}:
                with self.subTest(right=right, wrong=wrong):
                    self.execute(
                        "UPDATE konfidens_payment_booking SET payment_status = %s"
                        " WHERE id = %s",
                        wrong,
                        booking.id,
                    )
                    self.mend(self.assert_found("status", booking_id=booking).proof_id)
                    self.assertEqual(booking.payment_status, right)
        self.assert_green()

    def test_wrong_figures_of_a_booking(self):
        booking = self.posted().booking_ids
        for change in (
            "is_settled = TRUE",
            "amount_due = 1",
            "invoice_id = NULL",
            "start = start + interval '1 hour'",
            "stop = stop + interval '1 hour'",
        ):
            with self.subTest(change):
                self.assert_green()
                self.execute(
                    f"UPDATE konfidens_payment_booking SET {change} WHERE id = %s",
                    booking.id,
                )
                self.assert_mended(self.assert_found("booking", booking_id=booking))

    # === APPOINTMENTS === #

    def test_appointment_cancelled_behind_its_booking(self):
        booking = self.draft().booking_ids
        change = "UPDATE calendar_event SET active = %s WHERE id = %s"
        self.execute(change, False, booking.event_id.id)
        line = self.assert_found("cancelled", event_id=booking.event_id)
        self.assertFalse(line.can_mend)
        self.assertEqual(line.action_open()["res_id"], booking.event_id.id)
        self.execute(change, True, booking.event_id.id)
        self.assert_green()

    def test_guest_of_a_group_whom_nobody_bills(self):
        event = self.gather()
        self.book(partner_ids=[(6, 0, self.strangers.ids)])  # no group: as it should be
        self.assert_green()
        lost = self.booking_of(event)[-1]
        self.execute("DELETE FROM konfidens_payment_booking WHERE id = %s", lost.id)
        line = self.assert_found("guest", event_id=event, guest_id=self.ola)
        self.assertEqual(line.subject, "Ola Hansen")
        self.assert_mended(line)
        booking = self.booking_of(event)[-1]
        self.assertEqual(booking.client_id, self.ola)
        self.assertEqual(booking.payment_status, "to_invoice")
        self.assertEqual(booking.price, 400.0)
        self.assertEqual(booking.user_id, self.practitioner)

    def test_guests_of_groups_from_before_each_was_billed(self):
        service = self.group_service
        service.payments_bills_each_guest = False
        before = self.gather()
        self.assertEqual(len(self.booking_of(before)), 1)
        with freeze_time(before.start + timedelta(minutes=1)):
            service.payments_bills_each_guest = True
            self.assert_green()

    def test_mending_sends_no_message_to_the_guest(self):
        event = self.gather()
        self.company.payments_invoicing_method = "automatic"
        lost = self.booking_of(event)[-1]
        self.execute("DELETE FROM konfidens_payment_booking WHERE id = %s", lost.id)
        self.mend(self.assert_found("guest", guest_id=self.ola).proof_id)
        booking = self.booking_of(event)[-1]
        self.assertEqual(booking.client_id, self.ola)
        self.assertFalse(booking.invoice_id)

    def test_past_the_day_to_invoice_it(self):
        booking = self.draft().booking_ids
        for table, key in (
            ("konfidens_payment_booking", booking.id),
            ("calendar_event", booking.event_id.id),
        ):
            self.execute(
                f"UPDATE {table} SET start = '2026-10-21 09:00:00',"
                " stop = '2026-10-21 10:00:00' WHERE id = %s",
                key,
            )
        line = self.assert_found("deadline", booking_id=booking)
        self.assertFalse(line.can_mend)
        booking.invoice_id.action_complete_invoice()
        self.assert_green()

    # === MONEY === #

    def test_invoices_that_were_all_credited(self):
        """The older one last, after it was in force again."""
        older = self.draft()
        booking = older.booking_ids
        older.button_cancel()
        booking.action_create_invoice()
        newer = booking.invoice_id
        newer.action_complete_invoice()
        newer._reverse_moves(cancel=True)
        self.assert_green()
        older.button_draft()
        older.action_complete_invoice()
        self.assertEqual(booking.invoice_id, older)
        self.assert_green()
        older._reverse_moves(cancel=True)
        self.assertEqual(booking.payment_status, "credited")
        self.assert_green()

    def test_two_invoices_in_force(self):
        first, second = self.posted(), self.draft()
        booking, other = first.booking_ids, second.booking_ids
        change = (
            "UPDATE account_move_line SET booking_id = %s"
            " WHERE move_id = %s AND booking_id IS NOT NULL"
        )
        self.execute(change, booking.id, second.id)
        line = self.assert_found("twice", booking_id=booking)
        self.assertFalse(line.can_mend)
        self.execute(change, other.id, second.id)
        self.assert_green()

    def test_wrong_figures_of_an_invoice(self):
        move = self.given
        for change in (
            "UPDATE account_move_line SET billed_booking_id = NULL WHERE move_id = %s",
            "UPDATE account_move SET payment_message_state = 'failed' WHERE id = %s",
            "UPDATE konfidens_payment_message_line SET pending = FALSE"
            " WHERE move_id = %s",
        ):
            with self.subTest(change):
                self.assert_green()
                self.execute(change, move.id)
                self.assert_mended(self.assert_found("invoice", invoice_id=move))

    def test_not_what_the_payer_was_told(self):
        posted = self.given
        self.complete_delivered()
        self.assertEqual(posted.state, "posted")
        draft = self.sent()
        change = (
            "UPDATE konfidens_payment_message_line SET amount_total = %s"
            " WHERE move_id = %s"
        )
        for move in (draft, posted):
            self.assert_green()
            self.execute(change, 999.0, move.id)
            line = self.assert_found("told", invoice_id=move)
            self.assertEqual((line.expected, line.found), (999.0, 1250.0))
            self.assertFalse(line.can_mend)
            self.execute(change, 1250.0, move.id)
        self.assert_green()
        payer = self.env["res.partner"].create({"name": "Somebody"})
        change = "UPDATE konfidens_payment_message SET partner_id = %s WHERE id = %s"
        message = draft.payment_message_ids
        self.execute(change, payer.id, message.id)
        self.assert_found("told", invoice_id=draft)
        self.execute(change, self.client.id, message.id)
        self.assert_green()

    def test_not_what_was_paid(self):
        move = self.posted()
        self.pay(move, amount=400.0)
        self.assert_green()
        self.execute(
            "UPDATE account_move SET amount_residual = 1 WHERE id = %s", move.id
        )
        line = self.assert_found("ledger", invoice_id=move)
        self.assertEqual((line.expected, line.found), (850.0, 1.0))
        self.assert_mended(line)
        self.assertEqual(move.booking_ids.amount_due, 850.0)

    def test_payment_that_is_gone_from_the_books(self):
        move = self.posted()
        self.pay(move)
        self.execute(
            "DELETE FROM account_partial_reconcile WHERE debit_move_id IN"
            " (SELECT id FROM account_move_line WHERE move_id = %s)",
            move.id,
        )
        line = self.assert_found("ledger", invoice_id=move)
        self.assertEqual((line.expected, line.found), (1250.0, 0.0))
        self.assert_mended(line)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_invoice_of_a_cancelled_appointment_that_nobody_is_asked_to_credit(self):
        move = self.posted()
        move.booking_ids.event_id.active = False
        self.assert_green()
        self.execute("DELETE FROM mail_activity WHERE res_id = %s", move.id)
        line = self.assert_found("credit", invoice_id=move)
        self.assert_mended(line)
        move.activity_search([CREDIT]).action_done()  # it stays: a no-show
        self.assert_green()

    # === MESSAGES === #

    def test_arrived_and_not_completed(self):
        move = self.given
        self.execute(
            "UPDATE account_move SET payment_message_state = 'delivered' WHERE id = %s",
            move.id,
        )
        self.execute(
            "UPDATE konfidens_payment_message SET state = 'delivered',"
            " status = 'delivered' WHERE id = %s",
            move.payment_message_ids.id,
        )
        self.execute(
            "UPDATE konfidens_payment_message_line SET pending = FALSE"
            " WHERE move_id = %s",
            move.id,
        )
        line = self.assert_found("completion", invoice_id=move)
        self.mend(line.proof_id)
        self.complete_delivered()
        self.assertEqual(move.state, "posted")
        self.assert_green()

    def test_scheduled_and_forgotten(self):
        message = self.due_since(timedelta(minutes=59))
        self.assert_green()
        message.sudo().scheduled_date = self.ago(minutes=61)
        line = self.assert_found("message", message_id=message)
        with self.capture_triggers("konfidens_payments.ir_cron_send_due") as triggers:
            self.mend(line.proof_id)
        self.assertTrue(triggers.records)
        with self.mock_mail_gateway():
            self.send_due()
        self.assert_green()

    def test_sent_and_without_a_next_try(self):
        move = self.given
        message = move.payment_message_ids.sudo()
        for change in (
            "give_up_date = NULL",
            "give_up_date = sent_date - interval '61 minutes'",
            "sent_date = sent_date - interval '61 minutes'",
        ):
            with self.subTest(change):
                self.execute(
                    f"UPDATE konfidens_payment_message SET {change} WHERE id = %s",
                    message.id,
                )
                line = self.assert_found("message", message_id=message)
                self.assertTrue(line.can_mend)
        self.mend(line.proof_id)
        self.complete_delivered()
        self.assert_green()

    def test_job_that_does_not_run(self):
        self.due_since(timedelta(minutes=11))
        self.assert_green()
        self.set_job("send_due", active=False)
        line = self.assert_found("job")
        self.assertIn("“Payments: send due payment messages”", line.words)
        self.assertFalse(line.can_mend or line.can_open or line.subject)
        self.set_job("send_due")
        self.assert_green()

    # === ROWS === #

    def test_each_row_opens_what_it_is_about(self):
        move = self.given
        self.execute(
            "UPDATE konfidens_payment_message_line SET amount_total = 1"
            " WHERE move_id = %s",
            move.id,
        )
        line = self.assert_found("told")
        for user in (self.manager, self.accountant):
            action = line.with_user(user).action_open()
            self.assertEqual(action["res_model"], "account.move")
            self.assertEqual(action["res_id"], move.id)
        booking = move.booking_ids
        self.execute(
            "UPDATE konfidens_payment_booking SET payment_status = 'paid'"
            " WHERE id = %s",
            booking.id,
        )
        action = self.assert_found("status").with_user(self.manager).action_open()
        self.assertEqual(action["res_model"], "konfidens.payment.booking")
        self.assertEqual(action["res_id"], booking.id)

    def test_more_than_anybody_reads(self):
        self.patch(type(self.proofs), "_get_most_rows", lambda _proofs: 2)
        events = self.book_hourly(3, self.now(), service_id=self.service.id)
        self.execute(
            "UPDATE konfidens_payment_booking SET payment_status = 'paid'"
            " WHERE event_id = ANY(%s)",
            events.ids,
        )
        proof = self.prove()
        rows = proof.line_ids.filtered(lambda line: line.reason == "status")
        self.assertEqual(len(rows), 2)
        self.assertEqual(proof.difference_count, 6)  # each is not settled, too
