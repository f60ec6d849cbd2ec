from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .changes_common import ChangesCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestMadeByPerson(ChangesCommon):
    """Invoices that an accountant makes of bookings over RPC, or by import."""

    def made(self, booking, move_type="out_invoice", **line):
        line = {"product_id": self.service.id, "tax_ids": False, **line}
        values = {
            "move_type": move_type,
            "partner_id": self.client.id,
            "invoice_line_ids": [Command.create({"booking_id": booking.id, **line})],
        }
        return self.env["account.move"].with_user(self.accountant).create(values).sudo()

    def to_bill(self, **values):
        return self.book(service_id=self.service.id, **values).booking_ids

    def test_what_it_says_stays(self):
        """All at once, line by line, or with the booking given later."""

        def at_once(values):
            return moves.create(values)

        def line_by_line(values):
            [(_code, _id, line)] = values.pop("invoice_line_ids")
            move = moves.create(values)
            lines.create({**line, "move_id": move.id})
            return move

        def line_given_later(values):
            booking_id = values["invoice_line_ids"][0][2].pop("booking_id")
            move = moves.create(values)
            move.invoice_line_ids.with_user(self.accountant).booking_id = booking_id
            return move

        moves = self.env["account.move"].with_user(self.accountant)
        lines = self.env["account.move.line"].with_user(self.accountant)
        for make in (at_once, line_by_line, line_given_later):
            for payer, price, leads in (
                (self.other, 900.0, True),
                (self.client, 1250.0, False),
            ):
                with self.subTest(make=make.__name__, leads=leads), self.undone():
                    booking = self.to_bill()
                    line = {
                        "booking_id": booking.id,
                        "product_id": self.service.id,
                        "price_unit": price,
                        "tax_ids": False,
                    }
                    values = {"move_type": "out_invoice", "partner_id": payer.id}
                    values["invoice_line_ids"] = [Command.create(line)]
                    move = make(values).sudo()
                    self.assertEqual(move.draft_leads, leads)
                    booking.event_id.start = datetime(2026, 11, 12, 9, 0)
                    self.assertEqual(
                        (move.partner_id, booking.payer_id), (payer, payer)
                    )
                    self.assertEqual((move.amount_total, booking.price), (price, price))

    def test_line_without_a_product_says_nothing_of_the_service(self):
        booking = self.to_bill()
        move = self.made(booking, product_id=False, name="Agreed", price_unit=900.0)
        self.assertEqual((booking.price, booking.service_id), (900.0, self.service))
        move.with_user(self.accountant).unlink()
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.amount_total, 900.0)

    def test_nothing_leaves_while_somebody_is_at_it(self):
        booking = self.to_bill(invoicing_method="automatic")
        booking.invoice_id.with_user(self.accountant).button_cancel()
        move = self.made(booking, price_unit=900.0)
        self.assertFalse(move.payment_message_state)

    def test_cancelled_it_is_not_made_anew_by_itself(self):
        booking = self.to_bill()
        self.company.payments_create_draft = True
        self.made(booking, price_unit=900.0).with_user(self.accountant).button_cancel()
        booking.price = 1300.0
        self.assertFalse(booking.invoice_id)

    def test_what_was_billed_elsewhere_is_billed_here(self):
        booking = self.to_bill(invoicing_method="external")
        self.made(booking).action_post()
        self.assertFalse(booking.externally_billed)
        self.assertEqual(booking.payment_status, "unpaid")

    def test_only_an_invoice_leads(self):
        move = self.posted()
        booking = move.booking_ids
        booking.action_attended()
        note = self.made(booking, "out_refund")
        note.invoice_line_ids.with_user(self.accountant).price_unit = 300.0
        self.assertEqual(booking.price, 1250.0)
        self.assertFalse(move.is_marked_otherwise)

    # === THE CURRENCY OF THE DRAFT === #

    def euro_draft(self):
        """Return a draft of 1,250 that an accountant made one of 125 euros."""
        euro = self.setup_other_currency("EUR", rates=[("2026-10-01", 0.1)])
        move = self.draft()
        line = {"price_unit": 125.0}
        move.with_user(self.accountant).write(
            {
                "currency_id": euro.id,
                "invoice_line_ids": [Command.update(move.invoice_line_ids.id, line)],
            }
        )
        return move

    def assert_price(self, booking, amount, currency):
        self.assertEqual(booking.currency_id.name, currency)
        self.assertEqual(booking.price, amount)

    def test_its_number_keeps_its_currency_wherever_the_draft_goes(self):
        move = self.euro_draft()
        booking = move.booking_ids

        def credit():
            move.action_complete_invoice()
            move._reverse_moves(cancel=True)

        ways = (move.button_cancel, move.unlink, booking.action_bill_externally, credit)
        for way in ways:
            with self.subTest(way.__name__), self.undone():
                way()
                self.assert_price(booking, 125.0, "EUR")
                booking.action_create_invoice()
                self.assertEqual(booking.invoice_id.currency_id.name, "EUR")
                self.assertEqual(booking.invoice_id.amount_total, 125.0)

    def test_another_payer_brings_the_own_currency(self):
        move = self.euro_draft()
        booking = move.booking_ids
        move.button_cancel()
        booking.payer_id = self.other
        self.assert_price(booking, 1250.0, self.company.currency_id.name)

    def test_follow_the_appointment_converts(self):
        move = self.euro_draft()
        move.with_user(self.accountant).action_follow_appointment()
        self.assert_price(move.booking_ids, 1250.0, self.company.currency_id.name)
        self.assertEqual(move.amount_total, 1250.0)

    # === WHAT IS SENT === #

    def test_sending_bills_nothing_anew(self):
        """Neither what was credited nor what is billed elsewhere."""
        move = self.posted()
        move._reverse_moves(cancel=True)
        for booking, words in (
            (move.booking_ids, "was credited"),
            (self.to_bill(invoicing_method="external"), "in another system"),
        ):
            status = booking.payment_status
            for record in (booking, booking.event_id):
                theirs = record.with_user(self.practitioner)
                with self.assertRaisesRegex(UserError, f"{words}.*Create Invoice"):
                    theirs.action_send_payment_message()
                # in a rule, where nobody reads it, it is left out
                in_rule = theirs.with_context(__action_done=True)
                self.assertFalse(in_rule.action_send_payment_message())
            self.assertEqual(booking.payment_status, status)

    def test_button_only_where_it_can_be_pressed(self):
        move = self.posted()
        booking = move.booking_ids
        self.assertTrue(booking.wants_message)
        for way in (
            move.action_toggle_block_payment,
            move.button_draft,
            lambda: booking.event_id.write({"active": False}),
        ):
            with self.undone():
                way()
                self.assertFalse(booking.wants_message)

    def test_completed_invoice_billed_elsewhere_is_owed_no_more(self):
        move = self.posted()
        booking = move.booking_ids
        move.with_user(self.accountant).externally_billed = True
        self.assertEqual((booking.amount_due, booking.due_date), (0.0, False))
        unpaid = self.env["account.move"].action_view_unpaid()["domain"]
        self.assertNotIn(move, self.env["account.move"].search(unpaid))
        self.env.flush_all()
        proof = self.env["konfidens.payment.proof"]
        for reason, look in proof._get_checks().items():
            self.assertFalse(proof._find(look(self.company)), reason)

    def test_actions_on_nothing(self):
        none = self.env["konfidens.payment.booking"].with_user(self.practitioner)
        self.assertFalse(none.action_split_between_payers())
        self.assertFalse(none.action_prepare_billing_run())
