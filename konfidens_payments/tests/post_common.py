import smtplib
from contextlib import contextmanager
from unittest.mock import patch

from odoo.fields import Command

from .common import PaymentsCommon


class MailServer:
    """A mail server of which a test knows what it got; it may misbehave.

    :ivar taken: addresses of the mails that it has, in their order
    :ivar refuse_connection: exception for whoever connects
    :ivar behave: called with an address, may raise an exception
    :ivar drop: addresses whose mail is taken, and never confirmed
    :ivar instead: exception that their sender gets then
    """

    from_filter = smtp_from = False
    sock = None

    def __init__(self):
        self.taken = []
        self.refuse_connection = None
        self.behave = lambda address: None
        self.drop = set()
        self.instead = smtplib.SMTPServerDisconnected()

    def connect(self, *_args, **_kwargs):
        if self.refuse_connection:
            raise self.refuse_connection
        return self

    def send_message(self, _message, _sender, recipients):
        [address] = recipients
        self.behave(address)
        self.send(b"Dear client\r\n.\r\n")
        self.taken.append(address)
        if address in self.drop:
            raise self.instead

    def send(self, data):
        """What `smtplib` does with all that it sends."""

    def close(self):
        """As the connection itself."""

    quit = close

    def rset(self):
        return 250, b"OK"


class PostCommon(PaymentsCommon):
    """A practice, its mail server, and many clients, of whom some have drafts."""

    given_by = "make_drafts"

    @contextmanager
    def server(self, **options):
        server = MailServer()
        for name, value in options.items():
            setattr(server, name, value)
        servers = type(self.env["ir.mail_server"])
        with (
            self.mock_mail_gateway(),
            patch.object(servers, "_connect__", server.connect),
        ):
            yield server

    def setUp(self):
        super().setUp()
        self._drafts = self.given

    def drafts(self, count):
        """Return the drafts of so many clients: 00@example.com, 01@example.com, …"""
        if count > len(self._drafts):
            return self.make_drafts(count)
        drafts, self._drafts = self._drafts[:count], self._drafts[count:]
        return drafts

    def make_drafts(self, count=5):
        """Return the drafts of so many new clients."""
        clients = self.env["res.partner"].create(
            [
                {
                    "name": f"Client {number:02}",
                    "email": f"{number:02}@example.com",
                    "lang": "en_US",
                    "phone": f"+47 912 34 5{number:02}",
                    "country_id": self.env.ref("base.no").id,
                }
                for number in range(count)
            ]
        )
        us = self.practitioner.partner_id
        events = self.book_each(
            [
                {
                    "partner_ids": [Command.set((client + us).ids)],
                    "service_id": self.service.id,
                }
                for client in clients
            ]
        )
        bookings = self.booking_of(events)
        bookings.action_create_invoice()
        return bookings.invoice_id.sorted("id")

    def send_and_complete(self):
        self.send_due()
        self.complete_delivered()

    def states(self, moves):
        return [message.state for message in moves.payment_message_ids.sorted("id")]
