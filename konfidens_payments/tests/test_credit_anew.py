from datetime import date, datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .pay_link_common import PayLinkCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestCreditAnew(PayLinkCommon):
    """Crediting an invoice, and making it anew: by our button, and by Odoo's."""

    given_by = "posted"

    def by_our_button(self, move):
        move.with_user(self.accountant).action_credit_and_invoice_anew()
        return self.after(move)

    def by_odoo_s(self, move):
        wizard = self.reversal(move)
        wizard.modify_moves()
        return self.after(move)

    def after(self, move):
        self.env.flush_all()
        self.env.invalidate_all()
        return move.booking_ids.invoice_id

    def reversal(self, move):
        return (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )

    def credit(self, move, amount):
        """Credit some of an invoice, as an accountant does."""
        wizard = self.reversal(move)
        wizard.refund_moves()
        note = wizard.new_move_ids
        note.invoice_line_ids[0].write({"price_unit": amount, "quantity": 1})
        (note.invoice_line_ids - note.invoice_line_ids[0]).unlink()
        note.action_post()
        return note

    def both(self):
        """Yield both ways: a name, and a function that returns the new draft."""
        for way in (self.by_our_button, self.by_odoo_s):
            with self.subTest(way=way.__name__):
                yield way

    def credited(self, move):
        """Return how much of an invoice was credited."""
        notes = move.reversal_move_ids.filtered(lambda note: note.state == "posted")
        return sum(notes.mapped("amount_total"))

    def move_at(self, hour):
        move = self.draft(
            start=datetime(2026, 11, 10, hour), stop=datetime(2026, 11, 10, hour + 1)
        )
        move.action_complete_invoice()
        return move

    def moves(self):
        """Yield a completed invoice for each way."""
        for hour, way in enumerate(self.both(), 8):
            yield self.move_at(hour), way

    # === THE BOOKING === #

    def test_new_draft_takes_the_booking(self):
        for move, way in self.moves():
            booking = move.booking_ids
            new = way(move)
            self.assertNotEqual(new, move)
            self.assertEqual(new.state, "draft")
            self.assertEqual(new.booking_ids, booking)
            self.assertEqual(booking.invoice_id, new)
            self.assertEqual(booking.payment_status, "draft")
            self.assertEqual(new.invoice_user_id, move.invoice_user_id)
            self.assertEqual(move.booking_status, "credited")
            self.assertFalse(move.reversal_move_ids.booking_ids)
            # one of its own
            self.assertTrue(new.pay_token)
            self.assertNotEqual(new.pay_token, move.pay_token)
            self.assertFalse(new.invoice_date)
            # the draft follows its booking, as any does
            booking.price = 900
            self.assertEqual(new.amount_total, 900)

    def test_older_invoice_is_in_force_again(self):
        """A cancelled draft is taken up again, once the one after it is credited."""
        older = self.draft()
        booking = older.booking_ids
        older.button_cancel()
        booking.action_create_invoice()
        newer = self.after(booking.invoice_id)
        newer.action_complete_invoice()
        newer._reverse_moves(cancel=True)
        self.assertEqual(self.after(newer), newer)
        self.assertEqual(booking.payment_status, "credited")
        older.with_user(self.accountant).button_draft()
        self.assertEqual(self.after(older), older)
        self.assertEqual(booking.payment_status, "draft")
        booking.action_create_invoice()  # opens it
        older.action_complete_invoice()
        self.assertEqual(booking.payment_status, "unpaid")
        self.assertEqual(booking.amount_due, 1250.0)
        older._reverse_moves(cancel=True)
        self.assertEqual(booking.payment_status, "credited")

    def test_older_invoice_whose_credit_note_is_taken_back(self):
        older = self.given
        booking = older.booking_ids
        note = older._reverse_moves(cancel=True)
        booking.action_create_invoice()
        newer = self.after(older)
        newer.action_complete_invoice()
        newer._reverse_moves(cancel=True)
        self.assertEqual(self.after(older), newer)
        note.with_user(self.accountant).button_draft()
        note.with_user(self.accountant).button_cancel()
        self.assertEqual(self.after(newer), older)
        self.assertEqual(booking.payment_status, "unpaid")
        self.assertEqual(booking.amount_due, 1250.0)

    def test_duplicate_bills_nothing(self):
        move = self.given
        copy = move.with_user(self.accountant).copy()
        self.assertFalse(copy.booking_ids)
        self.by_our_button(move)
        self.assertFalse(move.copy().booking_ids)
        self.assertFalse(move.booking_ids.invoice_id.copy().booking_ids)

    def test_credit_note_alone_bills_nothing(self):
        move = self.given
        wizard = self.reversal(move)
        wizard.refund_moves()
        self.assertFalse(wizard.new_move_ids.booking_ids)
        wizard.new_move_ids.action_post()
        self.assertEqual(self.after(move), move)
        self.assertEqual(move.booking_ids.payment_status, "credited")

    # === WHY === #

    def credit_because(self, move, reason):
        wizard = self.reversal(move)
        wizard.reason = reason
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        return wizard.new_move_ids

    def printed(self, move):
        reports = self.env["ir.actions.report"]
        html, _kind = reports._render_qweb_html("account.report_invoice", move.ids)
        return html.decode()

    def test_why_stays_in_the_house(self):
        move = self.given
        note = self.credit_because(move, "Kari was ill")
        for said in (note.ref, note.display_name, self.printed(note)):
            self.assertNotIn("was ill", said)
            self.assertIn(move.name, said)
        [why] = note.message_ids.filtered(lambda one: "Kari was ill" in one.body)
        self.assertTrue(why.is_internal)

    def test_why_of_before_is_not_printed(self):
        move = self.given
        note = self.credit_because(move, False)
        note.ref = f"Reversal of: {move.name}, Kari was ill"
        page = self.printed(note)
        self.assertNotIn("was ill", page)
        self.assertIn(move.name, page)

    def test_why_of_what_is_made_anew_and_of_what_reverses_a_credit_note(self):
        move = self.given
        wizard = self.reversal(move)
        wizard.reason = "Kari was ill"
        wizard.modify_moves()
        [note] = move.reversal_move_ids
        self.assertEqual(note.ref, f"Reversal of: {move.name}")
        again = self.credit_because(note, "Kari was well")
        self.assertEqual(again.ref, f"Reversal of: {note.name}")

    def test_why_of_other_invoices_is_as_odoo_says(self):
        move = self.given.copy()
        move.action_post()
        self.assertIn("It was late", self.credit_because(move, "It was late").ref)

    def test_dialog_says_who_reads_why(self):
        move, other = self.given, self.given.copy()
        other.action_post()
        for moves, kept in ((move, True), (other, False), (move + other, False)):
            with self.subTest(moves.mapped("name")), Form(self.reversal(moves)) as form:
                self.assertEqual(form.keeps_reason, kept)

    def test_several_appointments_on_one_invoice(self):
        move = self.draft()
        other = self.booking_of(
            self.book(start=datetime(2026, 11, 11, 9), stop=datetime(2026, 11, 11, 10))
        )
        values = {"booking_id": other.id, "product_id": self.service.id}
        move.invoice_line_ids = [Command.create(values)]
        move.action_complete_invoice()
        bookings = move.booking_ids
        self.assertEqual(len(bookings), 2)
        new = self.by_our_button(move)
        self.assertEqual(len(new), 1)
        self.assertEqual(new.booking_ids, bookings)
        self.assertEqual(new.amount_total, 2500)

    def test_a_practitioner_credits_nothing(self):
        move = self.given
        with self.assertRaises(AccessError):
            self.as_practitioner(move).action_credit_and_invoice_anew()

    def test_what_is_credited_already_is_not_credited_again(self):
        move = self.given
        self.credit(move, 1250)
        with self.assertRaisesRegex(UserError, "nothing to credit"):
            self.by_our_button(move)

    def test_many_at_once(self):
        moves = self.move_at(8) + self.move_at(9)
        self.credit(moves[0], 250)
        bookings = moves.booking_ids
        moves.with_user(self.accountant).action_credit_and_invoice_anew()
        self.assertEqual([self.credited(move) for move in moves], [1250, 1250])
        self.assertEqual(len(bookings.invoice_id - moves), 2)

    # === HOW MUCH === #

    def test_what_is_left_is_credited(self):
        for move, way in self.moves():
            self.credit(move, 400)
            new = way(move)
            self.assertEqual(self.credited(move), 1250)
            self.assertEqual(move.amount_residual, 0)
            self.assertEqual(move.booking_status, "credited")
            self.assertEqual(new.amount_total, 1250)
            # nothing is owed to the payer that nobody sees
            for note in move.reversal_move_ids:
                self.assertEqual(note.amount_residual, 0)

    def test_what_is_left_is_credited_with_its_taxes(self):
        tax = self.company_data["default_tax_sale"]
        move = self.draft()
        move.invoice_line_ids.tax_ids = tax
        move.action_complete_invoice()
        total = move.amount_total
        self.credit(move, 400)
        self.by_our_button(move)
        self.assertEqual(self.credited(move), total)
        notes = move.reversal_move_ids
        self.assertEqual(sum(notes.mapped("amount_tax")), move.amount_tax)

    def test_every_line_tax_and_discount_is_kept(self):
        tax = self.company_data["default_tax_sale"]
        for hour, way in enumerate(self.both(), 8):
            move = self.draft(
                start=datetime(2026, 11, 12, hour),
                stop=datetime(2026, 11, 12, hour + 1),
            )
            move.invoice_line_ids.discount = 10
            move.invoice_line_ids.name = "As agreed"
            move.invoice_line_ids = [
                Command.create(
                    {"name": "Report", "price_unit": 300, "tax_ids": [tax.id]}
                ),
                Command.create({"name": "Thank you", "display_type": "line_note"}),
            ]
            move.action_complete_invoice()
            new = way(move)
            self.assertEqual(new.amount_total, move.amount_total)
            for name in ("name", "price_unit", "discount", "tax_ids", "display_type"):
                self.assertEqual(
                    new.invoice_line_ids.mapped(name),
                    move.invoice_line_ids.mapped(name),
                )

    # === WHEN === #

    def test_dates_behind_a_lock(self):
        for move, way in self.moves():
            self.assertEqual(move.date, date(2026, 11, 22))
            with freeze_time("2026-12-10 09:00"):
                self.company.fiscalyear_lock_date = "2026-11-30"
                new = way(move)
                note = move.reversal_move_ids
                self.assertEqual(note.date, date(2026, 12, 10))
                self.assertEqual(note.invoice_date, date(2026, 12, 10))
                new.action_complete_invoice()
            self.assertEqual(new.date, date(2026, 12, 10))
            self.assertEqual(new.invoice_date_due, date(2026, 12, 24))
            self.company.fiscalyear_lock_date = False

    def test_day_of_the_credit_note_is_that_of_the_company(self):
        self.company.partner_id.tz = "Europe/Oslo"
        self.accountant.tz = "America/New_York"
        move = self.posted()
        with freeze_time("2026-11-30 23:30"):
            self.by_our_button(move)
        self.assertEqual(move.reversal_move_ids.invoice_date, date(2026, 12, 1))

    # === WHAT WAS PAID === #

    def test_payment_goes_over_to_the_new_invoice(self):
        for move, way in self.moves():
            self.pay(move)
            new = way(move)
            self.assertEqual(new.amount_residual, 0)
            self.assertEqual(move.amount_residual, 0)
            self.assertEqual(move.booking_status, "credited")
            # nothing is to be told, and whoever corrects it is not disturbed
            self.complete_delivered()
            self.assertEqual(new.state, "draft")
            self.assertEqual(new.booking_ids.payment_status, "draft")
            self.assertIn("paid already", new.booking_ids.payment_next_step)
            with self.assertRaisesRegex(UserError, "settled already"):
                self.send(new)
            new.action_complete_invoice()
            self.assertEqual(self.after(new).booking_status, "paid")

    def test_message_and_page_ask_for_the_difference(self):
        for move, way in self.moves():
            self.pay(move)
            new = way(move)
            new.booking_ids.price = 1500
            self.assertEqual(new.amount_residual, 250)
            self.send(new)
            with self.mock_mail_gateway():
                self.send_due()
                [mail] = self._mails
            self.assertIn("250", mail["body"])
            self.assertNotIn("1,500", mail["body"])
            line = new.payment_message_line_ids
            self.assertEqual((line.amount_total, line.amount), (1500, 250))
            self.complete_delivered()
            self.assertEqual(new.state, "posted")
            self.assertEqual(new.amount_residual, 250)
            words = ("$ 250.00", "$ 1,250.00 of $ 1,500.00 is paid")
            self.assert_page(new, "partly_paid", *words)
            self.assert_page(move, "replaced", "See the new invoice")

    def test_more_was_paid_than_the_new_one_costs(self):
        move = self.given
        self.pay(move)
        payment = move.reconciled_payment_ids
        new = self.by_our_button(move)
        new.with_user(self.accountant).invoice_line_ids.price_unit = 1000
        self.complete_delivered()
        self.assertEqual((new.state, new.amount_residual), ("draft", 0))
        new.action_complete_invoice()
        self.assertEqual(self.after(new).booking_status, "paid")
        open_lines = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(open_lines.amount_residual, -250)

    def test_partly_paid_and_partly_credited(self):
        move = self.given
        self.credit(move, 250)
        self.pay(move, amount=400)
        new = self.by_our_button(move)
        self.assertEqual(self.credited(move), 1250)
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(new.amount_residual, 850)

    def test_paid_and_then_partly_credited(self):
        """What waits to be paid back and what is asked for anew is the same money."""
        for is_paid_back, left in ((False, 0), (True, 250)):
            with self.subTest(is_paid_back=is_paid_back), self.undone():
                move = self.given
                self.pay(move)
                self.credit(move, 250)
                note = move.reversal_move_ids
                if is_paid_back:
                    self.pay(note)
                new = self.by_our_button(move)
                self.assertEqual(self.credited(move), 1250)
                self.assertEqual(move.amount_residual, 0)
                self.assertEqual(note.amount_residual, 0)
                self.assertEqual(new.amount_residual, left)

    def test_another_payer_does_not_get_what_the_first_paid(self):
        move = self.given
        self.pay(move)
        new = self.by_our_button(move)
        new.booking_ids.payer_id = self.env["res.partner"].create({"name": "Employer"})
        self.assertEqual(new.amount_residual, 1250)

    def test_difference_paid_at_the_desk_completes_it(self):
        move = self.given
        self.pay(move)
        new = self.by_our_button(move)
        new.booking_ids.price = 1500
        self.pay(new)
        self.complete_delivered()
        self.assertEqual((new.state, new.payment_state), ("posted", "paid"))

    # === WHO IS ASKED TO CREDIT === #

    def cancelled(self):
        """Return the completed invoice of an appointment that was cancelled."""
        move = self.posted()
        self.as_practitioner(move.booking_ids.event_id).active = False
        return move

    def test_who_can_credit_is_asked(self):
        move = self.cancelled()
        asked = move.activity_ids.user_id
        self.assertTrue(asked.has_group("account.group_account_invoice"))
        self.assertIn(self.company, asked.company_ids)

    def test_responsible_person_is_asked_who_can(self):
        other = self.hire(
            "other_accountant", "base.group_user", "account.group_account_invoice"
        )
        self.company.payments_responsible_id = other
        self.assertEqual(self.cancelled().activity_ids.user_id, other)

    def test_activity_ends_when_it_is_credited(self):
        for way in (self.by_our_button, self.by_odoo_s, self.refund_whole):
            with self.subTest(way=way.__name__):
                move = self.cancelled()
                self.assertTrue(move.activity_ids)
                self.pay(move)
                self.assertTrue(move.activity_ids)
                way(move)
                self.assertFalse(move.activity_ids)

    def refund_whole(self, move):
        self.credit(move, 1250)
        self.after(move)

    def test_activity_stays_when_some_of_it_is_credited(self):
        move = self.cancelled()
        self.credit(move, 400)
        self.assertTrue(move.activity_ids)
        self.credit(move, 850)
        self.assertFalse(move.activity_ids)

    # === WHAT THE PORTAL SAYS === #

    def test_page_of_a_credit_note_says_what_it_is(self):
        move = self.given
        self.credit(move, 1250)
        note = move.reversal_move_ids
        note._portal_ensure_token()
        self.env.flush_all()
        page = self.url_open(note.get_portal_url()).text
        self.assertIn("Credit note", page)
        self.assertNotIn('name="invoice_paid_badge"', page)
        page = self.url_open(move.get_portal_url()).text
        self.assertIn('name="payments_badge"', page)
        self.assertNotIn('name="invoice_paid_badge"', page)

    def test_pay_page_of_a_credit_note_says_what_it_is(self):
        move = self.given
        note = self.credit(move, 1250)
        note.sudo()._ensure_pay_token()
        page = self.assert_page(note, "credit_note", "This is a credit note", note.name)
        self.assertNotIn("Paid", page)
        self.assertFalse(note.sudo().booking_status)
        self.assertEqual(move.booking_status, "credited")

    def test_page_of_a_paid_invoice_says_so(self):
        move = self.given
        self.pay(move)
        self.env.flush_all()
        page = self.url_open(move.get_portal_url()).text
        self.assertIn('name="invoice_paid_badge"', page)
