from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon

AMOUNTS = ("amount_billed", "amount_paid", "amount_due")


class FiguresCommon(PaymentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.hire(
            "head", "base.group_user", "konfidens_payments.group_payments_manager"
        )
        cls.colleague = cls.hire(
            "colleague",
            "base.group_user",
            "konfidens_payments.group_payments_user",
            name="Cora Colleague",
        )
        cls.bookings = cls.env["konfidens.payment.booking"]

    def invoice(self, completed="2026-11-01", **values):
        """Return an invoice that was completed on a day, due 14 days later."""
        with freeze_time(f"{completed} 09:00:00"):
            move = self.draft(**values)
            move.action_complete_invoice()
        self.env.flush_all()
        return move

    def pay_some(self, move, amount):
        self.pay(move, amount=amount)
        self.env.flush_all()

    def credit_draft(self, move):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        return wizard.new_move_ids

    def credit(self, move, amount=None):
        note = self.credit_draft(move)
        if amount:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        self.env.flush_all()


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestFigures(FiguresCommon):
    """What was invoiced, paid and is open: of bookings, and of their invoices."""

    def amounts(self, bookings):
        return [tuple(booking[name] for name in AMOUNTS) for booking in bookings]

    def groups(self, model, by, aggregates, domain=(), user=None):
        """Return the rows that a table of this user shows."""
        records = self.env[model].with_user(user or self.head)
        ours = Domain(domain) & Domain("company_id", "=", self.company.id)
        return records.formatted_read_group(ours, [by], aggregates)

    # === AMOUNTS === #

    def test_from_the_draft_until_it_is_paid(self):
        move = self.draft()
        booking = move.booking_ids
        self.assertEqual(self.amounts(booking), [(0, 0, 1250)])
        self.assertFalse(booking.due_date)
        move.action_complete_invoice()
        self.assertEqual(self.amounts(booking), [(1250, 0, 1250)])
        self.assertEqual(booking.due_date, move.invoice_date_due)
        self.pay_some(move, 500)
        self.assertEqual(self.amounts(booking), [(1250, 500, 750)])
        self.assertEqual(booking.payment_status, "partial")
        self.pay_some(move, 750)
        self.assertEqual(self.amounts(booking), [(1250, 1250, 0)])
        self.assertFalse(booking.due_date)

    def test_what_is_credited_is_not_invoiced(self):
        before, after, part = (self.invoice() for _each in range(3))
        self.pay_some(after, 1250)
        for move in (before, after):
            self.credit(move)
        self.credit(part, 250)
        bookings = (before + after + part).booking_ids.sorted("id")
        self.assertEqual(self.amounts(bookings)[:2], [(0, 0, 0), (0, 0, 0)])
        self.assertEqual(part.booking_ids.amount_billed, 1000)

    def test_externally_billed_is_not_invoiced_here(self):
        move = self.invoice()
        move.externally_billed = True
        self.assertEqual(move.booking_ids.amount_billed, 0)

    def for_several(self):
        """Return a draft for three appointments, and their bookings."""
        first, second, third = (
            self.draft(
                start=datetime(2026, 11, day, 9), stop=datetime(2026, 11, day, 10)
            )
            for day in (10, 11, 12)
        )
        bookings = (first + second + third).booking_ids.sorted("id")
        (second + third).button_cancel()
        for booking in bookings[1:]:
            first.invoice_line_ids.filtered("booking_id")[0].copy(
                {"move_id": first.id, "booking_id": booking.id}
            )
        self.assertEqual(first.booking_ids.sorted("id"), bookings)
        return first, bookings

    def test_an_invoice_for_several_bookings_is_shared_by_them(self):
        first, bookings = self.for_several()
        # which is not part of any of them
        first.invoice_line_ids = [
            Command.create({"name": "Report", "quantity": 1, "price_unit": 0.01})
        ]
        self.env.flush_all()
        first.action_complete_invoice()
        self.pay_some(first, 1000)
        self.assertEqual(first.amount_total, 3750.01)
        for name, whole in zip(AMOUNTS, (3750.01, 1000, 2750.01), strict=True):
            shares = bookings.mapped(name)
            self.assertAlmostEqual(sum(shares), whole, places=2)
            self.assertLess(max(shares) - min(shares), 0.02)

    def test_what_is_credited_of_several_is_taken_off_that_one(self):
        """Also where an accountant credits one line of it, and part of another."""
        move, bookings = self.for_several()
        move.action_complete_invoice()
        note = self.credit_draft(move)
        lines = note.invoice_line_ids.grouped("credited_booking_id")
        lines[bookings[1]].price_unit = 250
        lines[bookings[2]].unlink()
        note.action_post()
        self.env.flush_all()
        self.assertEqual(
            self.amounts(bookings), [(0, 0, 0), (1000, 0, 1000), (1250, 0, 1250)]
        )
        self.pay_some(move, 900)
        self.assertEqual(
            self.amounts(bookings), [(0, 0, 0), (1000, 400, 600), (1250, 500, 750)]
        )
        # what is left is credited with the lines of those whose it is
        move.action_credit_and_invoice_anew()
        self.env.flush_all()
        credits = move.reversal_move_ids.invoice_line_ids.grouped("credited_booking_id")
        for booking in bookings:
            self.assertEqual(sum(credits[booking].mapped("price_total")), 1250)

    # === HOW OVERDUE === #

    def test_classes_of_what_is_overdue(self):
        completed = {
            "2026-11-08": "0",  # due today
            "2026-11-07": "1",
            "2026-10-25": "1",
            "2026-10-24": "15",
            "2026-09-27": "15",
            "2026-09-26": "43",
        }
        moves = [self.invoice(day) for day in completed]
        paid = self.invoice("2026-09-01")
        self.pay_some(paid, 1250)
        draft = self.draft()
        for model, records in (
            ("account.move", moves),
            ("konfidens.payment.booking", [move.booking_ids for move in moves]),
        ):
            with self.subTest(model=model):
                self.assertEqual(
                    [record.overdue for record in records], list(completed.values())
                )
                self.env.flush_all()
                rows = self.groups(model, "overdue", ["__count"])
                counts = {row["overdue"]: row["__count"] for row in rows}
                self.assertEqual(
                    {key: counts[key] for key in ("0", "1", "15", "43")},
                    {"0": 1, "1": 2, "15": 2, "43": 1},
                )
                self.assertGreaterEqual(counts[False], 2)
                for key in ("0", "1", "15", "43", False):
                    found = (
                        self.env[model]
                        .with_user(self.head)
                        .search(
                            [
                                ("company_id", "=", self.company.id),
                                ("overdue", "=", key),
                            ]
                        )
                    )
                    self.assertEqual(len(found), counts[key])
        self.assertFalse(paid.booking_ids.overdue)
        self.assertFalse(draft.booking_ids.overdue)

    def test_the_first_instalment_is_overdue(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (5, 60)
                ],
            }
        )
        self.client.property_payment_term_id = term
        move = self.invoice("2026-11-10")
        booking = move.booking_ids
        self.assertEqual(booking.due_date, date(2026, 11, 15))
        self.assertEqual((booking.overdue, move.overdue), ("1", "1"))
        self.assertIn("11/15/2026", booking.payment_next_step)
        self.pay_some(move, 625)
        self.assertEqual(booking.due_date, date(2027, 1, 9))
        self.assertEqual((booking.overdue, move.overdue), ("0", "0"))

    # === GRAPHS AND TABLES === #

    def test_each_question_has_its_row(self):
        mine = self.invoice()
        self.pay_some(mine, 1250)
        theirs = self.invoice(
            user_id=self.colleague.id,
            partner_ids=[Command.set((self.client + self.colleague.partner_id).ids)],
        )
        measures = [f"{name}:sum" for name in AMOUNTS]
        rows = self.groups("konfidens.payment.booking", "user_id", measures)
        figures = {
            row["user_id"][0]: tuple(row[measure] for measure in measures)
            for row in rows
        }
        self.assertEqual(figures[self.practitioner.id], (1250, 1250, 0))
        self.assertEqual(figures[self.colleague.id], (1250, 0, 1250))
        for by in (
            "start:month",
            "client_id",
            "payer_id",
            "service_id",
            "invoicing_method",
            "company_id",
            "payment_status",
            "overdue",
        ):
            with self.subTest(by=by):
                rows = self.groups("konfidens.payment.booking", by, measures)
                self.assertEqual(sum(row["amount_billed:sum"] for row in rows), 2500)
                self.assertEqual(sum(row["amount_due:sum"] for row in rows), 1250)
        self.assertEqual(theirs.booking_ids.user_id, self.colleague)

    def test_a_practitioner_sees_the_own_figures(self):
        self.invoice()
        self.invoice(
            user_id=self.colleague.id,
            partner_ids=[Command.set((self.client + self.colleague.partner_id).ids)],
        )
        for user in (self.practitioner, self.colleague):
            with self.subTest(user=user.name):
                for model, measure in (
                    ("konfidens.payment.booking", "amount_due:sum"),
                    ("account.move", "amount_residual_signed:sum"),
                ):
                    rows = self.groups(model, "overdue", [measure], user=user)
                    self.assertEqual([row[measure] for row in rows], [1250])

    def test_views_of_the_figures(self):
        action = self.env.ref("konfidens_payments.action_figures")
        for _view_id, view_type in action.with_user(self.practitioner).sudo().views:
            view = self.bookings.with_user(self.practitioner).get_view(
                view_type=view_type
            )
            self.assertIn(f"<{view_type}", view["arch"])


@freeze_time("2026-11-25 09:00:00")  # a Wednesday
@tagged("post_install", "-at_install")
class TestToday(FiguresCommon):
    """The first page of *Payments*."""

    def today(self, user=None):
        """Return how many and how much the page tells a user, by its cards."""
        bookings = self.bookings.with_user(user or self.head)
        cards = bookings.with_company(self.company).get_payments_today()["cards"]
        for card in cards:
            action = card["action"]
            listed = bookings.with_context(**action["context"])
            self.assertEqual(listed.search_count(action["domain"]), card["count"])
            self.assertEqual(action["name"], card["label"])
        return {card["name"]: (card["count"], card["amount"]) for card in cards}

    def test_what_matters_today(self):
        nothing = (0, "")
        empty = dict.fromkeys(
            ("to_invoice", "to_send", "attention", "overdue", "paid"), nothing
        )
        self.assertEqual(self.today(), empty)
        self.book(service_id=self.service.id)
        self.book(
            service_id=self.service.id,
            start=datetime(2026, 12, 1, 9),
            stop=datetime(2026, 12, 1, 10),
        )  # to come
        self.draft()
        self.invoice("2026-11-20")  # not due
        self.invoice("2026-11-01")
        with freeze_time("2026-11-20 09:00:00"):
            self.pay_some(self.invoice("2026-11-02"), 1250)  # last week
        self.pay_some(self.invoice("2026-11-02"), 1250)
        some = (1, "$\xa01,250.00")
        self.assertEqual(
            self.today(),
            {
                **empty,
                "to_invoice": some,
                "to_send": some,
                "overdue": some,
                "paid": some,
            },
        )

    def test_what_needs_attention(self):
        move = self.draft()
        message = self.send(move)
        message.sudo()._fail("No such address")
        late = self.book(
            service_id=self.service.id,
            start=datetime(2026, 10, 1, 9),
            stop=datetime(2026, 10, 1, 10),
        )
        self.env.flush_all()
        self.assertEqual(self.today()["attention"][0], 2)
        self.assertEqual(self.booking_of(late).payment_status, "to_invoice")

    def test_each_sees_the_own(self):
        self.draft()
        self.assertEqual(self.today(self.practitioner)["to_send"][0], 1)
        self.assertEqual(self.today(self.colleague)["to_send"][0], 0)
        self.assertEqual(self.today(self.accountant)["to_send"][0], 1)
        nobody = self.hire("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.bookings.with_user(nobody).get_payments_today()

    def test_few_queries_however_many_bookings(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            self.today()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.bookings.with_user(self.head).get_payments_today()
            return self.env.cr.sql_log_count - before

        few = count()
        for _each in range(5):
            self.draft()
        self.assertLessEqual(count(), few)
