from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from ..tools import quietly
from .changes_common import ChangesCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestFollows(ChangesCommon):
    """What follows the appointment and its price, and what stays."""

    given_by = "automatic"

    def automatic(self):
        return self.booking_of(
            self.book(service_id=self.service.id, invoicing_method="automatic")
        )

    def move_to(self, event, day):
        event.write(
            {"start": datetime(2026, 11, day, 9), "stop": datetime(2026, 11, day, 10)}
        )

    # === THE AMOUNT OF A SCHEDULED MESSAGE === #

    def test_scheduled_message_shows_the_amount_of_today(self):
        changes = {
            "price": lambda booking: booking.write({"price": 900.0}),
            "service": lambda booking: booking.write({"service_id": self.short.id}),
            "discount on the draft": lambda booking: (
                booking.invoice_id.invoice_line_ids.write({"discount": 50.0})
            ),
            "further line": lambda booking: booking.invoice_id.write(
                {
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Report", "price_unit": 200.0, "tax_ids": False}
                        )
                    ]
                }
            ),
        }
        for (name, change), amount in zip(
            changes.items(), (900.0, 600.0, 625.0, 1450.0), strict=True
        ):
            with self.subTest(change=name):
                booking = self.automatic()
                message = booking.invoice_id.payment_message_ids
                self.assertEqual(message.amount, 1250.0)
                change(booking)
                self.assertEqual(booking.invoice_id.amount_total, amount)
                self.assertEqual(message.amount, amount)
                self.assertEqual(message.line_ids.amount_total, amount)

    def test_scheduled_message_of_what_is_partly_paid_asks_for_the_rest(self):
        move = self.given.invoice_id
        move.action_complete_invoice()
        self.pay(move, amount=1000.0)
        line = move.payment_message_ids.line_ids
        self.assertEqual((line.amount_total, line.amount), (1250.0, 250.0))

    def test_scheduled_message_follows_the_currency(self):
        move = self.given.invoice_id
        euro = self.env.ref("base.EUR")
        euro.active = True
        move.currency_id = euro
        message = move.payment_message_ids
        self.assertEqual(
            (message.currency_id, message.line_ids.currency_id), (euro,) * 2
        )

    def test_what_was_told_stays(self):
        move = self.given.invoice_id
        message = move.payment_message_ids
        message.action_send_now()
        with self.mock_mail_gateway():
            self.send_due()
        line = message.line_ids
        self.assertEqual(message.state, "sent")
        # past all that guards it
        quietly(move.sudo()).write(
            {
                "invoice_line_ids": [
                    Command.update(move.invoice_line_ids.id, {"price_unit": 1.0})
                ]
            }
        )
        self.assertEqual(move.amount_total, 1.0)
        self.assertEqual((line.amount_total, line.amount), (1250.0, 1250.0))

    # === ITS TIME === #

    def test_duration_alone_moves_the_message(self):
        for hours, end in ((2.0, (11, 15)), (0.5, (9, 45))):
            with self.subTest(hours=hours):
                booking = self.automatic()
                booking.event_id.write({"duration": hours})
                self.env.flush_all()
                self.assertEqual(
                    booking.invoice_id.payment_message_ids.scheduled_date,
                    datetime(2026, 11, 10, *end),
                )

    # === THE TEXT OF THE LINE === #

    def test_line_follows_whatever_else_changed_before(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        colleague = self.hire(
            "colleague", "base.group_user", name="Tor", tz="America/New_York"
        )
        twin = self.client.copy({"email": "kari@example.com"})

        def merge(booking):
            self.env["base.partner.merge.automatic.wizard"]._merge(
                [self.client.id, twin.id], twin
            )

        changes = {
            "language": lambda booking: self.client.write({"lang": "nb_NO"}),
            "time zone": lambda booking: self.practitioner.write({"tz": "Asia/Tokyo"}),
            "practitioner": lambda booking: quietly(booking.sudo()).write(
                {"user_id": colleague.id}
            ),
            "price": lambda booking: booking.write({"price": 900.0}),
            "merge": merge,
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                booking = self.automatic()
                change(booking)
                self.env.flush_all()
                self.env.invalidate_all()
                self.move_to(booking.event_id, 12)
                line = booking.invoice_id.invoice_line_ids
                self.assertEqual(line.name, booking._get_invoice_label())
                self.assertIn("12", line.name)
                self.assertNotIn("November 10", line.name)

    def test_line_is_not_written_anew_where_nothing_of_it_changed(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        line = self.automatic().invoice_id.invoice_line_ids
        before = line.name
        self.client.lang = "nb_NO"
        line.booking_id.event_id.write({"partner_ids": [Command.link(self.other.id)]})
        self.assertEqual(line.name, before)

    def test_text_that_a_person_wrote_stays(self):
        def by_form(line):
            with (
                Form(line.move_id.with_user(self.accountant)) as form,
                form.invoice_line_ids.edit(0) as edited,
            ):
                edited.name = "As agreed"

        for name, write in (
            ("line", lambda line: line.write({"name": "As agreed"})),
            (
                "invoice",
                lambda line: line.move_id.write(
                    {
                        "invoice_line_ids": [
                            Command.update(line.id, {"name": "As agreed"})
                        ]
                    }
                ),
            ),
            ("form", by_form),
        ):
            with self.subTest(written_on=name):
                line = self.automatic().invoice_id.invoice_line_ids
                write(line)
                self.client.lang = False
                self.move_to(line.booking_id.event_id, 12)
                self.assertEqual(line.name, "As agreed")
                line.booking_id.service_id = self.short
                self.assertEqual(line.name, "As agreed")

    def test_text_that_a_person_took_back_follows_again(self):
        line = self.given.invoice_id.invoice_line_ids
        label = line.name
        for back in (label, False):
            line.name = "As agreed"
            line.name = back
            self.move_to(line.booking_id.event_id, 12)
            self.assertIn("November 12", line.name)
            self.move_to(line.booking_id.event_id, 10)
            self.assertEqual(line.name, label)

    def test_form_that_is_saved_writes_no_text(self):
        line = self.given.invoice_id.invoice_line_ids
        with Form(line.move_id.with_user(self.accountant)) as form:
            form.ref = "By the way"
            with form.invoice_line_ids.edit(0) as edited:
                edited.discount = 10.0
        self.move_to(line.booking_id.event_id, 12)
        self.assertIn("November 12", line.name)

    # === ITS COMPANY === #

    def test_company_of_what_is_billed_is_fixed(self):
        other = self.setup_other_company(name="Praksis Sor")["company"]
        self.practitioner.company_ids += other
        self.env.user.company_ids += other
        both = self.env.user.company_ids.ids
        writers = {
            "user": lambda booking: booking.with_context(allowed_company_ids=both),
            "system": lambda booking: booking.sudo(),
            "quietly": lambda booking: quietly(booking.sudo()),
        }
        for name, bill in (
            ("draft", lambda booking: None),
            (
                "completed",
                lambda booking: booking.invoice_id.action_complete_invoice(),
            ),
        ):
            for writer, of_writer in writers.items():
                with self.subTest(invoice=name, writer=writer):
                    booking = self.automatic()
                    bill(booking)
                    with (
                        self.assertRaisesRegex(UserError, "has an invoice of|fixed"),
                        self.cr.savepoint(),
                    ):
                        of_writer(booking).company_id = other
                    self.assertEqual(booking.company_id, self.company)
