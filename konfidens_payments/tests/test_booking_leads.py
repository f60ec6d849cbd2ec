from datetime import datetime
from itertools import permutations

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .changes_common import ChangesCommon

ON_THE_DRAFT = "changed on the draft.*View Invoice.*Follow the Appointment"


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestBookingLeads(ChangesCommon):
    """Either the booking leads or the draft: for payer, service and price."""

    given_by = "draft"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.choices = {
            "payer_id": cls.other.id,
            "service_id": cls.short.id,
            "price": 900.0,
        }

    def billed_line(self, move):
        return move.invoice_line_ids.filtered("booking_id")

    def draft_of_its_own(self):
        """Return a draft with a discount, a text and a further line by hand."""
        move = self.draft()
        move.write(
            {
                "invoice_line_ids": [
                    Command.update(
                        move.invoice_line_ids.id, {"discount": 10.0, "name": "Agreed"}
                    ),
                    Command.create(
                        {"name": "Report", "price_unit": 200.0, "tax_ids": False}
                    ),
                ]
            }
        )
        return move

    def assert_in_step(self, move, payer, service, price):
        """Check that booking and draft both say so."""
        booking = move.booking_ids
        line = self.billed_line(move)
        self.assertEqual((booking.payer_id, move.partner_id), (payer, payer))
        self.assertEqual((booking.service_id, line.product_id), (service, service))
        self.assertEqual((booking.price, line.price_unit), (price, price))

    # === THE BOOKING LEADS === #

    def test_draft_follows_in_every_order(self):
        for order in permutations(self.choices):
            with self.subTest(order=order):
                move = self.draft_of_its_own()
                for name in order:
                    move.booking_ids.write({name: self.choices[name]})
                # another service brings its price, unless one is typed afterwards
                typed = order.index("price") > order.index("service_id")
                price = 900.0 if typed else 600.0
                self.assert_in_step(move, self.other, self.short, price)
                self.assertFalse(move.draft_leads)
                line = self.billed_line(move)
                self.assertEqual((line.discount, line.name), (10.0, "Agreed"))
                self.assertEqual(move.amount_total, price * 0.9 + 200.0)

    def test_draft_follows_what_is_written_at_once(self):
        for order in permutations(self.choices):
            values = {name: self.choices[name] for name in order}
            for way in ("booking", "appointment"):
                with self.subTest(order=order, way=way):
                    move = self.draft()
                    booking = move.booking_ids
                    record = booking if way == "booking" else booking.event_id
                    self.as_practitioner(record).write(values)
                    self.assert_in_step(move, self.other, self.short, 900.0)

    def test_what_is_the_drafts_own_gives_it_no_lead(self):
        move = self.draft_of_its_own()
        self.assertFalse(move.draft_leads)
        self.assertFalse(move.booking_ids.draft_leads)
        self.assertEqual(move.booking_ids.price, 1250.0)
        move.narration = "With thanks"
        move.invoice_line_ids.filtered(lambda line: not line.booking_id).unlink()
        self.assertFalse(move.draft_leads)

    # === THE DRAFT LEADS === #

    def changes_of(self, move):
        """Return what a person may change on the draft, and what comes of it."""
        line = self.billed_line(move)
        return {
            "payer": lambda: move.write({"partner_id": self.other.id}),
            "service": lambda: line.write({"product_id": self.short.id}),
            "price": lambda: move.write(
                {"invoice_line_ids": [Command.update(line.id, {"price_unit": 900.0})]}
            ),
        }

    def test_booking_shows_the_draft_in_every_order(self):
        for order in permutations(("payer", "service", "price")):
            with self.subTest(order=order):
                move = self.draft().with_user(self.accountant)
                for name in order:
                    self.changes_of(move)[name]()
                    self.assertTrue(move.draft_leads)
                typed = order.index("price") > order.index("service")
                move = move.with_env(self.env)
                self.assert_in_step(
                    move, self.other, self.short, 900.0 if typed else 600.0
                )
                self.assertEqual(move.booking_ids.client_id, self.client)

    def test_each_change_by_a_person_gives_the_lead(self):
        for name in ("payer", "service", "price"):
            with self.subTest(name=name):
                move = self.draft()
                self.changes_of(move)[name]()
                self.assertTrue(move.booking_ids.draft_leads)

    def test_change_in_the_form_gives_the_lead(self):
        move = self.given
        with Form(move) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 700.0
        self.assertTrue(move.draft_leads)
        self.assertEqual(move.booking_ids.price, 700.0)
        move = self.draft()
        with Form(move) as form:
            form.ref = "As agreed"
        self.assertFalse(move.draft_leads)

    def test_booking_refuses_in_words_that_point_to_the_draft(self):
        for name in ("payer", "service", "price"):
            move = self.draft()
            self.changes_of(move)[name]()
            booking = move.booking_ids
            values = {"price": 1.0, "service_id": self.product_a.id}
            values["payer_id"] = self.env["res.partner"].create({"name": "New"}).id
            for record in (booking, booking.event_id):
                for key, value in values.items():
                    with (
                        self.subTest(changed=name, record=record, key=key),
                        self.assert_nothing_changes(booking, move),
                        self.assertRaisesRegex(UserError, ON_THE_DRAFT),
                        self.cr.savepoint(),
                    ):
                        self.as_practitioner(record).write({key: value})

    def test_same_values_written_once_more_are_no_change(self):
        move = self.given
        move.partner_id = self.other
        booking = move.booking_ids
        same = {
            "payer_id": self.other.id,
            "service_id": self.service.id,
            "price": 1250.0,
        }
        with self.assert_nothing_changes(move):
            booking.write(same)
            booking.event_id.write(same)

    def test_time_moves_along_whoever_leads(self):
        booking = self.book(service_id=self.service.id, invoicing_method="automatic")
        move = booking.invoice_id
        self.billed_line(move).price_unit = 700.0
        booking.write(
            {"start": datetime(2026, 11, 12, 9), "stop": datetime(2026, 11, 12, 10)}
        )
        self.assertIn("November 12, 2026", self.billed_line(move).name)
        self.assertEqual(
            move.payment_message_ids.scheduled_date, datetime(2026, 11, 12, 10, 15)
        )
        self.assertEqual((move.amount_total, booking.price), (700.0, 700.0))

    def test_another_client_leaves_the_drafts_payer(self):
        move = self.given
        move.partner_id = self.other
        child = self.env["res.partner"].create({"name": "Child"})
        move.booking_ids.client_id = child
        self.assert_in_step(move, self.other, self.service, 1250.0)

    def test_quantity_by_hand_is_in_the_price(self):
        move = self.given
        self.billed_line(move).quantity = 2.0
        self.assertEqual(move.booking_ids.price, 2500.0)
        move.action_follow_appointment()
        move.booking_ids.price = 900.0
        self.assertEqual(move.amount_total, 900.0)

    # === THE LEAD GOES BACK === #

    def test_follow_the_appointment(self):
        move = self.given
        self.billed_line(move).price_unit = 700.0
        self.as_practitioner(move).action_follow_appointment()
        booking = move.booking_ids
        self.assertFalse(booking.draft_leads)
        self.assert_in_step(move, self.client, self.service, 700.0)
        booking.write(self.choices)
        self.assert_in_step(move, self.other, self.short, 900.0)
        # and back again
        self.billed_line(move).product_id = self.service
        self.assertTrue(booking.draft_leads)
        self.assert_in_step(move, self.other, self.service, 1250.0)

    def test_who_may_not_bill_gives_no_lead_back(self):
        move = self.given
        move.partner_id = self.other
        for groups in ("konfidens_payments.group_payments_user", "base.group_user"):
            user = new_test_user(self.env, groups[-9:], groups=groups)
            with self.assertRaises(AccessError), self.cr.savepoint():
                move.with_user(user).action_follow_appointment()
        self.assertTrue(move.draft_leads)

    def test_what_was_told_follows_no_more(self):
        move = self.given
        self.billed_line(move).price_unit = 700.0
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        with self.assertRaisesRegex(UserError, "has been told"):
            move.action_follow_appointment()

    def test_invoice_of_several_appointments_leads(self):
        move = self.given
        second = self.booking_of(
            self.book(
                service_id=self.service.id,
                start=datetime(2026, 11, 11, 9),
                stop=datetime(2026, 11, 11, 10),
            )
        )
        move.invoice_line_ids = [
            Command.create({"booking_id": second.id, "price_unit": 800.0, "name": "2"})
        ]
        self.assertEqual(second.invoice_id, move)
        self.assertEqual(second.price, 800.0)
        for booking in move.booking_ids:
            with self.assertRaisesRegex(UserError, "draft"), self.cr.savepoint():
                booking.price = 1.0
        with self.assertRaises(UserError):
            move.action_follow_appointment()

    def test_next_draft_is_led_by_the_booking_again(self):
        move = self.given
        self.billed_line(move).price_unit = 700.0
        booking = move.booking_ids
        booking.action_bill_externally()
        booking.action_create_invoice()
        self.assertFalse(booking.draft_leads)
        booking.price = 800.0
        self.assertEqual(booking.invoice_id.amount_total, 800.0)

    # === ANOTHER PAYER === #

    def test_another_payer_gets_links_of_his_own(self):
        for way in ("booking", "appointment", "draft"):
            with self.subTest(way=way):
                event = self.book(
                    service_id=self.service.id, invoicing_method="automatic"
                )
                move = event.invoice_id
                links = move.pay_token, move.access_token
                self.assertTrue(all(links))
                move.payment_message_ids.flush_recordset()
                if way == "draft":
                    move.partner_id = self.other
                elif way == "booking":
                    move.booking_ids.payer_id = self.other
                else:
                    event.payer_id = self.other
                self.assertTrue(move.pay_token and move.access_token)
                self.assertNotEqual(move.pay_token, links[0])
                self.assertNotEqual(move.access_token, links[1])
                self.assertEqual(move.payment_message_ids.partner_id, self.other)

    def test_same_payer_keeps_the_links(self):
        move = self.given
        links = move.pay_token, move.access_token
        move.booking_ids.write({"payer_id": self.client.id, "price": 900.0})
        move.partner_id = self.client
        self.billed_line(move).price_unit = 800.0
        self.assertEqual((move.pay_token, move.access_token), links)
