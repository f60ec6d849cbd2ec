from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PaymentsCommon

BILLING = ["client_id", "payer_id", "service_id", "price", "payment_status"]
SECRET = ["name", "description", "notes", "categ_ids", "partner_ids", "location"]


@tagged("post_install", "-at_install")
class TestPrivacy(PaymentsCommon):
    """Who sees what of an appointment, on every way out of the server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.private = cls.book(
            service_id=cls.service.id,
            privacy="private",
            notes="<p>Cried a lot</p>",
            location="Room 2",
        )
        cls.colleague = new_test_user(
            cls.env,
            "colleague",
            groups="konfidens_payments.group_payments_user",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.accountant.sudo().group_ids += cls.env.ref("base.group_allow_export")
        cls.colleague.sudo().group_ids += cls.env.ref("base.group_allow_export")
        cls.env.flush_all()
        cls.env.invalidate_all()

    def seen_by(self, user, event=None):
        self.env.invalidate_all()
        return (event or self.private).with_user(user)

    # === THE ACCOUNTANT === #

    def test_accountant_sees_the_billing_of_private_events_and_nothing_else(self):
        event = self.seen_by(self.accountant)
        [row] = event.read([*BILLING, *SECRET, "start"], load=None)
        self.assertEqual(row["client_id"], self.client.id)
        self.assertEqual(row["service_id"], self.service.id)
        self.assertEqual(row["price"], 1250.0)
        self.assertEqual(row["payment_status"], "to_invoice")
        self.assertTrue(row["start"])
        self.assertEqual(row["name"], "Busy")
        for name in SECRET[1:]:
            self.assertFalse(row[name], name)

    def test_accountant_sees_no_more_in_lists_exports_and_groups(self):
        event = self.seen_by(self.accountant)
        found = event.search_read(
            [("payment_status", "=", "to_invoice")], ["name", "price"]
        )
        self.assertIn(
            {"id": event.id, "name": "Busy", "price": 1250.0},
            found,
        )
        event = self.seen_by(self.accountant)
        [row] = event.export_data(["name", "price", "notes", "description"])["datas"]
        self.assertEqual(row, ["Busy", 1250.0, "", ""])
        domain = [("id", "=", event.id)]
        self.assertEqual(
            event._read_group(domain, ["payment_status"], ["price:sum"]),
            [("to_invoice", 1250.0)],
        )
        self.assertFalse(event._read_group(domain, ["location"], ["__count"]))

    def test_private_events_are_not_found_by_their_secrets(self):
        for name, value in [
            ("name", "Depression"),
            ("display_name", "Depression"),
            ("notes", "Cried"),
            ("location", "Room"),
        ]:
            domain = [(name, "ilike", value)]
            with self.subTest(name=name):
                for user in (self.accountant, self.colleague):
                    self.assertNotIn(
                        self.private.id, self.seen_by(user).search(domain).ids
                    )
                self.assertIn(
                    self.private.id,
                    self.seen_by(self.practitioner).search(domain).ids,
                )

    def test_accountant_sees_no_more_through_the_invoice(self):
        self.private.action_create_invoice()
        move = self.seen_by(self.accountant, self.private.invoice_id)
        names = {name: {} for name in ["display_name", *SECRET]}
        [row] = move.web_read(
            {"payment_appointment": {}, "booking_ids": {"fields": names}}
        )
        self.assertTrue(row["payment_appointment"])
        [booking] = row["booking_ids"]
        self.assertEqual((booking["name"], booking["display_name"]), ("Busy", "Busy"))
        for name in SECRET[1:]:
            self.assertFalse(booking[name], name)

    def test_accountant_sees_the_appointment_of_an_invoice_as_busy(self):
        self.private.action_create_invoice()
        event = self.seen_by(self.accountant)
        self.assertEqual(event.invoice_id.booking_ids.display_name, "Busy")

    # === THE COLLEAGUE === #

    def test_colleague_sees_no_billing_of_others(self):
        for event in (self.private, self.book(service_id=self.service.id)):
            [row] = self.seen_by(self.colleague, event).read(BILLING, load=None)
            for name in BILLING:
                self.assertFalse(row[name], name)

    def test_colleague_finds_and_groups_no_billing_of_others(self):
        event = self.book(service_id=self.service.id)
        theirs = self.seen_by(self.colleague, event)
        self.assertTrue(theirs.search([("id", "=", event.id)]))
        for domain in (
            [("payment_status", "=", "to_invoice")],
            [("client_id", "=", self.client.id)],
            [("client_id.name", "ilike", "Kari")],
            ["|", ("price", ">", 1), ("id", "=", event.id)],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(theirs.search(domain))
        self.assertFalse(theirs._read_group([], ["payment_status"], ["price:sum"]))
        with self.assertRaisesRegex(AccessError, "your own appointments"):
            theirs.export_data(["name", "price"])
        client = self.seen_by(self.colleague, self.client)
        self.assertFalse(client.active_booking_ids + client.settled_booking_ids)

    def test_practitioner_sees_the_own(self):
        [row] = self.seen_by(self.practitioner).read([*BILLING, "name"], load=None)
        self.assertEqual(row["price"], 1250.0)
        self.assertEqual(row["name"], "Depression, third talk")
        client = self.seen_by(self.practitioner, self.client)
        self.assertEqual(client.active_booking_ids, self.private)

    def test_employee_without_the_group_sees_no_billing(self):
        employee = new_test_user(self.env, "clerk", groups="base.group_user")
        event = self.book(service_id=self.service.id)
        [row] = self.seen_by(employee, event).read(["price", "client_id", "name"])
        self.assertFalse(row["price"] or row["client_id"])
        self.assertEqual(row["name"], "Depression, third talk")

    def test_manager_sees_all_billing(self):
        manager = new_test_user(
            self.env,
            "manager",
            groups="konfidens_payments.group_payments_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        [row] = self.seen_by(manager).read(["price", "name"])
        self.assertEqual((row["price"], row["name"]), (1250.0, "Busy"))

    # === OTHERS === #

    def test_portal_and_public_get_nothing_of_the_new_models(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        self.private.sudo().partner_ids += portal.partner_id
        for user in (portal, self.env.ref("base.public_user")):
            for model in (
                "konfidens.payment.message",
                "konfidens.payment.message.wizard",
            ):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
        [row] = self.seen_by(portal).read(["price", "payment_status"])
        self.assertFalse(row["price"] or row["payment_status"])

    def test_companies_never_mix(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        accountant = new_test_user(
            self.env,
            "accountant2",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.private.action_create_invoice()
        move = self.private.invoice_id
        self.send(move)
        [row] = self.seen_by(accountant).read(["price", "client_id"])
        self.assertFalse(row["price"] or row["client_id"])
        events = self.env["calendar.event"].with_user(accountant)
        self.assertFalse(events.search([("payment_status", "=", "draft")]))
        messages = self.env["konfidens.payment.message"].with_user(accountant)
        self.assertFalse(messages.search([]))
        with self.assertRaises(AccessError):
            self.seen_by(accountant).action_create_invoice()
        with self.assertRaises(AccessError):
            self.seen_by(accountant, move).action_send_payment_message()
