from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import PaymentsCommon

CREDIT = "konfidens_payments.mail_activity_credit"


class SharesCommon(PaymentsCommon):
    """A client whose appointments the employer pays in part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employer = cls.env["res.partner"].create(
            {
                "name": "Fjord AS",
                "is_company": True,
                "email": "faktura@fjord.example.com",
                "lang": "en_US",
            }
        )

    def booked(self, method="manual", **values):
        """Return the booking of an appointment that costs 1,250."""
        event = self.book(service_id=self.service.id, invoicing_method=method, **values)
        return self.booking_of(event)

    def ask(self, bookings, user=None):
        """Return the dialog that *Split Between Payers* opens."""
        user = user or self.practitioner
        action = bookings.with_user(user).action_split_between_payers()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def split(self, bookings, *payers, user=None, **values):
        """Split bookings as the dialog does; return those of all payers, in order."""
        dialog = self.ask(bookings, user)
        dialog.write(
            {
                **values,
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create({"payer_id": payer.id, "share": share})
                        for payer, share in payers
                    ),
                ],
            }
        )
        dialog.action_split()
        self.env.flush_all()
        return self.booking_of(bookings.event_id).sorted(
            lambda one: (one.event_id.id, one.share_number)
        )

    def in_force(self, event):
        """Return the bookings of an appointment that are billed, in their order."""
        return (
            self.booking_of(event)
            .filtered(lambda one: one.active and one.share)
            .sorted("share_number")
        )

    def shared(self, method="manual", **values):
        """Return the bookings of employer (80 %) and client (20 %)."""
        return self.split(
            self.booked(method, **values), (self.employer, 80), (self.client, 20)
        )


@freeze_time("2026-11-10 12:00:00")
@tagged("post_install", "-at_install")
class TestShares(SharesCommon):
    """An appointment that several pay: each has an own part, and knows of no other."""

    given_by = "shared"

    # === SPLITTING === #

    def test_dialog_begins_with_who_pays_now(self):
        dialog = self.ask(self.booked())
        with Form(dialog) as form:
            self.assertEqual(form.price, 1250.0)
            with form.line_ids.edit(0) as line:
                self.assertEqual(line.payer_id, self.client)
                self.assertEqual(line.amount, 625.0)
                line.share = 20
            self.assertIn("Add who else pays", form.left_note)
            with form.line_ids.new() as line:
                line.payer_id = self.employer
                line.share = 70
            self.assertIn("10 % is still to be paid", form.left_note)
            with form.line_ids.edit(1) as line:
                line.share = 80
                self.assertEqual(line.amount, 1000.0)
            self.assertFalse(form.left_note)
        dialog.action_split()

    def test_each_payer_has_a_booking_of_the_part(self):
        employer, client = self.given
        self.assertEqual(employer.payer_id, self.employer)
        self.assertEqual(client.payer_id, self.client)
        self.assertEqual((employer | client).mapped("price"), [1000.0, 250.0])
        self.assertEqual((employer | client).mapped("whole_price"), [1250.0, 1250.0])
        self.assertEqual((employer | client).client_id, self.client)
        self.assertEqual(len((employer | client).event_id), 1)

    def test_odd_cents_go_to_the_first(self):
        booking = self.booked()
        booking.price = 100.0
        third = self.env["res.partner"].create({"name": "Grandma"})
        shares = self.split(
            booking, (self.client, 33.34), (self.employer, 33.33), (third, 33.33)
        )
        self.assertEqual(shares.mapped("price"), [33.34, 33.33, 33.33])
        with self.assertRaisesRegex(UserError, "nothing to pay"):
            self.split(shares[0], (self.client, 50), (third, 50), price=0.01)

    def test_parts_that_are_no_whole_are_refused(self):
        booking = self.booked()
        for shares, words in (
            ((80, 10), "90 %"),
            ((80, 30), "110 %"),
            ((100, 0), "above 0"),
            ((120, -20), "above 0"),
        ):
            with (
                self.subTest(shares=shares),
                self.assert_nothing_changes(booking),
                self.assertRaisesRegex(UserError, words),
                self.cr.savepoint(),
            ):
                self.split(
                    booking, (self.employer, shares[0]), (self.client, shares[1])
                )
        with self.assertRaisesRegex(UserError, "once"):
            self.split(booking, (self.client, 80), (self.client, 20))

    def test_no_draft_is_made_unless_the_parts_are_a_whole(self):
        shares = self.shared("external")
        self.env.cr.execute(
            "UPDATE konfidens_payment_booking SET share = 10 WHERE id = %s",
            [shares[1].id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "90 %"), self.cr.savepoint():
            shares.action_create_invoice()
        self.assertFalse(shares.invoice_id)

    def test_of_nothing_there_is_nothing_to_split(self):
        booking = self.booked()
        booking.price = 0.0
        with self.assertRaisesRegex(UserError, "price"):
            self.ask(booking)

    def test_appointments_of_several_clients_are_split_one_by_one(self):
        other = self.env["res.partner"].create({"name": "Ola"})
        guests = [Command.set((other | self.practitioner.partner_id).ids)]
        with self.assertRaisesRegex(UserError, "several clients"):
            self.ask(self.booked() | self.booked(partner_ids=guests))

    def test_several_appointments_keep_their_prices(self):
        bookings = self.booked() | self.booked()
        bookings[1].price = 500.0
        self.split(bookings, (self.employer, 80), (self.client, 20))
        shares = self.in_force(bookings[1].event_id)
        self.assertEqual(shares.mapped("price"), [400.0, 100.0])
        self.assertEqual(len(self.booking_of(bookings.event_id)), 4)

    def test_price_changes_for_all(self):
        shares = self.given
        for values in ({"price": 900.0}, {"service_id": self.product_a.id}):
            with (
                self.assertRaisesRegex(UserError, "Split Between Payers"),
                self.cr.savepoint(),
            ):
                shares[1].with_user(self.practitioner).write(values)
        payers = (self.employer, 80), (self.client, 20)
        shares = self.split(shares[1], *payers, price=1000.0)
        self.assertEqual(shares.mapped("price"), [800.0, 200.0])

    def test_one_payer_again(self):
        shares = self.given
        shares.action_create_invoice()
        drafts = shares.invoice_id
        [left] = self.split(shares[0], (self.client, 20)).filtered("active")
        self.assertEqual(left.payer_id, self.client)
        self.assertEqual(left.price, 1250.0)
        self.assertEqual(left.share, 100.0)
        self.assertEqual(left.invoice_id.partner_id, self.client)
        self.assertEqual(left.invoice_id.amount_total, 1250.0)
        self.assertEqual(
            sorted((drafts.exists() - left.invoice_id).mapped("state")),
            ["cancel"] * len(drafts.exists() - left.invoice_id),
        )
        left.price = 900.0
        self.assertEqual(left.invoice_id.amount_total, 900.0)

    def test_who_paid_before_pays_again(self):
        shares = self.given
        shares.action_create_invoice()
        event = shares.event_id
        self.split(shares[0], (self.client, 100))
        self.split(self.in_force(event), (self.client, 60), (self.employer, 40))
        again = self.in_force(event)
        self.assertEqual(again.mapped("price"), [750.0, 500.0])
        self.assertEqual([one.invoice_id.amount_total for one in again], [750.0, 500.0])
        self.assertEqual(again.invoice_id.partner_id, self.client | self.employer)

    def test_payers_currency_is_that_of_the_price(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.employer.property_product_pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        shares = self.shared()
        self.assertEqual(shares.currency_id, self.company.currency_id)

    # === FIXED ONCE ONE IS TOLD === #

    def test_fixed_once_one_is_told(self):
        shares = self.given
        shares[1].action_create_invoice()
        self.send(shares[1].invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        with self.assertRaisesRegex(UserError, "Kari Nordmann has been told"):
            self.ask(shares[0])

    def test_dialog_of_before_is_refused(self):
        shares = self.given
        dialog = self.ask(shares[0])
        self.split(shares[0], (self.employer, 50), (self.client, 50))
        with self.assertRaisesRegex(UserError, "meanwhile"):
            dialog.action_split()

    # === FROM DRAFT TO PAID === #

    def test_from_draft_to_paid_each_by_itself(self):
        shares = self.shared("automatic")
        employer, client = shares
        self.assertEqual(shares.mapped("payment_status"), ["scheduled"] * 2)
        self.assertEqual(len(shares.invoice_id), 2)
        with self.mock_mail_gateway():
            self.send_due()
        told = {mail["email_to"][0]: mail["body"] for mail in self._mails}
        self.assertEqual(len(told), 2)
        for address, own, others in (
            ("faktura@fjord.example.com", "1,000.00", ("250.00", "Kari")),
            ("kari@example.com", "250.00", ("1,000.00", "Fjord", "1,250.00")),
        ):
            [body] = [body for to, body in told.items() if address in to]
            self.assertIn(own, body)
            for words in others:
                self.assertNotIn(words, body)
        self.complete_delivered()
        self.assertEqual(shares.mapped("payment_status"), ["unpaid"] * 2)
        self.assertEqual(len(set(shares.invoice_id.mapped("name"))), 2)
        self.pay(employer.invoice_id)
        event = employer.event_id.with_user(self.practitioner)
        self.assertEqual(event.payment_status, "unpaid")
        self.assertEqual(event.paid_note, "1 of 2 paid.")
        self.assertIn("1 of 2 paid.", client.payment_next_step)
        self.assertIn("Kari Nordmann pays 20 %", client.payment_next_step)
        self.pay(client.invoice_id)
        self.env.invalidate_all()
        self.assertEqual(event.payment_status, "paid")
        self.assertEqual(sum(shares.mapped("amount_paid")), 1250.0)

    def test_crediting_one_leaves_the_other(self):
        employer, client = self.given
        (employer | client).action_create_invoice()
        (employer | client).invoice_id.action_complete_invoice()
        kept = client.invoice_id
        with self.assert_nothing_changes(kept):
            old = employer.invoice_id
            old.with_user(self.accountant).action_credit_and_invoice_anew()
        self.assertNotEqual(employer.invoice_id, old)
        self.assertEqual(employer.invoice_id.amount_total, 1000.0)
        self.assertEqual(client.invoice_id, kept)

    def test_invoice_of_one_names_no_other(self):
        shares = self.given
        shares.action_create_invoice()
        for one, other in (shares, shares[::-1]):
            words = str(one.invoice_id.read()) + str(one.invoice_id.line_ids.read())
            if other.payer_id == self.employer:
                self.assertNotIn("Fjord", words)
            self.assertNotIn("%", one.invoice_id.invoice_line_ids.name)

    # === WHO CAME === #

    def test_mark_is_of_all(self):
        shares = self.given
        shares[0].with_user(self.practitioner).action_attended()
        self.assertEqual(shares.mapped("attendance"), ["attended"] * 2)

    def test_fee_is_shared_alike(self):
        self.company.payments_no_show_percent = 50.0
        shares = self.shared()
        shares.action_create_invoice()
        action = shares[1].with_user(self.practitioner).action_no_show()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog = dialog.with_user(self.practitioner)
        self.assertEqual(dialog.fee, 625.0)
        dialog.action_bill_fee()
        self.assertEqual(shares.mapped("price"), [500.0, 125.0])
        self.assertEqual(shares.invoice_id.mapped("amount_total"), [500.0, 125.0])
        shares[0].with_user(self.practitioner).action_planned()
        self.assertEqual(shares.mapped("price"), [1000.0, 250.0])

    def test_fee_of_a_product_is_shared_alike(self):
        fee = self.env["product.product"].create(
            {"name": "Missed", "type": "service", "list_price": 500.01}
        )
        self.company.payments_no_show_product_id = fee
        self.company.payments_no_show_percent = 0.0
        shares = self.shared()
        self.assertEqual([one._get_fee("no_show") for one in shares], [400.01, 100.0])

    # === THE APPOINTMENT === #

    def test_client_leaves_with_all_shares(self):
        shares = self.given
        shares.action_create_invoice()
        event = shares.event_id
        event.partner_ids -= self.client
        self.assertFalse(any(self.booking_of(event).mapped("active")))
        event.partner_ids += self.client
        back = self.in_force(event)
        self.assertEqual(back.mapped("price"), [1000.0, 250.0])

    def test_cancelled_and_restored(self):
        shares = self.given
        shares.action_create_invoice()
        shares.event_id.active = False
        self.assertEqual(shares.mapped("payment_status"), ["cancelled"] * 2)
        shares.event_id.active = True
        self.assertEqual(shares.mapped("active"), [True] * 2)

    def test_copy_is_shared_alike(self):
        shares = self.given
        copied = self.in_force(shares.event_id.copy())
        self.assertEqual(copied.mapped("price"), [1000.0, 250.0])
        self.assertEqual(copied.payer_id, self.employer | self.client)

    def test_later_ones_of_the_series_too(self):
        first = self.booking_of(
            self.book_weekly(4, service_id=self.service.id, invoicing_method="manual")
        )
        series = first.event_id.recurrence_id.calendar_event_ids.sorted("start")
        payers = (self.employer, 80), (self.client, 20)
        dialog = self.ask(self.booking_of(series[1]))
        self.assertEqual(dialog.later_count, 2)
        self.split(self.booking_of(series[1]), *payers, and_later=True)
        self.assertEqual(
            [len(self.booking_of(event)) for event in series], [1, 2, 2, 2]
        )

    def test_further_occurrences_are_shared_alike(self):
        event = self.book_weekly(2, service_id=self.service.id)
        self.split(
            self.booking_of(event),
            (self.employer, 80),
            (self.client, 20),
            and_later=True,
        )
        event.write({"recurrence_update": "all_events", "count": 4})
        series = event.exists().recurrence_id.calendar_event_ids.filtered("active")
        self.assertEqual(len(series), 4)
        for occurrence in series:
            self.assertEqual(
                self.in_force(occurrence).mapped("price"),
                [1000.0, 250.0],
            )

    # === WHO MAY === #

    def test_nobody_writes_shares(self):
        shares = self.given
        for values in (
            {"share": 10},
            {"share_number": 3},
            {"whole_price": 10},
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                shares[0].with_user(self.practitioner).write(values)

    def test_others_split_nothing(self):
        other = self.hire(
            "other", "base.group_user", "konfidens_payments.group_payments_user"
        )
        booking = self.booked()
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.ask(booking, other)
        dialog = self.ask(booking)
        with self.assertRaises(AccessError), self.cr.savepoint():
            dialog.with_user(other).action_split()
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
            self.cr.savepoint(),
        ):
            self.env["konfidens.payment.share.wizard.line"].with_user(other).create(
                {"wizard_id": dialog.id, "payer_id": other.partner_id.id, "share": 50}
            )

    def test_dialog_is_about_what_it_was_opened_on(self):
        dialog = self.ask(self.booked())
        with self.assertRaises(AccessError):
            dialog.write({"booking_ids": [Command.set(self.booked().ids)]})
