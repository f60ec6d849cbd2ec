from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.billing_run import batches as running
from .run_common import RunCommon


@tagged("post_install", "-at_install")
class TestRunUndo(RunCommon):
    """Taking a run back."""

    def undo(self, run):
        run.action_undo()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_drafts_are_taken_back_with_their_messages(self):
        bookings = self.book_many(2)
        run = self.start(bookings, send_mode="timing")
        moves = bookings.invoice_id
        self.undo(run)
        self.assertEqual(bookings.mapped("payment_status"), ["external"] * 2)
        self.assertEqual(moves.mapped("state"), ["cancel"] * 2)
        self.assertEqual(moves.payment_message_ids.mapped("state"), ["cancelled"] * 2)
        self.assertRecordValues(
            run, [{"state": "done", "undone_count": 2, "billed_count": 0}]
        )
        self.assertIn("Taken back: 2", run.message_ids[0].body)
        # and they can be billed again
        self.assertEqual(self.start(bookings).billed_count, 2)

    def test_what_the_client_knows_stays(self):
        sent, completed, changed, plain = bookings = self.book_many(4)
        run = self.start(bookings)
        self.send(sent.invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        completed.invoice_id.action_complete_invoice()
        changed.invoice_id.button_cancel()
        changed.action_create_invoice()
        run.invalidate_recordset()
        # it says before how many, and after
        self.assertEqual((run.undoable_count, run.billed_count), (1, 4))
        self.assertEqual(run.action_ask_to_undo()["target"], "new")
        self.undo(run)
        self.assertEqual((run.undoable_count, run.billed_count), (0, 3))
        with self.assertRaisesRegex(UserError, "nothing left to take back"):
            run.action_undo()
        self.assertEqual(
            self.results(run),
            {
                sent: ("kept", "left"),
                completed: ("kept", "completed"),
                changed: ("kept", "changed"),
                plain: ("undone", False),
            },
        )
        self.assertEqual(sent.payment_status, "sent")
        self.assertEqual(completed.payment_status, "unpaid")
        self.assertEqual(changed.payment_status, "draft")
        self.assertEqual(run.kept_count, 3)

    def test_bookings_are_as_they_were_before(self):
        plain = self.book_many(1, service_id=False)
        typed = self.book_many(1, service_id=False, price=700.0)
        waiting = self.book_many(1, invoicing_method="manual")
        self.assertEqual(waiting.payment_status, "to_invoice")
        run = self.start(plain + typed + waiting, service_id=self.service.id)
        self.assertEqual(run.billed_count, 3)
        self.undo(run)
        self.assertRecordValues(
            plain + typed + waiting,
            [
                {"service_id": False, "price": 0.0, "payment_status": "external"},
                {"service_id": False, "price": 700.0, "payment_status": "external"},
                {
                    "service_id": self.service.id,
                    "price": 1250.0,
                    "payment_status": "to_invoice",
                },
            ],
        )

    def test_many_are_taken_back_in_the_background(self):
        run = self.start(self.book_many(5))
        with (
            patch.object(running, "AT_ONCE", 2),
            patch.object(running, "BATCH_SIZE", 3),
        ):
            self.undo(run)
            self.assertEqual((run.state, run.progress), ("running", 0))
            self.env["konfidens.payment.run.line"]._process_next()
            run.invalidate_recordset()
            self.assertEqual((run.progress, run.undone_count), (60, 3))
            run.action_cancel()
            self.assertEqual((run.state, run.billed_count), ("cancelled", 2))
            self.undo(run)
        self.assertEqual((run.state, run.undone_count), ("done", 5))

    def test_after_a_stop_only_what_was_billed_is_taken_back(self):
        with (
            patch.object(running, "AT_ONCE", 1),
            patch.object(running, "BATCH_SIZE", 2),
        ):
            run = self.start(self.book_many(4))
            self.env["konfidens.payment.run.line"]._process_next()
            run.action_cancel()
            self.undo(run)
            self.run_in_background()
        self.assertEqual((run.undone_count, run.waiting_count), (2, 2))
        self.assertEqual(set(run.booking_ids.mapped("payment_status")), {"external"})

    def test_one_that_fails_stays_with_its_reason(self):
        bad, good = bookings = self.book_many(2)
        run = self.start(bookings)
        undo = type(bookings)._bill_externally

        def undo_or_fail(batch):
            if bad in batch:
                raise ValueError("Not today")
            return undo(batch)

        with (
            patch.object(type(bookings), "_bill_externally", undo_or_fail),
            self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"),
        ):
            self.undo(run)
        self.assertEqual(
            self.results(run), {bad: ("kept", "error"), good: ("undone", False)}
        )
        self.assertEqual(bad.payment_status, "draft")

    def test_nothing_left_to_take_back(self):
        run = self.start(self.book_many(1))
        self.undo(run)
        with self.assertRaisesRegex(UserError, "nothing left to take back"):
            run.action_undo()

    def test_a_run_that_goes_on_is_stopped_first(self):
        with patch.object(running, "AT_ONCE", 1):
            run = self.start(self.book_many(3))
        with self.assertRaisesRegex(UserError, "has changed meanwhile"):
            run.action_undo()
