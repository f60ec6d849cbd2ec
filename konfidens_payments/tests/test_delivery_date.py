from datetime import datetime

from odoo import Command
from odoo.tests import tagged

from .pay_link_common import PayLinkCommon


@tagged("post_install", "-at_install")
class TestDeliveryDate(PayLinkCommon):
    """The day of delivery is the day of the appointment, where the practice is."""

    def day(self, *parts):
        return datetime(*parts).date()

    def test_follows_the_appointment_until_completed(self):
        move = self.draft(
            start=datetime(2026, 11, 10, 23, 30), stop=datetime(2026, 11, 11)
        )
        self.assertEqual(move.delivery_date, self.day(2026, 11, 11))
        self.assertFalse(move.invoice_date)
        event = move.booking_ids.event_id
        event.write(
            {"start": datetime(2026, 11, 17, 9), "stop": datetime(2026, 11, 17, 10)}
        )
        self.assertEqual(move.delivery_date, self.day(2026, 11, 17))
        # also once the client was told, and when it is completed later
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        event.write(
            {"start": datetime(2026, 11, 18, 9), "stop": datetime(2026, 11, 18, 10)}
        )
        self.assertEqual(move.delivery_date, self.day(2026, 11, 18))
        move.action_complete_invoice()
        self.assertEqual(move.delivery_date, self.day(2026, 11, 18))
        # what was issued stays
        event.write(
            {"start": datetime(2026, 11, 19, 9), "stop": datetime(2026, 11, 19, 10)}
        )
        self.env.flush_all()
        self.assertEqual(move.delivery_date, self.day(2026, 11, 18))

    def test_all_day(self):
        move = self.draft(allday=True, start_date="2026-11-12", stop_date="2026-11-12")
        self.assertEqual(move.delivery_date, self.day(2026, 11, 12))

    def test_several_appointments(self):
        move = self.draft()
        later = self.booking_of(
            self.book(
                service_id=self.service.id,
                start=datetime(2026, 11, 13, 9),
                stop=datetime(2026, 11, 13, 10),
            )
        )
        move.invoice_line_ids = [
            Command.create(
                {"booking_id": later.id, "product_id": self.service.id, "name": "x"}
            )
        ]
        self.assertEqual(move.delivery_date, self.day(2026, 11, 13))

    def test_other_invoices_have_none(self):
        move = self.init_invoice("out_invoice", products=self.service, post=True)
        self.assertFalse(move.delivery_date)
