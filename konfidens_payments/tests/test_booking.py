from datetime import datetime

from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestBooking(PaymentsCommon):
    def test_client_is_first_guest_who_does_not_work_here(self):
        self.assertEqual(self.book().client_id, self.client)

    def test_first_guest_is_who_was_invited_first(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Guest {letter}"} for letter in "CADB"]
        )
        ways = {
            "together": lambda guests: [Command.set(guests.ids)],
            "one by one": lambda guests: [Command.link(key) for key in guests.ids],
        }
        for name, invite in ways.items():
            for guests in (partners, partners[::-1], partners.sorted("name")):
                with self.subTest(name, guests=guests.mapped("name")):
                    commands = invite(self.practitioner.partner_id + guests)
                    event = self.book(partner_ids=commands)
                    self.assertEqual(event.client_id, guests[0])
                    self.assertEqual(event.copy().client_id, guests[0])
                    series = self.book_weekly(3, partner_ids=commands)
                    events = series.recurrence_id.calendar_event_ids
                    self.assertEqual(len(events), 3)
                    self.assertEqual(events.mapped("client_id"), guests[0])
                    event = self.book(
                        partner_ids=[Command.set(self.practitioner.partner_id.ids)]
                    )
                    event.partner_ids = commands
                    self.assertEqual(event.client_id, guests[0])

    def test_portal_user_is_a_client_and_employee_is_not(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        guests = self.accountant.partner_id + portal.partner_id
        booking = self.book(partner_ids=[(6, 0, guests.ids)])
        self.assertEqual(booking.client_id, portal.partner_id)

    def test_meeting_of_colleagues_has_no_client(self):
        guests = self.accountant.partner_id + self.practitioner.partner_id
        meeting = self.book(partner_ids=[(6, 0, guests.ids)])
        self.assertFalse(meeting.client_id)
        self.assertFalse(meeting.payer_id)

    def test_chosen_client_stays(self):
        child = self.env["res.partner"].create({"name": "Child"})
        booking = self.book(client_id=child.id)
        booking.partner_ids += self.accountant.partner_id
        self.assertEqual(booking.client_id, child)

    def test_price_comes_from_service_and_pricelist(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Students",
                "currency_id": self.company.currency_id.id,
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 20})
                ],
            }
        )
        self.assertEqual(self.book(service_id=self.service.id).price, 1250.0)
        self.env.user.group_ids += self.env.ref("product.group_product_pricelist")
        self.client.with_company(self.company).property_product_pricelist = pricelist
        self.assertEqual(self.book(service_id=self.service.id).price, 1000.0)

    def test_price_can_be_changed_by_hand(self):
        booking = self.book(service_id=self.service.id, price=900.0)
        self.assertEqual(booking.price, 900.0)
        booking.price = 800.0
        self.assertEqual(booking.price, 800.0)

    def test_booking_before_activation_is_externally_billed(self):
        self.company.payments_active = False
        booking = self.book(service_id=self.service.id)
        self.company.payments_active = True
        self.assertRecordValues(
            booking,
            [
                {
                    "invoicing_method": "external",
                    "externally_billed": True,
                    "payment_status": "external",
                    "is_settled": True,
                    "invoice_id": False,
                }
            ],
        )

    def test_booking_after_activation_waits_for_its_invoice(self):
        booking = self.book(service_id=self.service.id)
        self.assertRecordValues(
            booking,
            [
                {
                    "invoicing_method": "manual",
                    "externally_billed": False,
                    "payment_status": "to_invoice",
                    "is_settled": False,
                }
            ],
        )

    def test_event_without_service_is_not_billed_by_itself(self):
        meeting = self.book()
        self.assertFalse(meeting.invoicing_method)
        self.assertFalse(meeting.payment_status)
        self.assertTrue(meeting.is_settled)
        meeting.service_id = self.service
        self.assertEqual(meeting.payment_status, "to_invoice")

    def test_service_on_externally_billed_booking_keeps_it_external(self):
        booking = self.book_externally()
        booking.service_id = self.service
        self.assertEqual(booking.payment_status, "external")

    def test_free_and_cancelled_bookings_are_settled(self):
        free = self.book(service_id=self.service.id)
        free.price = 0.0
        cancelled = self.book(service_id=self.service.id)
        cancelled.active = False
        self.assertEqual(free.payment_status, "free")
        self.assertEqual(cancelled.payment_status, "cancelled")
        self.assertTrue(free.is_settled and cancelled.is_settled)

    def test_externally_billed_is_searchable_and_writable(self):
        external = self.book_externally()
        manual = self.book(service_id=self.service.id)
        none = self.book()
        events = self.env["calendar.event"]
        mine = [("id", "in", (external + manual + none).ids)]
        self.assertEqual(
            events.search([*mine, ("externally_billed", "=", True)]), external
        )
        self.assertEqual(
            events.search([*mine, ("externally_billed", "=", False)]), manual + none
        )
        manual.externally_billed = True
        self.assertEqual(manual.payment_status, "external")
        manual.externally_billed = False
        self.assertEqual(manual.payment_status, "to_invoice")

    def test_copy_is_a_booking_of_its_own(self):
        booking = self.book(service_id=self.service.id)
        booking.action_create_invoice()
        copy = booking.copy()
        self.assertEqual(copy.client_id, self.client)
        self.assertEqual(copy.service_id, self.service)
        self.assertFalse(copy.invoice_id)
        self.assertEqual(copy.payment_status, "to_invoice")

    # === ACTIVATION === #

    def test_activation_notes_its_moment(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.payments_active or company.payments_activated_on)
        company.payments_active = True
        self.assertEqual(company.payments_activated_on, self.cr.now())

    def test_activation_in_the_settings(self):
        self.company.payments_active = False
        settings = self.env["res.config.settings"].with_company(self.company)
        for active in (True, False, True):
            settings.create({"payments_active": active}).execute()
            self.assertEqual(bool(self.company.payments_activated_on), active)
            self.assertEqual(settings.create({}).payments_active, active)

    def test_activation_after_a_pause_has_a_moment_of_its_own(self):
        long_ago = datetime(2026, 1, 1)
        self.company.payments_activated_on = long_ago
        self.company.payments_active = True  # as it is already
        self.assertEqual(self.company.payments_activated_on, long_ago)
        self.company.payments_active = False
        self.assertFalse(self.company.payments_activated_on)
        self.company.payments_active = True
        self.assertEqual(self.company.payments_activated_on, self.cr.now())

    def test_active_company_has_a_moment_however_it_was_written(self):
        moment = datetime(2026, 1, 1)
        for values, active, since in (
            ({"payments_active": True}, True, self.cr.now()),
            (
                {"payments_active": True, "payments_activated_on": False},
                True,
                self.cr.now(),
            ),
            ({"payments_active": True, "payments_activated_on": moment}, True, moment),
            ({"payments_activated_on": moment}, True, moment),
            ({"payments_activated_on": False}, False, False),
            (
                {"payments_active": False, "payments_activated_on": moment},
                False,
                False,
            ),
        ):
            made = self.env["res.company"].create({"name": str(values), **values})
            self.company.write(values)
            for company in made + self.company:
                with self.subTest(values=values, company=company.name):
                    self.assertEqual(company.payments_active, active)
                    self.assertEqual(company.payments_activated_on, since)
                    found = company.search([("payments_active", "=", True)])
                    self.assertEqual(company in found, active)
            booking = self.booking_of(self.book(service_id=self.service.id))
            self.assertEqual(booking.externally_billed, not active)

    def test_client_form_lists_active_and_settled(self):
        settled = self.book_externally()
        active = self.book(service_id=self.service.id)
        form = Form(self.client)
        self.assertEqual(form.active_booking_ids.ids, self.booking_of(active).ids)
        self.assertEqual(form.settled_booking_ids.ids, self.booking_of(settled).ids)

    def test_calendar_says_who_and_how_far_and_leaves_the_time_to_the_grid(self):
        booking = self.booking_of(self.book(service_id=self.service.id))
        self.assertEqual(booking.calendar_label, "Kari Nordmann · To invoice")
        booking.action_create_invoice()
        self.assertEqual(booking.calendar_label, "Kari Nordmann · Draft")
        plain = self.booking_of(self.book())
        self.assertEqual(plain.calendar_label, "Kari Nordmann")
        arch = self.env["konfidens.payment.booking"].get_view(view_type="calendar")
        self.assertIn('create_name_field="calendar_label"', arch["arch"])

    def test_list_and_cards_offer_what_the_next_step_asks_for(self):
        bookings = self.env["konfidens.payment.booking"].with_user(self.practitioner)
        for view_type in ("list", "kanban"):
            arch = bookings.get_view(view_type=view_type)["arch"]
            for name in ("create_invoice", "send_payment_message", "view_invoice"):
                with self.subTest(view_type=view_type, name=name):
                    self.assertIn(f'name="action_{name}"', arch)

    def test_message_and_invoice_of_several_selected_bookings(self):
        events = self.book(service_id=self.service.id) + self.book(
            service_id=self.service.id
        )
        bookings = self.booking_of(events).with_user(self.practitioner)
        bookings.action_send_payment_message()
        self.assertEqual(set(bookings.mapped("payment_status")), {"draft"})
        domain = bookings.action_view_invoice()["domain"]
        found = self.env["account.move"].search(domain)
        self.assertEqual(found, bookings.invoice_id.with_env(self.env))
