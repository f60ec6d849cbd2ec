from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .test_shares import SharesCommon


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestSharesCases(SharesCommon):
    """What may happen to an appointment that several pay, by whomever."""

    given_by = "shared"

    def tell(self, booking):
        """Tell one of the payers, by hand."""
        if not booking.invoice_id:
            booking.action_create_invoice()
        self.send(booking.invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertTrue(booking.is_told)

    # === WHO KEEPS WHAT === #

    def test_each_keeps_the_own_draft(self):
        booking = self.booked()
        booking.action_create_invoice()
        draft = booking.invoice_id
        draft.narration = "Dear Kari"
        shares = self.split(booking, (self.employer, 80), (self.client, 20))
        self.assertEqual(shares.payer_id.mapped("name"), ["Fjord AS", "Kari Nordmann"])
        self.assertEqual(shares[1].invoice_id, draft)
        self.assertEqual(draft.partner_id, self.client)
        self.assertEqual(draft.amount_total, 250.0)
        self.assertNotIn("Dear Kari", str(shares[0].invoice_id.narration))

    def test_part_stays_in_the_currency_of_the_whole(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-11-01", 0.1)])
        booking = self.given[0]
        booking.action_create_invoice()
        move = booking.invoice_id.with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "stays in that currency"):
            move.currency_id = euro

    def test_payment_stays_with_who_paid(self):
        booking = self.booked()
        booking.action_create_invoice()
        payment = self.env["account.payment"].create(
            {"partner_id": self.client.id, "amount": 250.0, "payment_type": "inbound"}
        )
        payment.action_post()
        shares = self.split(booking, (self.employer, 80), (self.client, 20))
        kari = shares.filtered(lambda one: one.payer_id == self.client)
        self.assertEqual(kari, booking)
        self.assertEqual(kari.invoice_id.amount_total, 250.0)

    def test_cancelled_appointment_shows_whose_it_was(self):
        event = self.given.event_id
        event.active = False
        for one in (event, self.as_practitioner(event)):
            self.assertEqual(one.client_id, self.client)
            self.assertEqual(one.price, 1250.0)
            self.assertEqual(one.payment_status, "cancelled")

    def test_external_part_stays_external(self):
        shares = self.given
        shares[1].action_create_invoice()
        shares[0].action_bill_externally()
        draft = shares[1].invoice_id
        [left] = self.split(shares[1], (self.client, 100)).filtered("active")
        self.assertEqual(left.invoice_id, draft)
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft.amount_total, 1250.0)

    def test_other_order_other_first(self):
        shares = self.given
        again = self.split(
            shares[0], (self.client, 66.67), (self.employer, 33.33), price=100.01
        )
        self.assertEqual(
            {one.payer_id: one.price for one in again},
            {self.client: 66.68, self.employer: 33.33},
        )
        self.assertEqual(self.in_force(shares.event_id)[0].payer_id, self.client)

    def test_discount_is_of_all(self):
        booking = self.booked()
        booking.action_create_invoice()
        booking.invoice_id.invoice_line_ids.discount = 10.0
        shares = self.split(booking, (self.client, 50), (self.employer, 50))
        self.assertEqual(
            shares.invoice_id.invoice_line_ids.mapped("discount"), [10.0] * 2
        )

    # === WHO ACTS === #

    def test_colleague_s_copy_bills_nobody(self):
        self.company.payments_invoicing_method = "automatic"
        shares = self.shared("automatic")
        colleague = self.hire("colleague", "base.group_user")
        copied = shares.event_id.with_user(colleague).copy()
        theirs = self.in_force(copied)
        self.assertEqual(theirs.mapped("price"), [1000.0, 250.0])
        self.assertEqual(theirs.mapped("payment_status"), ["to_invoice"] * 2)

    def test_copy_costs_the_same_in_the_same_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        shares = self.shared()
        self.employer.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        copied = self.in_force(shares.event_id.copy())
        self.assertEqual(copied.currency_id, self.company.currency_id)
        self.assertEqual(copied.mapped("price"), [1000.0, 250.0])

    def test_member_of_a_group_is_shared_on_copies(self):
        self.service.payments_bills_each_guest = True
        ola = self.env["res.partner"].create({"name": "Ola"})
        guests = ola | self.client | self.practitioner.partner_id
        event = self.book(
            service_id=self.service.id,
            invoicing_method="manual",
            partner_ids=[Command.set(guests.ids)],
        )
        kari = self.booking_of(event).filtered(lambda one: one.client_id == self.client)
        self.split(kari, (self.employer, 80), (self.client, 20))
        copied = self.in_force(event.copy())
        self.assertEqual(sorted(copied.mapped("price")), [250.0, 1000.0, 1250.0])

    # === SERIES === #

    def test_later_ones_keep_their_prices(self):
        event = self.book_weekly(
            3, service_id=self.service.id, invoicing_method="manual"
        )
        series = event.recurrence_id.calendar_event_ids.sorted("start")
        self.booking_of(series[1]).price = 500.0
        self.split(
            self.booking_of(series[0]),
            (self.employer, 80),
            (self.client, 20),
            and_later=True,
            price=1000.0,
        )
        self.assertEqual(
            [self.in_force(one).mapped("price") for one in series],
            [[800.0, 200.0], [400.0, 100.0], [1000.0, 250.0]],
        )

    def test_later_one_that_was_told_is_left_out(self):
        event = self.book_weekly(
            3, service_id=self.service.id, invoicing_method="manual"
        )
        series = event.recurrence_id.calendar_event_ids.sorted("start")
        self.tell(self.booking_of(series[1]))
        dialog = self.ask(self.booking_of(series[0]))
        self.assertEqual(dialog.later_count, 1)

    def test_what_a_series_changes_leaves_shares(self):
        event = self.book_weekly(
            2, service_id=self.service.id, invoicing_method="manual"
        )
        first, second = event.recurrence_id.calendar_event_ids.sorted("start")
        self.split(self.booking_of(second), (self.employer, 80), (self.client, 20))
        parent = self.env["res.partner"].create({"name": "Parent"})
        first.write({"payer_id": parent.id, "recurrence_update": "all_events"})
        self.assertEqual(self.booking_of(first).payer_id, parent)
        self.assertEqual(self.in_force(second).payer_id, self.employer | self.client)

    # === ONE IS TOLD === #

    def test_client_leaves_and_comes_back_after_one_was_told(self):
        employer, client = shares = self.given
        self.tell(client)
        event = shares.event_id
        event.partner_ids -= self.client
        self.assertTrue(employer.exists())
        event.partner_ids += self.client
        self.assertEqual(self.in_force(event), shares)
        self.assertEqual(sum(shares.mapped("price")), 1250.0)

    def test_deleted_and_restored_after_one_was_told(self):
        employer, client = shares = self.given
        self.tell(client)
        event = shares.event_id
        event.unlink()
        event.active = True
        self.assertEqual(self.in_force(event), shares)

    def test_who_pays_is_fixed_for_all(self):
        employer, client = self.given
        self.tell(client)
        with self.assertRaisesRegex(UserError, "has been told"), self.cr.savepoint():
            employer.payer_id = self.env["res.partner"].create({"name": "Other"})

    def test_moved_ahead_leaves_marks_of_what_was_told(self):
        self.company.payments_no_show_percent = 50.0
        employer, client = shares = self.shared()
        shares._mark("no_show")
        self.tell(client)
        start = shares.event_id.start + timedelta(days=14)
        shares.event_id.write({"start": start, "stop": start + timedelta(hours=1)})
        self.assertEqual(shares.mapped("attendance"), ["no_show"] * 2)

    # === THE FEE === #

    def test_one_fee_is_typed_for_all(self):
        self.company.payments_no_show_percent = 50.0
        shares = self.shared()
        action = shares[1].with_user(self.practitioner).action_no_show()
        # each click is a request of its own
        self.env.flush_all()
        self.env.invalidate_all()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog = dialog.with_user(self.practitioner)
        self.assertEqual(dialog.count, 1)
        self.assertEqual(dialog.fee, 625.0)
        dialog.fee = 500.0
        dialog.action_bill_fee()
        self.assertEqual(shares.mapped("price"), [400.0, 100.0])

    def test_fees_of_several_in_whatever_order(self):
        bookings = self.booked() | self.booked()
        action = bookings.sorted("id")._mark_or_ask("no_show", bookings.sorted("id"))
        self.env.flush_all()
        self.env.invalidate_all()
        self.env[action["res_model"]].browse(action["res_id"]).action_bill_fee()
        self.assertEqual(bookings.mapped("attendance"), ["no_show"] * 2)

    # === NOBODY PAYS TWICE === #

    def test_nobody_pays_two_parts(self):
        employer, client = self.given
        with self.assertRaisesRegex(UserError, "pays a part"), self.cr.savepoint():
            client.payer_id = self.employer

    def test_couple_who_share_are_billed_once(self):
        ola = self.env["res.partner"].create({"name": "Ola"})
        booking = self.booked(
            partner_ids=[
                Command.set((self.client | ola | self.practitioner.partner_id).ids)
            ]
        )
        event = booking.event_id
        self.assertTrue(event.with_user(self.practitioner).unbilled_note)
        self.split(booking, (self.client, 50), (ola, 50))
        self.env.invalidate_all()
        self.assertFalse(event.with_user(self.practitioner).unbilled_note)
        event.action_bill_each_guest()
        self.assertEqual(sum(self.in_force(event).mapped("price")), 1250.0)

    # === WHAT THE APPOINTMENT SHOWS === #

    def test_appointment_shows_what_all_pay(self):
        shares = self.given
        event = shares.event_id.with_user(self.practitioner)
        self.assertEqual(event.client_id, self.client)
        self.assertEqual(event.service_id, self.service)
        self.assertEqual(event.price, 1250.0)
        self.assertEqual(event.attendance, "planned")
        self.assertTrue(event.is_shared)

    def test_found_by_the_status_that_it_shows(self):
        employer, client = self.given
        (employer | client).action_create_invoice()
        (employer | client).invoice_id.action_complete_invoice()
        self.pay(employer.invoice_id)
        self.env.flush_all()
        events = self.env["calendar.event"].with_user(self.practitioner)
        event = employer.event_id.with_user(self.practitioner)

        def finds(*domain):
            return event in events.search([*domain, ("id", "=", event.id)])

        self.assertEqual(event.payment_status, "unpaid")
        self.assertFalse(event.is_settled)
        self.assertTrue(finds(("payment_status", "=", "unpaid")))
        self.assertFalse(finds(("payment_status", "=", "paid")))
        self.assertTrue(finds(("payment_status", "!=", "paid")))
        self.assertTrue(finds(("is_settled", "=", False)))
        self.assertTrue(finds(("is_settled", "!=", True)))
        self.assertFalse(finds(("is_settled", "=", True)))
        self.pay(client.invoice_id)
        self.env.flush_all()
        self.assertTrue(finds(("payment_status", "=", "paid")))
        self.assertTrue(finds(("is_settled", "=", True)))

    def test_external_part_is_not_counted(self):
        employer, client = self.given
        employer.action_bill_externally()
        self.assertEqual((employer | client)._count_paid(), "0 of 1 paid.")

    # === THE NIGHTLY PROOF === #

    def test_proof_finds_shares_that_are_no_whole(self):
        shares = self.given
        proof = self.env["konfidens.payment.proof"]
        self.env.flush_all()
        look = proof._look_at_shares(self.company)
        self.assertFalse(proof._find(look))
        self.env.cr.execute(
            "UPDATE konfidens_payment_booking SET active = FALSE WHERE id = %s",
            [shares[1].id],
        )
        [row] = proof._find(look)
        self.assertEqual(row["booking_id"], shares[0].id)

    # === RPC === #

    def test_no_payer_whom_the_user_may_not_see(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        secret = self.env["res.partner"].create(
            {"name": "Secret Person", "company_id": other.id}
        )
        dialog = self.ask(self.booked())
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
            self.cr.savepoint(),
        ):
            dialog.line_ids.create(
                {"wizard_id": dialog.id, "payer_id": secret.id, "share": 50}
            )
