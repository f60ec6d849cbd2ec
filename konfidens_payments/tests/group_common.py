from odoo.fields import Command

from .common import PaymentsCommon


class GroupCommon(PaymentsCommon):
    """A group of clients who are strangers to each other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )
        cls.berit, cls.ola = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": email,
                    "phone": phone,
                    "country_id": cls.env.ref("base.no").id,
                    "lang": "en_US",
                }
                for name, email, phone in (
                    ("Berit Sollie", "berit@example.com", "+47 912 34 568"),
                    ("Ola Hansen", "ola@example.com", "+47 912 34 569"),
                )
            ]
        )
        cls.strangers = cls.client + cls.berit + cls.ola
        cls.group_service = cls.env["product.product"].create(
            {
                "name": "Grief group",
                "type": "service",
                "list_price": 400.0,
                "taxes_id": False,
                "payments_bills_each_guest": True,
            }
        )

    @classmethod
    def gather(cls, guests=None, **values):
        """Return an appointment of the practitioner with these guests: all three.

        They are invited in this order, unless it is a group, where that means nothing.
        """
        values = {"service_id": cls.group_service.id, **values}
        at_once = cls.strangers if guests is None else guests
        later = at_once.browse()
        if values["service_id"] != cls.group_service.id:
            at_once, later = at_once[:1], at_once[1:]
        attending = cls.practitioner.partner_id + at_once
        event = cls.book(partner_ids=[Command.set(attending.ids)], **values)
        for guest in later:
            cls.join(event, guest)
        cls.env.flush_all()
        return event

    @classmethod
    def booking_of(cls, events):
        """Return the bookings of appointments, each one's in the strangers' order."""
        place = {client: number for number, client in enumerate(cls.strangers)}
        return (
            super()
            .booking_of(events)
            .sorted(
                lambda booking: (booking.event_id.id, place.get(booking.client_id, -1))
            )
        )

    @classmethod
    def active_of(cls, event):
        return cls.booking_of(event).filtered("active")

    @classmethod
    def join(cls, event, guest, user=None):
        event.with_user(user or cls.practitioner).with_context(
            no_mail_to_attendees=True
        ).write({"partner_ids": [Command.link(guest.id)]})

    def leave(self, event, guest, user=None):
        event.with_user(user or self.practitioner).with_context(
            no_mail_to_attendees=True
        ).write({"partner_ids": [Command.unlink(guest.id)]})

    def told(self, event):
        """Let the invoices of these appointments' bookings be told; return them."""
        moves = self.active_of(event).invoice_id
        self.send(moves)
        with self.mock_mail_gateway():
            self.send_due()
        return moves
