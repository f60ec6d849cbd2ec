from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestArchived(PaymentsCommon):
    """Settings and contacts that point to what is archived: something else is taken,
    or it is said at once, and never only when the message shall leave."""

    def automatic(self, **values):
        values = {"service_id": self.service.id, **values}
        return self.booking_of(self.book(invoicing_method="automatic", **values))

    def sent(self, booking):
        """Return the state of a booking whose message has left just now."""
        booking.invoice_id.payment_message_ids.action_send_now()
        with self.mock_mail_gateway():
            self.send_due()
        return booking.payment_status

    def test_journal(self):
        journal = self.company_data["default_journal_sale"].copy()
        self.company.payments_journal_id = journal
        self.assertEqual(self.automatic().invoice_id.journal_id, journal)
        self.env["account.move"].search(
            [("journal_id", "=", journal.id)]
        ).button_cancel()
        journal.active = False
        booking = self.automatic()
        self.assertEqual(
            booking.invoice_id.journal_id, self.company_data["default_journal_sale"]
        )
        self.assertEqual(self.sent(booking), "sent")

    def test_default_service(self):
        self.company.payments_service_id = self.service
        booking = self.booking_of(self.book())
        self.service.active = False
        with self.assertRaisesRegex(UserError, "default service is archived"):
            booking.action_create_invoice()
        run = self.env["konfidens.payment.run"].new({})
        self.assertFalse(run.service_id)

    def test_service_of_an_appointment(self):
        booking = self.booking_of(self.book(service_id=self.service.id))
        self.service.active = False
        booking.action_create_invoice()
        self.send(booking.invoice_id)
        self.assertEqual(self.sent(booking), "sent")

    def test_payer_who_is_archived(self):
        booking = self.automatic()
        self.client.active = False
        self.assertEqual(self.sent(booking), "sent")
        self.assertSentEmail(
            self.company.partner_id, [self.client], subject=self._mails[0]["subject"]
        )

    def test_responsible_person(self):
        self.company.payments_responsible_id = self.accountant
        self.accountant.active = False
        booking = self.automatic()
        booking.invoice_id.payment_message_ids.sudo()._fail("No such mailbox.")
        self.assertEqual(booking.invoice_id.activity_ids.user_id, self.practitioner)

    def test_language(self):
        lang = self.env["res.lang"]._activate_lang("fr_FR")
        drafted = self.automatic()
        self.client.lang = "fr_FR"
        # Odoo lets nobody deactivate what a contact speaks who is not archived
        self.client.active = False
        lang.active = False
        self.client.active = True
        self.env.invalidate_all()
        for name, plan in (("before", lambda: drafted), ("after", self.automatic)):
            with self.subTest(drafted=name):
                booking = plan()
                booking.price = 900.0
                self.assertIn("Appointment", booking.invoice_id.invoice_line_ids.name)
                self.assertEqual(self.sent(booking), "sent")
                self.assertIn("900", self._mails[0]["body"])
                self.complete_delivered()
                self.assertEqual(booking.payment_status, "unpaid")
