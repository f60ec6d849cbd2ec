from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .changes_common import ChangesCommon


@tagged("post_install", "-at_install")
class TestGivingUp(ChangesCommon):
    """Drafts that are given up: what else stood on them, and who knew of them."""

    given_by = "automatic"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_responsible_id = cls.accountant

    def automatic(self, **values):
        values = {"invoicing_method": "automatic", **values}
        return self.booking_of(self.book(service_id=self.service.id, **values))

    def with_goods(self):
        """Return the draft of an appointment that bills also goods."""
        move = self.automatic().invoice_id
        move.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Insoles", "price_unit": 500.0, "tax_ids": False}
                    )
                ]
            }
        )
        return move

    def tell(self, moves):
        """Let the payers of these drafts have their messages."""
        moves.payment_message_ids._cancel_scheduled()
        self.send(moves)
        with self.mock_mail_gateway():
            self.send_due()

    def given_up(self):
        """Yield (name, what gives up the draft of a booking)."""
        yield "cancelled", lambda booking: booking.event_id.write({"active": False})
        yield "deleted", lambda booking: booking.event_id.unlink()
        yield (
            "client taken off",
            lambda booking: booking.event_id.with_user(self.practitioner).write(
                {"partner_ids": [Command.unlink(self.client.id)]}
            ),
        )
        yield "billed externally", lambda booking: booking.action_bill_externally()

    # === GOODS === #

    def test_goods_stay_on_the_draft_and_somebody_is_asked(self):
        for name, give_up in self.given_up():
            with self.subTest(given_up=name):
                move = self.with_goods()
                booking = move.booking_ids
                give_up(booking)
                self.assertEqual(move.state, "draft")
                self.assertEqual(move.invoice_line_ids.mapped("name"), ["Insoles"])
                self.assertEqual(move.amount_total, 500.0)
                self.assertEqual(
                    move.payment_message_ids.mapped("state"), ["cancelled"]
                )
                activity = move.activity_ids
                self.assertEqual(len(activity), 1)
                self.assertEqual(activity.user_id, self.accountant)
                self.assertIn("taken off it", activity.summary)
                # the appointment was billed once, so that it is kept
                self.assertTrue(booking.exists())
                self.assertTrue(booking.is_settled)

    def test_goods_of_what_the_payer_was_told_are_asked_for_in_words(self):
        move = self.with_goods()
        self.tell(move)
        move.booking_ids.event_id.active = False
        self.assertEqual((move.state, move.amount_total), ("cancel", 1750.0))
        self.assertIn("Bill what else stood", move.activity_ids.summary)

    def test_goods_ask_an_accountant_where_nobody_is_responsible(self):
        self.company.payments_responsible_id = False
        move = self.with_goods()
        move.booking_ids.event_id.active = False
        accountants = self.env.ref("account.group_account_invoice").all_user_ids
        self.assertIn(move.activity_ids.user_id, accountants)

    def test_rebate_alone_keeps_no_draft(self):
        move = self.with_goods()
        move.invoice_line_ids.filtered(
            lambda line: not line.booking_id
        ).price_unit = -100.0
        move.booking_ids.event_id.active = False
        self.assertEqual(move.state, "cancel")
        self.assertFalse(move.activity_ids)

    def test_other_appointment_of_the_draft_is_billed_on(self):
        bookings = self.given + self.automatic()
        first, second = bookings
        move = first.invoice_id
        second.invoice_id.button_cancel()
        move.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            "booking_id": second.id,
                            "product_id": self.service.id,
                            "price_unit": 1250.0,
                            "tax_ids": False,
                        }
                    )
                ]
            }
        )
        first.event_id.active = False
        self.assertEqual(move.booking_ids, second)
        self.assertEqual((move.state, move.amount_total), ("draft", 1250.0))
        self.assertEqual(second.payment_status, "scheduled")
        self.assertEqual(first.payment_status, "cancelled")
        self.assertEqual(len(move.activity_ids), 1)

    def test_whole_draft_billed_externally_by_its_own_button(self):
        move = self.with_goods()
        move.action_bill_externally()
        self.assertEqual(move.state, "cancel")
        self.assertTrue(move.externally_billed)
        self.assertFalse(move.activity_ids)

    # === WHAT AN ACCOUNTANT CANCELS === #

    def test_cancelled_draft_stays_cancelled(self):
        def change(booking):
            event = booking.event_id.with_user(self.practitioner)
            event.write({"partner_ids": [Command.link(self.other.id)]})
            event.write({"price": 700.0})
            booking.write({"service_id": self.short.id})
            event.action_bill_each_guest()
            self.assertIn(self.other, self.booking_of(booking.event_id).client_id)
            return booking

        for name, give_up in (
            ("cancelled", lambda move: move.with_user(self.accountant).button_cancel()),
            ("deleted", lambda move: move.with_user(self.accountant).unlink()),
        ):
            with self.subTest(draft=name):
                booking = self.automatic()
                give_up(booking.invoice_id)
                change(booking)
                self.assertFalse(booking.invoice_id)
                self.assertEqual(booking.payment_status, "to_invoice")
                self.assertFalse(booking.is_settled)
                self.assertIn("Its draft was cancelled", booking.payment_next_step)
                booking.action_create_invoice()
                self.assertEqual(booking.payment_status, "draft")

    def test_what_is_planned_anew_is_billed_anew(self):
        booking = self.given
        booking.event_id.active = False
        booking.event_id.active = True
        self.assertEqual(booking.payment_status, "scheduled")
        booking.invoicing_method = "external"
        booking.invoicing_method = "automatic"
        self.assertEqual(booking.payment_status, "scheduled")

    # === WHO WAS TOLD === #

    def test_told_of_what_was_cancelled_is_said_in_words(self):
        words = "was told on .* to pay .*1,250.00; that invoice is cancelled"
        booking = self.automatic()
        self.tell(booking.invoice_id)
        self.assertNotRegex(booking.payment_next_step, words)
        booking.invoice_id.with_user(self.accountant).button_cancel()
        self.assertRegex(booking.payment_next_step, words)
        self.assertRegex(
            self.as_practitioner(booking.event_id).payment_next_step, words
        )
        booking.action_create_invoice()
        self.assertRegex(booking.payment_next_step, words)
        self.send(booking.invoice_id)
        self.assertRegex(booking.payment_next_step, words)
        with self.mock_mail_gateway():
            self.send_due()
        # the client knows of the new one now
        self.assertNotRegex(booking.payment_next_step, words)

    def test_who_was_not_told_is_not_said_to_be(self):
        booking = self.given
        booking.invoice_id.button_cancel()
        self.assertNotIn("was told", booking.payment_next_step)

    def test_told_and_then_cancelled_or_billed_externally(self):
        for name, give_up in list(self.given_up())[:2] + list(self.given_up())[3:]:
            with self.subTest(given_up=name):
                booking = self.automatic()
                self.tell(booking.invoice_id)
                give_up(booking)
                self.assertTrue(booking.is_settled)
                self.assertIn("that invoice is cancelled", booking.payment_next_step)

    # === WHAT IS STILL OWED === #

    def test_deleted_appointment_still_shows_what_is_owed(self):
        bookings = self.given + self.automatic()
        bookings.invoice_id.action_complete_invoice()
        client = self.as_practitioner(self.client)
        self.assertEqual(client.booking_amount_due, 2500.0)
        gone = bookings[0]
        gone.event_id.with_user(self.practitioner).unlink()
        client.invalidate_recordset()
        self.assertEqual(client.booking_amount_due, 2500.0)
        self.assertEqual(client.booking_count, 2)
        self.assertEqual(client.active_booking_ids, self.as_practitioner(bookings))
        row = client.web_read({"active_booking_ids": {"fields": {"start": {}}}})[0]
        self.assertEqual(
            {line["id"] for line in row["active_booking_ids"]}, set(bookings.ids)
        )
        found = gone.with_context(active_test=True).search(
            client.action_view_client_bookings()["domain"]
        )
        self.assertIn(gone, found)

    def test_deleted_appointment_is_in_the_lists_of_what_is_open(self):
        booking = self.given
        booking.invoice_id.action_complete_invoice()
        cancelled = self.automatic()
        (booking + cancelled).event_id.unlink()
        view = booking.get_view(
            self.env.ref("konfidens_payments.view_booking_search").id, "search"
        )
        for name in ("active_bookings", "unpaid"):
            [domain] = self.domains_of(view["arch"], name)
            # as the list asks: what is archived only where it says so
            found = booking.with_context(active_test=True).search(domain)
            self.assertIn(booking, found)
            self.assertNotIn(cancelled, found)

    def domains_of(self, arch, name):
        return [
            safe_eval(node.get("domain"))
            for node in etree.fromstring(arch).iterfind(f".//filter[@name='{name}']")
        ]
