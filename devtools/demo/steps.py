"""The steps of the demo: what its users do, and what must hold then."""

from datetime import timedelta

from ..environment.clock import utc_now, wait_until
from ..practice.rpc import RpcError
from .report import Report

# What a client's practice knows and a mail must not tell.
_CONFIDENTIAL = ("anxiety", "Psychotherapy")


class Demo:
    """The steps, in the order in which they are played; each is told as it says.

    :param made: the `Practice`, payments not activated yet
    :ivar report: the `Report`
    """

    def __init__(self, made):
        self.practice = made
        self.kari = made.kari
        self.report = Report()
        self.old = self.other = self.move = None

    def play(self):
        """Play every step, whatever became of those before."""
        print("\nThe main job of Konfidens Payments, played over HTTP:\n", flush=True)
        for act in (
            self.before,
            self.activate,
            self.book,
            self.create_invoice,
            self.create_twice,
            self.send_now,
            self.delivered,
            self.completed,
            self.send_later,
            self.without_address,
        ):
            with self.report.step(act.__doc__.rstrip(".")) as step:
                act(step)
        held = self.report.number - self.report.failed
        print(f"{held} of {self.report.number} steps held.", flush=True)

    def before(self, step):
        """Bookings from before activation are externally billed and settled."""
        # The latest first: of each client the oldest of this title.
        self.old = self.kari.ids("calendar.event", name="Ingrid, anxiety")[-1]
        self.other = self.kari.ids("calendar.event", name="Henrik, sick note")[-1]
        me = self.kari.rpc.uid
        own = self.kari.ids("calendar.event", user_id=me)
        mine = [self.kari.booking(one) for one in self.kari.bookings(*own)]
        settled = [
            booking
            for booking in mine
            if booking["externally_billed"]
            and booking["is_settled"]
            and not booking["invoice_id"]
        ]
        step.equal("externally billed, settled", len(settled), len(mine))
        self._tell_booking(step, self.old)

    def _tell_booking(self, step, appointment):
        booking = self.kari.appointment(appointment)
        service = booking["service_id"]
        step.saw(
            f"{booking['client_id'][1]}, {booking['start']} UTC, "
            f"{service[1] if service else 'no service yet'}: "
            f"status {booking['payment_status']}"
        )
        return booking

    def activate(self, step):
        """The administrator activates payments on the settings page."""
        self.practice.activate()
        company = self.practice.admin.read(
            "res.company", 1, "payments_activated_on", "payments_service_id"
        )
        step.true(
            company["payments_activated_on"],
            f"activated on {company['payments_activated_on']} UTC, "
            f"default service {company['payments_service_id'][1]}",
            company,
        )
        booking = self.kari.appointment(self.old)
        step.equal("the old booking", booking["payment_status"], "external")

    def book(self, step):
        """Kari books a new appointment: its draft is made with it."""
        start = utc_now().replace(hour=9, minute=0, second=0) + timedelta(days=9)
        service = "First consultation, 60 minutes"
        appointment = self.kari.book("Lina Öberg", start, service, "Lina, new")
        booking = self._tell_booking(step, appointment)
        step.true(not booking["is_settled"], "not settled", booking)
        step.equal("status", booking["payment_status"], "draft")
        invoice = self.kari.invoice(booking["invoice_id"][0])
        step.equal("number", invoice["name"], False)

    def create_invoice(self, step):
        """Kari presses Create Invoice on the old booking: a draft, no number."""
        self.move = self.kari.create_invoice(self.old)
        invoice = self.kari.invoice(self.move)
        step.equal("state", invoice["state"], "draft")
        step.equal("number", invoice["name"], False)
        step.equal("date", invoice["invoice_date"], False)
        step.saw(f"amount: {invoice['amount_total']:.2f} NOK")
        booking = self._tell_booking(step, self.old)
        step.equal("status", booking["payment_status"], "draft")

    def create_twice(self, step):
        """Create Invoice once more opens the draft that is there, and makes none."""
        step.equal("invoice", self.kari.create_invoice(self.old), self.move)

    def _refused(self, step, act):
        try:
            seen = act()
        except RpcError as error:
            is_sentence = error.name == "odoo.exceptions.UserError"
            step.true(is_sentence, f"“{error}”", f"{error.name}: {error}")
        else:
            step.wrong("an error", seen)

    def send_now(self, step):
        """Kari presses Send Payment Message, Send Now: it is scheduled."""
        shown = self.kari.send(self.move)
        step.saw(f"the dialog showed: to {shown['recipient']}")
        step.saw(f"                   subject “{shown['subject']}”")
        (message,) = self.kari.messages(self.move)
        known = ("scheduled", "sent", "delivered")
        step.true(
            message["state"] in known,
            f"the message was scheduled for {message['scheduled_date']} UTC",
            message,
        )

    def delivered(self, step):
        """The server's cron worker sends it; the mail server received it."""
        address = "ingrid.solberg@example.com"
        mail = self.practice.mail.wait_for(lambda mail: address in mail.recipients)
        step.saw(f"subject: {mail.message['subject']}")
        step.saw(f"to:      {', '.join(mail.recipients)}")
        step.saw(f"from:    {mail.message['from']}")
        whole = mail.message.as_string() + mail.text() + mail.html()
        told = [word for word in _CONFIDENTIAL if word in whole]
        step.true(not told, "nothing about the treatment in it", told)

    def completed(self, step):
        """Delivered: the invoice is posted by itself, the booking is unpaid."""
        wait_until(
            lambda: self.kari.invoice(self.move)["state"] == "posted",
            what="the invoice to be posted",
        )
        invoice = self.kari.invoice(self.move)
        for word, name in (
            ("number", "name"),
            ("date", "invoice_date"),
            ("due date", "invoice_date_due"),
        ):
            step.true(invoice[name], f"{word}: {invoice[name]}", invoice)
        (message,) = self.kari.messages(self.move)
        step.true(message["evidence"], message["evidence"], message)
        status = self.kari.appointment(self.old)["payment_status"]
        step.equal("status of the booking", status, "unpaid")
        mails = self.practice.mail.to("ingrid.solberg@example.com")
        step.equal("mails to the client", len(mails), 1)

    def send_later(self, step):
        """Send Later for another booking: scheduled, nothing is sent."""
        move = self.kari.create_invoice(self.other)
        at = utc_now() + timedelta(days=1)
        self.kari.send(move, at=at)
        (message,) = self.kari.messages(move)
        step.equal("state", message["state"], "scheduled")
        step.equal("time (UTC)", message["scheduled_date"], str(at))
        step.equal("invoice", self.kari.invoice(move)["state"], "draft")
        mails = self.practice.mail.to("henrik.dahl@example.com")
        step.equal("mails to the client", len(mails), 0)

    def without_address(self, step):
        """An e-mail to a client without an address: refused in words."""
        (appointment,) = self.kari.ids("calendar.event", name="Nils, grief")
        move = self.kari.create_invoice(appointment)
        self._refused(step, lambda: self.kari.send(move, channel="email"))
        step.equal("invoice", self.kari.invoice(move)["state"], "draft")
