from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestCreateInvoice(PaymentsCommon):
    given_by = "draft"

    def assert_refused(self, booking, words):
        """Check that no invoice is made, and that the error says what to do."""
        with (
            self.assert_nothing_changes(booking),
            self.assertRaisesRegex(UserError, words),
            self.cr.savepoint(),
        ):
            booking.action_create_invoice()

    def test_externally_billed_booking_gets_a_draft(self):
        booking = self.book_externally(service_id=self.service.id)
        action = booking.action_create_invoice()
        move = booking.invoice_id
        self.assertRecordValues(
            move,
            [
                {
                    "state": "draft",
                    "move_type": "out_invoice",
                    "name": False,
                    "invoice_date": False,
                    "partner_id": self.client.id,
                    "invoice_user_id": self.practitioner.id,
                    "company_id": self.company.id,
                    "amount_total": 1250.0,
                    "booking_ids": self.booking_of(booking).ids,
                }
            ],
        )
        self.assertEqual(action["res_id"], move.id)
        self.assertRecordValues(
            booking,
            [
                {
                    "invoicing_method": "manual",
                    "externally_billed": False,
                    "payment_status": "draft",
                    "is_settled": False,
                }
            ],
        )

    def test_auditor_sees_who_made_it_from_which_appointment(self):
        moves = self.env["account.move"]
        for day in (10, 11):
            booking = self.book_externally(
                service_id=self.service.id,
                start=f"2026-11-{day} 09:00:00",
                stop=f"2026-11-{day} 10:00:00",
            )
            booking.with_user(self.practitioner).with_context(
                tracking_disable=False,
                mail_create_nolog=False,
                mail_create_nosubscribe=False,
            ).action_create_invoice()
            moves += booking.invoice_id
        self.env.cr.flush()  # what fields are tracked is written last
        for move, day in zip(moves, (10, 11), strict=True):
            [message] = move.message_ids
            self.assertEqual(message.author_id, self.practitioner.partner_id)
            self.assertIn(f"appointment of November {day}, 2026", message.body)
            self.assertNotIn("Depression", message.body)
            self.assertIn(self.practitioner.partner_id, move.message_partner_ids)

    def test_line_says_only_when_it_was(self):
        line = self.given.invoice_line_ids
        self.assertEqual(line.name, "Appointment November 10, 2026 at 10:00 AM")
        self.assertEqual(line.product_id, self.service)

    def test_line_is_in_the_payers_language_and_the_practices_time(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        self.client.lang = "nb_NO"
        self.practitioner.tz = "Atlantic/Reykjavik"
        name = self.draft().invoice_line_ids.name
        self.assertIn("10. november 2026", name)
        self.assertIn("09:00", name)

    def test_many_bookings_get_an_invoice_each_in_order(self):
        bookings = self.book_externally(service_id=self.service.id)
        for price in (100.0, 200.0):
            bookings += self.book_externally(service_id=self.service.id, price=price)
        action = bookings.action_create_invoice()
        self.assertEqual(
            bookings.mapped("invoice_id.amount_total"), [1250.0, 100.0, 200.0]
        )
        notice = action["params"]
        self.assertEqual(notice["message"], "3 draft invoices made.")
        self.assertEqual(
            notice["next"]["domain"], [("id", "in", bookings.invoice_id.ids)]
        )

    def test_of_many_those_with_an_invoice_are_left_out(self):
        drafted = self.given.booking_ids
        completed = self.posted().booking_ids
        events = drafted.event_id + completed.event_id
        for day in (11, 12, 13):
            events += self.book_externally(
                service_id=self.service.id,
                start=f"2026-11-{day} 09:00:00",
                stop=f"2026-11-{day} 10:00:00",
            )
        with self.assert_nothing_changes(drafted, completed):
            action = self.as_practitioner(events).action_create_invoice()
        made = events[2:].invoice_id
        self.assertEqual(len(made), 3)
        notice = action["params"]
        self.assertEqual(
            notice["message"],
            "3 draft invoices made. 2 appointments have an invoice already.",
        )
        self.assertEqual(notice["next"]["domain"], [("id", "in", made.ids)])
        # pressed once more
        notice = self.booking_of(events).action_create_invoice()["params"]
        self.assertEqual(notice["message"], "5 appointments have an invoice already.")
        self.assertEqual(
            notice["next"]["domain"],
            [("id", "in", self.booking_of(events).invoice_id.ids)],
        )

    def test_of_two_one_has_an_invoice(self):
        made, missing = self.draft().booking_ids, self.book(service_id=self.service.id)
        notice = (made.event_id + missing).action_create_invoice()["params"]
        self.assertEqual(
            notice["message"],
            "1 draft invoice made. 1 appointment has an invoice already.",
        )
        self.assertEqual(notice["next"]["res_id"], missing.invoice_id.id)

    def test_list_of_appointments_offers_it(self):
        self.env.user.group_ids += self.env.ref(
            "konfidens_payments.group_payments_user"
        )
        bindings = self.env["ir.actions.actions"].get_bindings("calendar.event")
        offered = {
            action["name"]
            for action in bindings["action"]
            if "list" in action["binding_view_types"]
        }
        self.assertLessEqual({"Create Invoice", "Send Payment Message"}, offered)

    def test_default_service_serves_bookings_without_one(self):
        self.company.payments_service_id = self.service
        plain = self.book_externally()
        priced = self.book_externally(price=700.0)
        (plain + priced).action_create_invoice()
        self.assertEqual(plain.service_id, self.service)
        self.assertEqual(plain.invoice_id.amount_total, 1250.0)
        self.assertEqual(priced.invoice_id.amount_total, 700.0)

    def test_payer_gets_the_invoice(self):
        parent = self.env["res.partner"].create({"name": "Parent"})
        move = self.draft(payer_id=parent.id)
        self.assertEqual(move.partner_id, parent)

    def test_number_of_queries_does_not_grow_with_bookings(self):
        def queries(count):
            bookings = self.env["calendar.event"]
            for _i in range(count):
                bookings += self.book_externally(service_id=self.service.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            bookings.action_create_invoice()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(1)  # warm
        few, many = queries(2), queries(12)
        plain = (many - few) / 10
        self.assertLess(plain, 4, f"{few} queries for 2, {many} for 12")

    # === WHAT BAD INPUT GETS === #

    def test_no_price(self):
        self.service.list_price = 0.0
        booking = self.book_externally(service_id=self.service.id)
        self.assert_refused(booking, "has no price. Set a price")

    def test_no_client(self):
        booking = self.book(
            partner_ids=[Command.set(self.practitioner.partner_id.ids)],
        )
        self.assert_refused(booking, "nobody to bill. Add the client")

    def test_no_service(self):
        self.assert_refused(self.book_externally(), "no service. Choose a service")

    def test_invoiced_already(self):
        move = self.given
        booking = move.booking_ids
        with self.assert_nothing_changes(booking, move):
            action = booking.action_create_invoice()
        self.assertEqual(action["res_id"], move.id)
        self.assertEqual(len(booking.move_line_ids), 1)

    def test_cancelled(self):
        booking = self.book_externally(service_id=self.service.id, active=False)
        self.assert_refused(booking, "cancelled. Restore")

    def test_payments_not_activated(self):
        booking = self.book_externally(service_id=self.service.id)
        self.company.payments_active = False
        self.assert_refused(booking, "not activated.*Settings")

    def test_no_chart_of_accounts(self):
        company = self.env["res.company"].create(
            {"name": "Without chart", "payments_active": True}
        )
        self.env.user.company_ids += company
        booking = self.book_externally(service_id=self.service.id)
        booking = booking.with_context(allowed_company_ids=(self.company + company).ids)
        self.practitioner.company_ids += company
        self.booking_of(booking).company_id = company
        self.assert_refused(booking, "no sales journal yet. Choose its chart")

    def test_one_bad_booking_of_many_is_named(self):
        good = self.book_externally(service_id=self.service.id)
        bad = self.book_externally(service_id=self.service.id)
        bad.price = 0.0
        with (
            self.assert_nothing_changes(good + bad),
            self.assertRaisesRegex(
                UserError,
                "Kari Nordmann, November 10, 2026 at 10:00 AM: It has no price",
            ),
            self.cr.savepoint(),
        ):
            (good + bad).action_create_invoice()

    def test_view_invoice_opens_it_or_says_what_to_do(self):
        booking = self.book_externally(service_id=self.service.id)
        with self.assertRaisesRegex(UserError, "Press Create Invoice"):
            booking.action_view_invoice()
        booking.action_create_invoice()
        self.assertEqual(booking.action_view_invoice()["res_id"], booking.invoice_id.id)

    def test_view_invoice_of_several_lists_those_there_are(self):
        booked = self.book_externally(service_id=self.service.id)
        booked += self.book_externally(service_id=self.service.id)
        booked += self.book_externally(service_id=self.service.id)
        booked[:2].action_create_invoice()
        for records in (booked, self.booking_of(booked)):
            action = self.as_practitioner(records).action_view_invoice()
            self.assertEqual(action["domain"], [("id", "in", booked.invoice_id.ids)])
            one = self.as_practitioner(records[1:]).action_view_invoice()
            self.assertEqual(one["res_id"], records[1].invoice_id.id)

    # === WHAT BECOMES OF THE INVOICE === #

    def test_cancelled_draft_frees_the_booking(self):
        move = self.given
        booking = move.booking_ids
        move.button_cancel()
        self.assertFalse(booking.invoice_id)
        self.assertEqual(booking.payment_status, "to_invoice")
        booking.action_create_invoice()
        self.assertTrue(booking.invoice_id)
        self.assertNotEqual(booking.invoice_id, move)

    def test_deleted_draft_frees_the_booking(self):
        move = self.given
        booking = move.booking_ids
        move.unlink()
        self.assertFalse(booking.invoice_id)
        self.assertEqual(booking.payment_status, "to_invoice")

    def test_complete_invoice_gives_number_and_dates(self):
        move = self.given
        move.action_complete_invoice()
        self.assertEqual(move.state, "posted")
        self.assertTrue(move.name)
        self.assertTrue(move.invoice_date_due)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")

    def test_complete_invoice_is_dated_where_the_practice_is(self):
        move = self.given
        self.practitioner.tz = "Pacific/Kiritimati"  # 14 hours before UTC
        with freeze_time("2026-11-22 11:00:00"):
            move.action_complete_invoice()
        self.assertEqual(move.invoice_date, date(2026, 11, 23))

    def test_complete_invoice_twice(self):
        move = self.given
        move.action_complete_invoice()
        with self.assertRaisesRegex(UserError, "is not a draft"):
            move.action_complete_invoice()

    def test_appointments_at_one_price_are_no_duplicates(self):
        moves = self.given + self.draft()
        moves.action_complete_invoice()
        self.assertFalse(moves.duplicated_ref_ids)
        self.assertFalse(self.draft().name_placeholder)

    def test_paid_and_credited_are_settled(self):
        paid, credited = self.given, self.draft()
        (paid + credited).action_complete_invoice()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=paid.ids
        ).create({})._create_payments()
        self.assertEqual(paid.booking_ids.payment_status, "paid")
        credited._reverse_moves(cancel=True)
        self.assertEqual(credited.booking_ids.payment_status, "credited")
        self.assertTrue(paid.booking_ids.is_settled)
        self.assertTrue(credited.booking_ids.is_settled)

    def test_credited_booking_can_be_invoiced_anew(self):
        old = self.given
        booking = old.booking_ids
        old.action_complete_invoice()
        old._reverse_moves(cancel=True)
        booking.action_create_invoice()
        self.assertNotEqual(booking.invoice_id, old)
        self.assertEqual(booking.payment_status, "draft")

    def test_externally_billed_invoice_settles_its_booking(self):
        move = self.given
        move.externally_billed = True
        self.assertEqual(move.booking_ids.payment_status, "external")
        self.assertTrue(move.booking_ids.is_settled)
