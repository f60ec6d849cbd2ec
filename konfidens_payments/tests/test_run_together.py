from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from ..models.billing_run import batches as running
from .run_common import RunCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestRunTogether(RunCommon):
    """A billing run where one message tells a payer of several appointments."""

    def setUp(self):
        super().setUp()
        self.company.payments_together = True
        for name in ("AT_ONCE", "BATCH_SIZE"):
            self.startPatcher(patch.object(running, name, 2))
        # one after the other, as in a calendar
        monday = datetime(2026, 3, 2, 8)
        self.others = self.book_many(2, monday, payer_id=self.other_payer.id)
        self.own = self.book_many(3, monday - timedelta(minutes=30))
        self.bookings = self.own + self.others

    def test_batch_does_not_part_a_payers_bookings(self):
        self.start(self.bookings, send_mode="now")
        lines = self.env["konfidens.payment.run.line"]
        self.assertEqual(lines._process_next(), 3)
        self.assertEqual(set(self.own.mapped("payment_status")), {"scheduled"})
        self.assertEqual(set(self.others.mapped("payment_status")), {"external"})
        with self.mock_mail_gateway():
            self.send_due()  # comes before the next batch
        self.assertEqual(len(self._mails), 1)
        self.run_in_background()
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [self.other_payer.email_formatted])

    def test_spread_keeps_them_together(self):
        self.start(self.bookings, send_mode="now", hourly_limit=3)
        self.run_in_background()
        messages = self.bookings.invoice_id.payment_message_ids
        dates = messages.grouped("partner_id")
        now = self.now()
        self.assertEqual(
            {payer: set(dates[payer].mapped("scheduled_date")) for payer in dates},
            {self.client: {now}, self.other_payer: {now + timedelta(hours=1)}},
        )

    def test_a_payer_with_very_many_makes_several_batches(self):
        run = self.start(self.book_many(5), send_mode="now")
        batches = list(run.sudo().line_ids.sorted("id")._split_in_batches())
        self.assertEqual([len(batch) for batch in batches], [4, 1])

    def test_each_for_itself_otherwise(self):
        self.company.payments_together = False
        run = self.start(self.bookings, send_mode="now")
        lines = run.sudo().line_ids.sorted("position")
        self.assertEqual(lines.mapped("position"), [0, 1, 2, 3, 4])
        self.assertEqual(lines.booking_id, self.bookings.sorted("start"))
