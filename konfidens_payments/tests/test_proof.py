from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from ..models.booking.status import STATUSES
from .proof_common import ProofCommon

# When a taxed invoice whose message arrived is completed: not yet.
TO_COME = datetime(2026, 12, 8, 9, 0)


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestEveryStatus(ProofCommon):
    """Bookings in every status that there is."""

    given_by = "make_every_status"

    def make_every_status(self):
        """Return bookings in every status there is, made as people make them."""
        moves = self.env["account.move"]
        with self.mail_server(self.refuse(550, b"5.1.1 no such user")):
            moves += (refused := self.draft())
            self.send(refused)
            self.send_due()
        self.complete_delivered()
        with self.mail_server(self.refuse(451, b"4.3.0 later")):
            moves += (waiting := self.draft())
            self.send(waiting)
            self.send_due()
        self.complete_delivered()
        self.assertEqual(waiting.booking_ids.payment_status, "retrying")
        events = self.book() + self.book_externally() + self.gather()
        events += self.book(service_id=self.service.id)
        events += self.book(service_id=self.service.id, price=0)
        events += (cancelled := self.book(service_id=self.service.id))
        cancelled.active = False
        moves += self.draft()
        moves += (scheduled := self.draft())
        tomorrow = self.now() + timedelta(days=1)
        self.send(scheduled, send_mode="later", scheduled_date=tomorrow)
        moves += (free := self.draft())
        free.booking_ids.price = 0
        moves += (deposit := self.draft())
        self.pay(deposit, amount=400.0)
        moves += (elsewhere := self.draft())
        elsewhere.action_bill_externally()
        events += elsewhere.booking_ids.event_id
        moves += self.posted()
        moves += (partly := self.posted())
        self.pay(partly, amount=400.0)
        moves += (paid := self.posted())
        self.pay(paid)
        moves += (credited := self.posted())
        credited._reverse_moves(cancel=True)
        moves += (anew := self.posted())
        self.pay(anew)
        anew.action_credit_and_invoice_anew()
        moves += (kept := self.posted())
        kept.booking_ids.event_id.active = False
        moves += self.sent()
        return self.booking_of(events) | moves.line_ids.booking_id

    def test_every_status_is_accounted_for(self):
        bookings = self.given
        self.complete_delivered()
        self.assertLessEqual(
            set(STATUSES) - {"refunded", "sent"}, set(bookings.mapped("payment_status"))
        )
        self.sent()
        proof = self.assert_green()
        self.assertEqual(proof.booking_count, len(bookings) + 1)
        counts = {row["status"]: row["count"] for row in proof.figures["statuses"]}
        self.assertEqual(sum(counts.values()), proof.booking_count)
        self.assertEqual(counts["attention"], 1)
        self.assertEqual(counts["retrying"], 1)
        self.assertIn("Externally billed", proof.status_table)
        self.assertIn("Without service, never billed", proof.status_table)

    def test_nothing_changes_by_proving(self):
        bookings = self.given.sudo()
        moves = bookings.move_line_ids.move_id
        messages = moves.payment_message_ids
        self.execute(
            "UPDATE konfidens_payment_booking SET payment_status = 'paid'"
            " WHERE id = %s",
            bookings[0].id,
        )
        everything = (
            bookings,
            bookings.event_id,
            moves,
            moves.line_ids,
            messages,
            messages.all_line_ids,
        )
        with self.assert_nothing_changes(*everything):
            self.assertEqual(self.prove().state, "red")


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestProof(ProofCommon):
    """A practice in which all is as it should be is green, whatever stands where."""

    def test_money_is_counted_by_what_became_of_it(self):
        move = self.sent()
        self.complete_delivered()
        self.pay(move, amount=400.0)
        paid, credited = self.posted(), self.posted()
        self.pay(paid)
        credited._reverse_moves(cancel=True)
        [money] = self.assert_green().figures["money"]
        self.assertEqual(money["currency_id"], move.currency_id.id)
        del money["currency_id"]
        self.assertEqual(
            money,
            {
                "told": 1250.0,
                "told_posted": 1250.0,
                "posted": 3750.0,
                "credited": 1250.0,
                "paid": 1650.0,
                "left_open": 850.0,
            },
        )

    def test_taxed_invoice_waits_for_its_appointment(self):
        self.service.taxes_id = self.company_data["default_tax_sale"]
        move = self.sent(start=TO_COME, stop=TO_COME + timedelta(hours=1))
        self.complete_delivered()
        self.assertEqual(move.payment_message_state, "delivered")
        self.assert_green()

    def test_waits_for_a_pause_in_sending(self):
        message = self.due_since(timedelta(hours=3))
        self.env["konfidens.payment.pause"].sudo().create(
            {
                "company_id": self.company.id,
                "channel": "email",
                "next_try_date": self.now() + timedelta(hours=1),
            }
        )
        self.assertEqual(message.state, "scheduled")
        self.assert_green()

    def test_reminders_and_receipts_are_messages_like_others(self):
        for kind in ("reminder", "receipt"):
            move = self.posted()
            message = self.send(move).sudo()
            message.kind = kind
            self.env.flush_all()
            self.assert_green()
            message.scheduled_date = self.ago(hours=2)
            self.assert_found("message", message_id=message)
            message._set_cancelled()
            self.assert_green()

    def test_as_many_queries_for_many_bookings_as_for_few(self):
        def count():
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.assert_green()
            return self.cr.sql_log_count - before

        self.posted()
        count()  # what Odoo keeps in mind
        few = count()
        self.draft()
        self.book_hourly(20, datetime(2026, 11, 11), service_id=self.service.id)
        self.assertEqual(count(), few)
