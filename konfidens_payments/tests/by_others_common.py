from .group_common import GroupCommon

BILLED = [
    "client_id",
    "payer_id",
    "service_id",
    "price",
    "currency_id",
    "invoicing_method",
    "company_id",
    "user_id",
]
PLANNED = "planned appointments of yours that wait for their invoice"


class ByOthersCommon(GroupCommon):
    """People who may not bill an appointment, and what they do to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk, cls.colleague, cls.secretary = (
            cls.hire(login, "base.group_user", "base.group_partner_manager", *groups)
            for login, *groups in (
                ("clerk",),
                ("colleague", "konfidens_payments.group_payments_user"),
                ("secretary", "konfidens_payments.group_payments_user_all"),
            )
        )
        cls.company.payments_invoicing_method = "automatic"

    def automatic(self, **values):
        """Return an appointment whose message is scheduled, of an unusual price."""
        event = self.book(service_id=self.service.id, price=900.0, **values)
        self.assertEqual(self.booking_of(event).payment_status, "scheduled")
        return event

    def by_clerk(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(self.clerk).with_context(no_mail_to_attendees=True)

    def notes(self, user=None):
        """Return what was said to the practitioner about payments."""
        partner = (user or self.practitioner).partner_id
        messages = (
            self.env["mail.message"]
            .sudo()
            .search([("partner_ids", "in", partner.ids), ("subject", "=", "Payments")])
        )
        return "\n".join(messages.mapped("body"))

    def billed(self, booking):
        return booking.sudo().read(BILLED, load=None)

    def assert_waits(self, booking, **values):
        """Check that a booking has neither draft nor message, and somebody knows."""
        self.assertTrue(booking.active)
        self.assertEqual(booking.payment_status, "to_invoice")
        self.assertFalse(booking.invoice_id.payment_message_ids)
        self.assertFalse(booking.invoice_id)
        self.assertEqual(booking.user_id, self.practitioner)
        self.assertIn(PLANNED, self.notes())
        for name, value in values.items():
            self.assertEqual(booking[name], value, name)

    # === AN EMPLOYEE WITHOUT OUR GROUPS === #
