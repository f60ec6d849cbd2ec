from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .pay_link_common import PayLinkCommon

TOLD = "has been told to pay"
OTHER = "not what the client was told to pay"


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTold(PayLinkCommon):
    """What the payer was told is what is posted, whatever way somebody goes."""

    given_by = "sent"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.company_data["default_tax_sale"]
        cls.rounding = cls.env["account.cash.rounding"].create(
            {
                "name": "Hundreds",
                "rounding": 100.0,
                "strategy": "biggest_tax",
                "rounding_method": "UP",
            }
        )
        cls.discount = cls.env["account.payment.term"].create(
            {
                "name": "Early",
                "early_discount": True,
                "discount_percentage": 10,
                "early_pay_discount_computation": "mixed",
            }
        )
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.journal = cls.company_data["default_journal_sale"].copy(
            {"name": "Abroad", "code": "ABR", "currency_id": cls.euro.id}
        )
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.other = cls.env["res.partner"].create({"name": "Somebody"})
        cls.unbilled = cls.book(service_id=cls.service.id).booking_ids

    def taxable(self):
        """Return a draft with a tax, whose payment message has left."""
        self.service.taxes_id = self.tax
        return self.sent()

    def ways(self, move):
        """Return what changes who pays how much, by its name: functions."""
        line = move.invoice_line_ids
        taxes = move.line_ids.filtered("tax_line_id")
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        totals = move.tax_totals
        totals["subtotals"][0]["tax_groups"][0]["tax_amount_currency"] += 10.0
        return {
            "cash rounding": lambda: move.write(
                {"invoice_cash_rounding_id": self.rounding.id}
            ),
            "early discount": lambda: move.write(
                {"invoice_payment_term_id": self.discount.id}
            ),
            "unit of measure": lambda: line.write({"product_uom_id": self.dozen.id}),
            "journal": lambda: move.write({"journal_id": self.journal.id}),
            "currency": lambda: move.write({"currency_id": self.euro.id}),
            "total typed by hand": lambda: move.write({"tax_totals": totals}),
            "tax typed by hand": lambda: move.write(
                {
                    "line_ids": [
                        Command.update(
                            taxes.id, {"amount_currency": taxes.amount_currency - 10.0}
                        ),
                        Command.update(
                            terms.id, {"amount_currency": terms.amount_currency + 10.0}
                        ),
                    ]
                }
            ),
            "balance": lambda: move.write(
                {
                    "line_ids": [
                        Command.update(taxes.id, {"balance": taxes.balance - 10.0}),
                        Command.update(terms.id, {"balance": terms.balance + 10.0}),
                    ]
                }
            ),
            "no tax": lambda: line.write({"tax_ids": [Command.clear()]}),
            "discount": lambda: line.write({"discount": 50.0}),
            "price": lambda: line.write({"price_unit": 1.0}),
            "another line": lambda: move.write(
                {
                    "invoice_line_ids": [
                        Command.create({"name": "Report", "price_unit": 200.0})
                    ]
                }
            ),
            "payer": lambda: move.write({"partner_id": self.other.id}),
            "credit note": lambda: move.action_switch_move_type(),
            "another booking": lambda: line.write({"booking_id": self.unbilled.id}),
            "no booking": lambda: line.write({"booking_id": False}),
            "deleting": lambda: move.unlink(),
            "deleting the line": lambda: line.unlink(),
        }

    def test_told_draft_is_what_it_was_told_to_be(self):
        move = self.taxable()
        told = move.payment_message_ids.amount
        self.assertEqual(told, move.amount_total)
        for name, change in self.ways(move).items():
            with (
                self.subTest(name),
                self.assert_nothing_changes(move, move.invoice_line_ids),
                self.assertRaises(UserError) as caught,
                self.cr.savepoint(),
            ):
                change()
                self.env.flush_all()
            self.assertIn(TOLD, str(caught.exception), name)
        self.complete_delivered()
        self.assertEqual((move.state, move.amount_total), ("posted", told))

    def test_untold_draft_may_be_anything(self):
        """So that the test above refuses for the reason that it says."""
        self.service.taxes_id = self.tax
        # but the line that bills the appointment stays
        for name in self.ways(self.draft()).keys() - {
            "no booking",
            "deleting the line",
        }:
            move = self.draft()
            with self.subTest(name), self.cr.savepoint():
                self.ways(move)[name]()
                self.env.flush_all()

    def test_accountant_in_odoos_form_is_told_why(self):
        move = self.given.with_user(self.accountant)
        with self.assertRaisesRegex(UserError, TOLD), Form(move) as form:
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 700.0

    def test_booking_of_a_posted_invoice_stays(self):
        move = self.posted()
        for booking in (False, self.book(service_id=self.service.id).booking_ids.id):
            with (
                self.assertRaisesRegex(UserError, TOLD),
                self.cr.savepoint(),
            ):
                move.invoice_line_ids.booking_id = booking

    # === CHANGED ALL THE SAME, PAST ODOO === #

    def changed_in_the_database(self):
        """Return a told draft that says something else now."""
        move = self.sent()
        self.env.flush_all()
        for table, where in (("account_move", "id"), ("account_move_line", "move_id")):
            self.cr.execute(
                f"UPDATE {table} SET currency_id = %s WHERE {where} = %s",  # noqa: S608
                [self.env.ref("base.EUR").id, move.id],
            )
        self.env.invalidate_all()
        return move

    def test_what_differs_is_not_posted_and_asks_a_person(self):
        move = self.changed_in_the_database()
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.booking_ids.payment_status, "attention")
        self.assertIn(OTHER, move.payment_message_story)
        self.assertEqual(len(move.activity_ids), 1)
        self.complete_delivered()
        self.assertEqual(len(move.activity_ids), 1)

    def test_nor_by_any_button(self):
        move = self.changed_in_the_database()
        for press in (
            move.action_complete_invoice,
            move.action_post,
            move.action_validate_moves_with_confirmation,
        ):
            with self.assertRaisesRegex(UserError, OTHER), self.cr.savepoint():
                press()

    # === TAKEN BACK, CANCELLED, SWITCHED: NEVER POSTED BY ITSELF === #

    def assert_never_posted_by_itself(self, move):
        self.complete_delivered()
        self.assertEqual(move.state, "draft")
        self.open(move)
        self.assertEqual(move.state, "draft")

    def test_draft_that_an_accountant_took_back_before_the_report(self):
        move = self.given
        move.action_complete_invoice()
        move.button_draft()
        self.assert_never_posted_by_itself(move)

    def test_reset_draft_of_a_cancelled_appointment(self):
        move = self.given
        booking = move.booking_ids
        booking.event_id.active = False
        self.assertEqual(move.state, "cancel")
        move.button_draft()
        self.assert_never_posted_by_itself(move)

    def test_marked_as_externally_billed_after_sending(self):
        move = self.given
        move.externally_billed = True
        self.assert_never_posted_by_itself(move)

    def test_scheduled_draft_that_becomes_a_credit_note_is_never_told(self):
        move = self.draft()
        message = self.send(move)
        move.action_switch_move_type()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertFalse(self._mails)
        self.assertEqual(message.state, "cancelled")
        self.assertEqual(move.state, "draft")

    def test_no_message_is_asked_for_what_may_not_be_told(self):
        completed = self.posted()
        completed.button_draft()
        cancelled = self.draft()
        cancelled.button_cancel()
        external = self.draft()
        external.externally_billed = True
        switched = self.draft()
        switched.action_switch_move_type()
        reset = self.draft()
        reset.booking_ids.event_id.active = False
        reset.button_draft()
        for move, words in (
            (completed, "taken back"),
            (cancelled, "is cancelled"),
            (external, "another system"),
            (switched, "no invoice"),
            (reset, "appointment .* was cancelled"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                move.action_send_payment_message()


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestOneInForce(PayLinkCommon):
    """A booking has one invoice in force, ever, whichever way a second would come."""

    given_by = "draft"

    def assert_refused(self, act):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "one_in_force|has an invoice already"),
            self.cr.savepoint(),
        ):
            act()
            self.env.flush_all()

    def test_second_draft_by_hand(self):
        first = self.given
        line = {"booking_id": first.booking_ids.id, "name": "Again", "price_unit": 1.0}
        self.assert_refused(
            lambda: self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.client.id,
                    "invoice_line_ids": [Command.create(line)],
                }
            )
        )

    def test_line_of_another_invoice_gets_the_booking(self):
        first, second = self.given, self.draft()
        self.assert_refused(
            lambda: second.invoice_line_ids.write({"booking_id": first.booking_ids.id})
        )

    def test_cancelled_draft_is_reset_after_a_new_one_was_made(self):
        old = self.sent()
        old.button_cancel()
        old.booking_ids.action_create_invoice()
        self.assert_refused(old.button_draft)

    def test_credit_note_is_cancelled_after_a_new_one_was_made(self):
        old = self.posted()
        booking = old.booking_ids
        old.action_credit_and_invoice_anew()
        self.assertNotEqual(booking.invoice_id, old)
        self.assert_refused(old.reversal_move_ids.button_cancel)

    def test_button_pressed_twice(self):
        move = self.given
        booking = move.booking_ids
        self.assertEqual(booking.action_create_invoice()["res_id"], move.id)
        self.assert_refused(booking.sudo()._create_draft_invoices)

    def test_the_next_one_may_come_when_the_first_is_gone(self):
        move = self.given
        booking = move.booking_ids
        move.button_cancel()
        booking.action_create_invoice()
        second = booking.invoice_id
        second.action_complete_invoice()
        second.action_credit_and_invoice_anew()
        third = booking.invoice_id
        self.assertEqual(third.state, "draft")
        self.assertEqual(len({move, second, third}), 3)
        self.env.flush_all()

    def test_refusal_is_in_words(self):
        line = self.env["account.move.line"]
        message = line._table_objects["account_move_line_one_in_force"].message
        self.assertIn("another invoice already", message)
