"""What people of a practice do in the web client, through its own calls."""

from datetime import timedelta

# What an appointment shows of its booking, under the same names.
_BILLING = (
    "start",
    "client_id",
    "service_id",
    "price",
    "externally_billed",
    "is_settled",
    "payment_status",
    "invoice_id",
)


class User:
    """What one user does, through the same calls as the web client's.

    Every method raises RpcError with the words that the user would see.

    :ivar rpc: the session, a `RpcClient`
    :ivar login: the user's login
    """

    def __init__(self, rpc, login):
        self.rpc = rpc
        self.login = login

    # What the user sees

    def ids(self, model, **values):
        """The ids of the records with these values, in the model's order: a list."""
        domain = [[name, "=", value] for name, value in values.items()]
        return self.rpc.call(model, "search", domain)

    def read(self, model, record_id, *names):
        """The values of these fields of one record: a dict."""
        return self.rpc.call(model, "read", [record_id], list(names))[0]

    def appointment(self, event_id):
        """How an appointment stands, as the calendar shows it: a dict."""
        return self.read("calendar.event", event_id, "name", *_BILLING)

    def booking(self, booking_id):
        """How a booking stands: a dict."""
        return self.read("konfidens.payment.booking", booking_id, "event_id", *_BILLING)

    def bookings(self, *event_ids):
        """The bookings of these appointments, of which each has one: a list of ids."""
        rows = self.rpc.call(
            "konfidens.payment.booking",
            "search_read",
            [["event_id", "in", list(event_ids)]],
            ["event_id"],
        )
        booking_of = {row["event_id"][0]: row["id"] for row in rows}
        if len(booking_of) < len(rows):
            raise ValueError("An appointment has several bookings.")
        return [booking_of[event_id] for event_id in event_ids]

    def invoice(self, move_id):
        """How an invoice stands: a dict."""
        return self.read(
            "account.move",
            move_id,
            "name",
            "state",
            "invoice_date",
            "invoice_date_due",
            "amount_total",
            "payment_message_state",
        )

    def messages(self, move_id):
        """The payment messages of an invoice, the latest first: a list of dicts."""
        return self.rpc.call(
            "konfidens.payment.message",
            "search_read",
            [["move_ids", "=", move_id]],
            ["state", "scheduled_date", "evidence", "failure_reason"],
            order="id desc",
        )

    # What the user does

    def press(self, model, method, *ids):
        """Press the button `method` on these records; returns the action or False."""
        return self.rpc.post(
            f"/web/dataset/call_button/{model}/{method}",
            model=model,
            method=method,
            args=[list(ids)],
            kwargs={},
        )

    def save_settings(self, **values):
        """Change settings on the settings page, and press Save."""
        settings = self.rpc.call("res.config.settings", "create", [values])
        self.press("res.config.settings", "execute", *settings)

    def book(self, client, start, service=None, title="Talk", **values):
        """Book an appointment of one's own.

        :param client: the client's name
        :param start: UTC, naive datetime
        :param service: the service's name, if it has one already
        :return: the appointment's id
        """
        (client_id,) = self.ids("res.partner", name=client)
        partner_id = self.read("res.users", self.rpc.uid, "partner_id")["partner_id"][0]
        if service:
            (values["service_id"],) = self.ids("product.product", name=service)
        values |= {
            "name": title,
            "start": f"{start:%Y-%m-%d %H:%M:%S}",
            "stop": f"{start + timedelta(minutes=45):%Y-%m-%d %H:%M:%S}",
            "partner_ids": [[6, 0, [client_id, partner_id]]],
        }
        return self.rpc.call("calendar.event", "create", [values])[0]

    def create_invoice(self, event_id):
        """Press Create Invoice on an appointment; returns the draft's id."""
        return self.press("calendar.event", "action_create_invoice", event_id)["res_id"]

    def open_dialog(self, *move_ids):
        """Press Send Payment Message; returns what the dialog shows (a dict)."""
        action = self.press("account.move", "action_send_payment_message", *move_ids)
        names = ("move_ids", "send_mode", "channel", "recipient", "subject", "body")
        model, context = action["res_model"], {"context": action["context"]}
        fields = {name: {} for name in names}
        shown = self.rpc.call(model, "onchange", [], {}, [], fields, **context)
        return {**shown["value"], **context}

    def send(self, *move_ids, at=None, channel=None):
        """Fill in the dialog Send Payment Message and confirm it.

        :param move_ids: the invoices, of which each gets its message
        :param at: when (UTC, naive datetime); default: now
        :param channel: ``email``, ``sms`` or ``both``; default: as proposed
        :return: what the dialog showed (a dict)
        """
        shown = self.open_dialog(*move_ids)
        values = {"send_mode": "later" if at else "now"}
        if at:
            values["scheduled_date"] = f"{at:%Y-%m-%d %H:%M:%S}"
        if channel:
            values["channel"] = channel
        model = "konfidens.payment.message.wizard"
        saved = self.rpc.call(
            model, "web_save", [], values, {}, context=shown["context"]
        )
        self.press(model, "action_confirm", saved[0]["id"])
        return shown

    def register_payment(self, *move_ids):
        """Register that these invoices are paid, as an accountant in Oslo does."""
        model, tz = "account.payment.register", "Europe/Oslo"
        context = {"active_model": "account.move", "active_ids": [*move_ids], "tz": tz}
        wizard = self.rpc.call(model, "create", [{}], context=context)
        self.rpc.call(model, "action_create_payments", wizard, context=context)

    def message(self, move_id, button):
        """Press a button of an invoice's latest payment message, e.g. action_retry."""
        latest = self.messages(move_id)[0]["id"]
        self.press("konfidens.payment.message", button, latest)
