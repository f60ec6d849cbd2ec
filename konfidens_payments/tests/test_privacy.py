from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PaymentsCommon

BOOKING = "konfidens.payment.booking"
BILLING = ["client_id", "payer_id", "service_id", "price", "payment_status"]
SECRET = ["name", "description", "notes", "categ_ids", "partner_ids", "location"]
GROUP = "konfidens_payments.group_payments_"


@tagged("post_install", "-at_install")
class TestPrivacy(PaymentsCommon):
    """Who sees what of an appointment and of its billing, on every way out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.private = cls.book(
            service_id=cls.service.id,
            privacy="private",
            notes="<p>Cried a lot</p>",
            location="Room 2",
        )
        cls.booking = cls.booking_of(cls.private)
        cls.colleague, cls.secretary, cls.manager, cls.auditor, cls.clerk = (
            cls.hire(login, "base.group_user", *groups)
            for login, *groups in (
                ("colleague", f"{GROUP}user"),
                ("secretary", f"{GROUP}user_all"),
                ("head", f"{GROUP}manager"),
                ("auditor", "account.group_account_readonly"),
                ("clerk",),
            )
        )
        export = cls.env.ref("base.group_allow_export")
        for user in (cls.accountant, cls.colleague):
            user.sudo().group_ids += export
        cls.env.flush_all()
        cls.env.invalidate_all()

    def seen_by(self, user, record=None):
        self.env.invalidate_all()
        return (self.private if record is None else record).with_user(user)

    # === WHO SEES ALL BILLING, AND NO MORE OF THE WORDS THAN OTHERS === #

    def test_billing_of_private_appointments_without_their_words(self):
        for user in (self.accountant, self.auditor, self.secretary, self.manager):
            with self.subTest(user=user.login):
                [row] = self.seen_by(user, self.booking).read(
                    [*BILLING, "start", "user_id", "display_name"], load=None
                )
                self.assertEqual(row["client_id"], self.client.id)
                self.assertEqual(row["service_id"], self.service.id)
                self.assertEqual(row["price"], 1250.0)
                self.assertEqual(row["payment_status"], "to_invoice")
                self.assertEqual(row["start"], self.private.start)
                self.assertEqual(row["user_id"], self.practitioner.id)
                self.assertIn("Kari Nordmann, November 10, 2026", row["display_name"])
                [row] = self.seen_by(user).read([*BILLING, *SECRET], load=None)
                self.assertEqual(row["price"], 1250.0)
                self.assertEqual(row["name"], "Busy")
                for name in SECRET[1:]:
                    self.assertFalse(row[name], name)

    def test_accountant_sees_no_more_in_lists_exports_and_groups(self):
        bookings = self.seen_by(self.accountant, self.booking)
        domain = [("id", "=", self.booking.id)]
        [row] = bookings.web_search_read(
            [("payment_status", "=", "to_invoice"), *domain],
            {"price": {}, "event_id": {"fields": {"display_name": {}}}},
        )["records"]
        self.assertEqual(row["price"], 1250.0)
        self.assertEqual(row["event_id"]["display_name"], "Busy")
        bookings = self.seen_by(self.accountant, self.booking)
        [row] = bookings.export_data(
            ["event_id/name", "price", "event_id/notes", "event_id/description"]
        )["datas"]
        self.assertEqual(row, ["Busy", 1250.0, "", ""])
        self.assertEqual(
            bookings._read_group(domain, ["payment_status"], ["price:sum"]),
            [("to_invoice", 1250.0)],
        )

    def test_words_are_hidden_whatever_is_read_before_them(self):
        names = {name: {} for name in SECRET}
        for name in ("allday", "display_name", "payment_next_step", "is_told"):
            with self.subTest(name=name):
                booking = self.seen_by(self.accountant, self.booking)
                [row] = booking.web_read({name: {}, "event_id": {"fields": names}})
                event = row["event_id"]
                self.assertEqual(event["name"], "Busy")
                self.assertFalse(any(event[secret] for secret in SECRET[1:]))

    def test_accountant_sees_no_more_through_the_invoice(self):
        self.private.action_create_invoice()
        move = self.seen_by(self.accountant, self.private.invoice_id)
        names = {name: {} for name in ["display_name", *SECRET]}
        [row] = move.web_read(
            {
                "payment_appointment": {},
                "booking_ids": {
                    "fields": {"display_name": {}, "event_id": {"fields": names}}
                },
            }
        )
        self.assertIn("November 10, 2026", row["payment_appointment"])
        [booking] = row["booking_ids"]
        self.assertIn("Kari Nordmann, November 10", booking["display_name"])
        event = booking["event_id"]
        self.assertEqual(event["display_name"], "Busy")
        self.assertEqual(event.get("name", "Busy"), "Busy")
        for name in SECRET[1:]:
            self.assertFalse(event.get(name), name)

    def test_auditor_changes_nothing(self):
        for record in (self.booking, self.private):
            with self.subTest(record=record), self.assertRaises(AccessError):
                self.seen_by(self.auditor, record).write({"price": 1.0})
            with self.subTest(record=record), self.assertRaises(AccessError):
                self.seen_by(self.auditor, record).action_create_invoice()

    # === THE PRACTITIONER === #

    def test_practitioner_sees_the_own(self):
        [row] = self.seen_by(self.practitioner).read([*BILLING, "name"], load=None)
        self.assertEqual(row["price"], 1250.0)
        self.assertEqual(row["name"], "Depression, third talk")
        client = self.seen_by(self.practitioner, self.client)
        self.assertEqual(client.active_booking_ids, self.booking)

    def test_practitioner_reads_own_invoices_and_nothing_else_of_accounting(self):
        self.private.action_create_invoice()
        own = self.private.invoice_id
        event = self.book(service_id=self.service.id, user_id=self.colleague.id)
        event.action_create_invoice()
        other = self.init_invoice("out_invoice", products=self.service)
        moves = self.env["account.move"].with_user(self.practitioner)
        self.assertEqual(moves.search([]), own)
        lines = moves.line_ids.search([])
        self.assertEqual(lines.move_id, own)
        self.assertEqual(own.with_user(self.practitioner).amount_total, 1250.0)
        for move in (event.invoice_id, other):
            with self.assertRaises(AccessError):
                self.seen_by(self.practitioner, move).read(["amount_total"])
            with self.assertRaises(AccessError):
                self.seen_by(self.practitioner, move.line_ids).read(["balance"])
        for values in ({"narration": "x"}, {"partner_id": self.client.id}):
            with self.assertRaises(AccessError):
                self.seen_by(self.practitioner, own).write(values)
        with self.assertRaises(AccessError):
            self.seen_by(self.practitioner, own.line_ids).write({"price_unit": 1.0})
        for model in (
            "account.journal",
            "account.payment",
            "account.partial.reconcile",
            "account.bank.statement.line",
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.practitioner).search([])

    # === THE COLLEAGUE === #

    def test_colleague_sees_no_billing_of_others(self):
        public = self.book(service_id=self.service.id)
        invited = self.book(service_id=self.service.id)
        invited.partner_ids += self.colleague.partner_id
        for event in (self.private, public, invited):
            [row] = self.seen_by(self.colleague, event).read(BILLING, load=None)
            for name in BILLING:
                self.assertFalse(row[name], name)
            with self.assertRaises(AccessError):
                self.seen_by(self.colleague, self.booking_of(event)).read(["price"])

    def test_colleague_does_not_see_what_somebody_else_has_just_read(self):
        event = self.book(service_id=self.service.id)
        for user in (self.env.user, self.accountant, self.practitioner):
            self.assertEqual(event.with_user(user).price, 1250.0)
        self.assertEqual(event.sudo().price, 1250.0)
        theirs = event.with_user(self.colleague)
        self.assertFalse(theirs.price or theirs.client_id or theirs.payment_status)

    def test_colleague_finds_and_groups_no_billing_of_others(self):
        event = self.book(service_id=self.service.id)
        theirs = self.seen_by(self.colleague, event)
        self.assertTrue(theirs.search([("id", "=", event.id)]))
        for domain in (
            [("payment_status", "=", "to_invoice")],
            [("payment_status", "!=", False)],
            [("client_id", "=", self.client.id)],
            [("client_id.name", "ilike", "Kari")],
            [("service_id", "in", self.service.ids)],
            [("externally_billed", "=", True)],
            [("is_settled", "=", True)],
            [("price", ">", 1)],
            [("booking_ids.price", ">", 1)],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(theirs.search([*domain, ("id", "=", event.id)]))
        bookings = theirs.env[BOOKING]
        self.assertFalse(bookings.search([]))
        self.assertEqual(bookings._read_group([], [], ["price:sum"]), [(False,)])
        self.assertFalse(bookings.name_search("Kari"))
        client = self.seen_by(self.colleague, self.client)
        self.assertFalse(client.active_booking_ids + client.settled_booking_ids)
        self.assertEqual((client.booking_count, client.booking_amount_due), (0, 0.0))

    def test_nobody_sorts_or_groups_appointments_by_their_billing(self):
        for user, refusal in (
            (self.colleague, ValueError),
            (self.accountant, ValueError),
            (self.clerk, AccessError),
        ):
            events = self.seen_by(user)
            for work in (
                lambda events=events: events.search([], order="price"),
                lambda events=events: events.search([], order="client_id"),
                lambda events=events: events._read_group([], ["payment_status"]),
                lambda events=events: events._read_group([], [], ["price:sum"]),
            ):
                with self.subTest(user=user.login), self.assertRaises(refusal):
                    work()

    def test_colleague_saves_a_form_and_changes_no_billing(self):
        event = self.book(service_id=self.service.id)
        booking = self.booking_of(event)
        nothing = {
            "client_id": False,
            "payer_id": False,
            "service_id": False,
            "price": 0.0,
            "invoicing_method": False,
        }
        with self.assert_nothing_changes(booking):
            theirs = self.seen_by(self.colleague, event)
            theirs.web_save({"location": "Room 3", **nothing}, {"location": {}})
        self.assertEqual(event.location, "Room 3")
        for values in ({"price": 1.0}, {"client_id": self.accountant.partner_id.id}):
            with self.assertRaises(AccessError):
                self.seen_by(self.colleague, event).write(values)

    def test_form_learns_nothing_from_the_id_of_anothers_invoice(self):
        self.private.action_create_invoice()
        move = self.private.invoice_id
        names = ["payment_status", "amount_due", "payment_next_step", "is_told"]
        specification = dict.fromkeys(["invoice_id", *names], {})
        bookings = self.env[BOOKING].with_user(self.colleague)
        values = bookings.onchange({"invoice_id": move.id}, [], specification)["value"]
        for name in names:
            self.assertFalse(values.get(name), name)

    # === EMPLOYEES WITHOUT THESE GROUPS === #

    def test_employee_without_the_group_sees_no_billing(self):
        event = self.book(service_id=self.service.id)
        clerks = self.seen_by(self.clerk, event)
        self.assertEqual(clerks.read(["name"])[0]["name"], "Depression, third talk")
        self.assertFalse(set(BILLING) & set(clerks.fields_get()))
        arch = clerks.get_view(view_type="form")["arch"]
        self.assertNotIn('name="payment_status"', arch)
        self.assertNotIn('name="client_id"', arch)
        for name in [*BILLING, "booking_ids", "invoice_id", "unbilled_note"]:
            with self.subTest(name=name), self.assertRaises(AccessError):
                clerks.read([name])
            with self.subTest(name=name), self.assertRaises(AccessError):
                clerks.search([(name, "!=", False)])
        with self.assertRaises(AccessError):
            clerks.write({"price": 1.0})
        for model in (BOOKING, "konfidens.payment.message", "konfidens.payment.run"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.clerk).search([])
        event.action_create_invoice()
        with self.assertRaises(AccessError):
            self.seen_by(self.clerk, event.invoice_id).read(["amount_total"])
        with self.assertRaises(AccessError):
            self.seen_by(self.clerk, self.client).read(["invoice_recipient_id"])

    # === OTHERS === #

    def test_portal_and_public_get_nothing_of_the_new_models(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        self.private.sudo().partner_ids += portal.partner_id
        for user in (portal, self.env.ref("base.public_user")):
            for model in (
                BOOKING,
                "konfidens.payment.message",
                "konfidens.payment.message.wizard",
                "konfidens.payment.run",
                "konfidens.payment.run.line",
            ):
                with self.subTest(model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
        for name in [*BILLING, "name", "description", "notes", "categ_ids"]:
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.seen_by(portal).read([name])
        [row] = self.seen_by(portal).read(["display_name"])
        self.assertIn("Appointment November 10, 2026", row["display_name"])

    def test_portal_user_reads_no_service_on_the_own_invoice(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        move = self.draft(payer_id=portal.partner_id.id)
        move.action_complete_invoice()
        move.message_subscribe(portal.partner_id.ids)  # as Odoo does when it is sent
        theirs = self.seen_by(portal, move)
        self.assertEqual(theirs.read(["amount_total"])[0]["amount_total"], 1250.0)
        for record, name in (
            (theirs, "booking_ids"),
            (theirs, "payment_message_ids"),
            (theirs.invoice_line_ids, "product_id"),
            (theirs.invoice_line_ids, "booking_id"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                record.read([name])

    def test_companies_never_mix(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        accountant = self.hire(
            "accountant2", "account.group_account_invoice", company=other
        )
        self.private.action_create_invoice()
        move = self.private.invoice_id
        self.send(move)
        [row] = self.seen_by(accountant).read(["price", "client_id"])
        self.assertFalse(row["price"] or row["client_id"])
        events = self.env["calendar.event"].with_user(accountant)
        self.assertFalse(events.search([("payment_status", "=", "scheduled")]))
        self.assertFalse(self.env[BOOKING].with_user(accountant).search([]))
        with self.assertRaises(AccessError):
            self.seen_by(accountant, self.booking).read(["price"])
        messages = self.env["konfidens.payment.message"].with_user(accountant)
        self.assertFalse(messages.search([]))
        for record in (self.private, self.booking):
            with self.assertRaises(AccessError):
                self.seen_by(accountant, record).action_create_invoice()
        with self.assertRaises(AccessError):
            self.seen_by(accountant, move).action_send_payment_message()
