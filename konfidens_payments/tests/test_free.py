from datetime import datetime

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .changes_common import ChangesCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestFree(ChangesCommon):
    """A session that is made free afterwards: nobody is asked, neither to pay nor to
    mend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_responsible_id = cls.accountant

    def drafted(self, method="automatic"):
        """Return the booking of an appointment that has its draft."""
        self.company.payments_create_draft = True
        return self.booking_of(
            self.book(service_id=self.service.id, invoicing_method=method)
        )

    def make_free(self):
        """Yield (name, what makes a booking free, what makes it cost again)."""
        yield (
            "price on the booking",
            lambda booking: booking.write({"price": 0.0}),
            lambda booking: booking.write({"price": 900.0}),
        )
        yield (
            "price on the draft",
            lambda booking: booking.invoice_id.invoice_line_ids.write(
                {"price_unit": 0.0}
            ),
            lambda booking: booking.invoice_id.invoice_line_ids.write(
                {"price_unit": 900.0}
            ),
        )
        yield (
            "discount on the draft",
            lambda booking: booking.invoice_id.write(
                {
                    "invoice_line_ids": [
                        Command.update(
                            booking.invoice_id.invoice_line_ids.id, {"discount": 100.0}
                        )
                    ]
                }
            ),
            lambda booking: booking.invoice_id.invoice_line_ids.write(
                {"discount": 28.0}
            ),
        )

    def test_free_later_is_as_free_from_the_beginning(self):
        for method in ("automatic", "manual"):
            for name, make_free, _make_dear in self.make_free():
                with self.subTest(method=method, made_free_by=name):
                    booking = self.drafted(method)
                    make_free(booking)
                    self.assertEqual(booking.payment_status, "free")
                    self.assertTrue(booking.is_settled)
                    self.assertEqual(booking.invoice_id.booking_status, "free")
                    self.assertFalse(booking.payment_next_step)
                    with freeze_time("2026-11-11 08:00:00"), self.mock_mail_gateway():
                        self.send_due()
                    self.assertNotSentEmail()
                    self.assertEqual(booking.payment_status, "free")
                    self.assertFalse(booking.invoice_id.activity_ids)

    def test_price_that_comes_back_is_asked_for_again(self):
        for name, make_free, make_dear in self.make_free():
            with self.subTest(made_free_by=name):
                booking = self.drafted()
                make_free(booking)
                make_dear(booking)
                self.assertEqual(booking.payment_status, "scheduled")
                message = booking.invoice_id.payment_message_ids.filtered(
                    lambda message: message.state == "scheduled"
                )
                self.assertEqual(message.amount, 900.0)
                self.assertEqual(message.scheduled_date, datetime(2026, 11, 10, 10, 15))

    def test_manual_one_waits_for_its_practitioner_again(self):
        booking = self.drafted("manual")
        booking.price = 0.0
        booking.price = 900.0
        self.assertEqual(booking.payment_status, "draft")
        self.assertFalse(booking.invoice_id.payment_message_ids)

    def test_automatic_while_it_is_free(self):
        booking = self.drafted("manual")
        booking.price = 0.0
        booking.invoicing_method = "automatic"
        self.assertEqual(booking.payment_status, "free")
        self.assertFalse(booking.invoice_id.payment_message_ids)
        booking.price = 900.0
        self.assertEqual(booking.payment_status, "scheduled")

    def test_what_was_asked_of_somebody_is_taken_back(self):
        booking = self.drafted()
        booking.invoice_id.payment_message_ids.sudo()._fail("No such mailbox.")
        self.assertTrue(booking.invoice_id.activity_ids)
        booking.price = 0.0
        self.assertEqual(booking.payment_status, "free")
        self.assertFalse(booking.invoice_id.activity_ids)

    def test_free_beside_what_costs_something_is_not_free(self):
        booking = self.drafted()
        booking.invoice_id.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Report", "price_unit": 200.0, "tax_ids": False}
                    )
                ]
            }
        )
        booking.price = 0.0
        self.assertEqual(booking.payment_status, "scheduled")
        self.assertEqual(booking.invoice_id.payment_message_ids.amount, 200.0)
