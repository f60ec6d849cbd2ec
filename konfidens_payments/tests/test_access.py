from datetime import datetime

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestAccess(PaymentsCommon):
    given_by = "draft"

    def test_practitioner_does_the_whole_job_without_accounting_rights(self):
        self.assertFalse(self.practitioner.has_group("account.group_account_readonly"))
        booking = self.as_practitioner(self.book_externally(service_id=self.service.id))
        action = booking.action_create_invoice()
        move = self.as_practitioner(self.env["account.move"]).browse(action["res_id"])
        self.assertEqual(move.amount_total, 1250.0)
        message = self.send(move)
        self.assertEqual(message.state, "scheduled")
        self.assertEqual(message.create_uid, self.practitioner)
        move.action_complete_invoice()
        self.assertEqual(move.state, "posted")

    def test_practitioner_opens_event_client_and_invoice_forms(self):
        event = self.as_practitioner(self.book(service_id=self.service.id))
        event.action_create_invoice()
        Form(event)
        Form(self.as_practitioner(self.booking_of(event)))
        Form(self.as_practitioner(self.client))
        move = event.invoice_id
        view = self.env["ir.ui.view"].browse(move.get_formview_id())
        self.assertEqual(
            view.get_external_id()[view.id],
            "konfidens_payments.view_move_form_booking",
        )
        form = Form(move, view=view)
        self.assertEqual(form.amount_total, 1250.0)

    def test_practitioner_bills_nobody_elses_bookings(self):
        other = new_test_user(
            self.env, "other", groups="konfidens_payments.group_payments_user"
        )
        booking = self.book_externally(service_id=self.service.id, user_id=other.id)
        with (
            self.assert_nothing_changes(booking),
            self.assertRaisesRegex(AccessError, "your own calendar"),
            self.cr.savepoint(),
        ):
            self.as_practitioner(booking).action_create_invoice()
        booking.action_create_invoice()
        move = self.as_practitioner(booking.invoice_id)
        for action in (move.action_send_payment_message, move.action_complete_invoice):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            move.read(["amount_total"])
        message = self.send(booking.invoice_id)
        with self.assertRaises(AccessError):
            self.as_practitioner(message).action_cancel()
        self.assertFalse(
            self.as_practitioner(self.env["konfidens.payment.message"]).search([])
        )

    def test_practitioner_does_not_post_other_invoices(self):
        move = self.init_invoice("out_invoice", products=self.service)
        with self.assertRaises(AccessError):
            self.as_practitioner(move).action_complete_invoice()
        self.assertEqual(move.state, "draft")

    def test_employee_without_the_group_bills_nothing(self):
        employee = new_test_user(self.env, "clerk", groups="base.group_user")
        booking = self.book_externally(service_id=self.service.id, user_id=employee.id)
        with self.assertRaises(AccessError):
            booking.with_user(employee).action_create_invoice()

    def test_accountant_bills_private_bookings(self):
        booking = self.book_externally(service_id=self.service.id, privacy="private")
        booking = booking.with_user(self.accountant)
        booking.action_create_invoice()
        move = booking.sudo().invoice_id
        self.send(move.with_user(self.accountant))
        self.assertEqual(move.payment_message_ids.state, "scheduled")
        booking.invalidate_recordset()
        self.assertEqual(booking.name, "Busy")

    def test_nobody_writes_messages_directly(self):
        message = self.send(self.given)
        for user in (self.practitioner, self.accountant):
            with self.assertRaises(AccessError):
                message.with_user(user).write({"state": "delivered"})

    def test_dialog_of_somebody_else(self):
        move = self.given
        wizard = self.env["konfidens.payment.message.wizard"].create(
            {"move_ids": [(6, 0, move.ids)]}
        )
        with self.assertRaises(AccessError):
            self.as_practitioner(wizard).action_confirm()
        self.assertFalse(move.payment_message_ids)

    def test_other_company(self):
        company = (
            self.company_data_2["company"]
            if hasattr(self, "company_data_2")
            else self.env["res.company"].create({"name": "Other"})
        )
        self.practitioner.company_ids += company
        event = self.book_externally(service_id=self.service.id)
        booking = self.booking_of(event)
        booking.sudo().company_id = company
        for records in (event, booking):
            with self.assertRaises(AccessError):
                records.with_user(self.accountant).action_create_invoice()

    # === WHAT A USER CHOOSES AND MAY NOT SEE === #

    def hidden(self):
        """Return (field, id) of what another company has, and its name."""
        company = self.env["res.company"].sudo().create({"name": "Praksis Sor"})
        service = self.env["product.product"].sudo()
        service = service.create(
            {
                "name": "Hidden service",
                "type": "service",
                "list_price": 4321.0,
                "company_id": company.id,
            }
        )
        contact = self.client.sudo().copy(
            {"name": "Hidden contact", "company_id": company.id}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            ("service_id", service.id),
            ("payer_id", contact.id),
            ("client_id", contact.id),
        )

    def test_nobody_chooses_what_he_may_not_see(self):
        event = self.book(service_id=self.service.id)
        planned = self.book(partner_ids=[Command.set(self.practitioner.partner_id.ids)])
        booking = self.booking_of(event)
        values = {
            "name": "Talk",
            "start": datetime(2026, 11, 10, 9),
            "stop": datetime(2026, 11, 10, 10),
            "partner_ids": [Command.set(self.client.ids)],
        }
        own, other, events = (
            self.as_practitioner(records)
            for records in (booking, planned, self.env["calendar.event"])
        )

        def by_default(vals):
            defaults = {f"default_{name}": value for name, value in vals.items()}
            events.with_context(**defaults).create(values)

        ways = (
            own.write,
            own.event_id.write,
            lambda vals: other.write({"client_id": self.client.id, **vals}),
            lambda vals: own.create({"event_id": planned.id, **vals}),
            lambda vals: events.create({**values, **vals}),
            by_default,
            lambda vals: own.onchange(vals, list(vals), {"price": {}}),
            lambda vals: events.onchange({**values, **vals}, list(vals), {"price": {}}),
        )
        for name, hidden in self.hidden():
            for number, choose in enumerate(ways):
                with (
                    self.subTest(name=name, number=number),
                    self.assertRaisesRegex(AccessError, "^You may not see the contact"),
                    self.cr.savepoint(),
                ):
                    choose({name: hidden})
        self.assertEqual(booking.service_id, self.service)
        own.write({"service_id": self.service.id, "payer_id": self.client.id})

    # === WHAT OF AN INVOICE ONLY FOLLOWS === #

    def test_accountant_writes_nothing_that_only_follows(self):
        move = self.given
        mine = move.with_user(self.accountant)
        values = {
            "payment_message_state": "delivered",
            "payment_message_line_ids": [Command.clear()],
            "pay_token": "forged",
            "draft_leads": True,
            "payment_completion_problem": "None",
            "payment_completion_attempts": 4,
            "payment_completion_date": "2031-01-01 10:00:00",
            "booking_in_force_ids": [Command.clear()],
            "booking_ids": [Command.clear()],
            "pay_url": "https://example.com",
        }
        new = {"move_type": "out_invoice", "partner_id": self.client.id}

        def by_default(vals):
            defaults = {f"default_{name}": value for name, value in vals.items()}
            mine.with_context(**defaults).create(new)

        ways = (
            mine.write,
            lambda vals: mine.create({**new, **vals}),
            by_default,
            mine.copy,
        )
        with self.assert_nothing_changes(move):
            for name, value in values.items():
                for number, way in enumerate(ways):
                    with (
                        self.subTest(name=name, number=number),
                        self.assertRaisesRegex(AccessError, "follow from its appoint"),
                        self.cr.savepoint(),
                    ):
                        way({name: value})
        mine.write({"invoicing_method": "automatic", "ref": "EPJ"})
        mine.copy()
        mine.externally_billed = True
        self.assertEqual(move.booking_ids.payment_status, "external")

    def test_manager_keeps_services_and_prices(self):
        manager = self.hire("manager", "konfidens_payments.group_payments_manager")
        action = self.env.ref("konfidens_payments.action_services")
        products = self.env[action.res_model].with_user(manager)
        form = Form(products.with_context(default_type="service"))
        form.name = "Group talk"
        form.lst_price = 400.0
        service = form.save()
        self.assertEqual((service.type, service.lst_price), ("service", 400.0))
        with Form(service) as form:
            form.lst_price = 450.0
        self.assertEqual(service.lst_price, 450.0)
        # and practitioners do not
        with self.assertRaises(AccessError):
            self.as_practitioner(service).lst_price = 1.0

    def test_who_only_reads_invoices_is_offered_nothing_more(self):
        """Odoo's *Share* and *Send* would end in an access error."""
        auditor = self.hire("auditor", "account.group_account_readonly")

        def offered(user):
            moves = self.env["account.move"].with_user(user)
            lists = self.env.ref("account.view_out_invoice_tree").id
            result = moves.get_views(
                [(False, "form"), (lists, "list")], {"toolbar": True}
            )["views"]
            actions = result["form"]["toolbar"]["action"]
            return {action["name"] for action in actions} | {
                name
                for name in ("action_invoice_sent", "action_send_and_print")
                if any(f'name="{name}"' in view["arch"] for view in result.values())
            }

        theirs = {"Share", "action_invoice_sent", "action_send_and_print"}
        self.assertLessEqual(theirs, offered(self.accountant))
        for user in (self.practitioner, auditor):
            self.assertFalse(offered(user) & theirs)
        self.assertIn("Send Payment Message", offered(self.practitioner))
