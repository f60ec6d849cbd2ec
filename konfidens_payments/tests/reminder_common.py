from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from .common import PaymentsCommon


class ReminderCommon(PaymentsCommon):
    """A practice in Oslo that reminds of unpaid invoices since 1 November 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what a database with demo data has
        companies = cls.env["res.company"].sudo().search([])
        companies.payments_reminders_since = False
        cls.company.partner_id.tz = "Europe/Oslo"
        cls.company.payments_reminders_since = "2026-11-01"
        cls.levels = cls.company.sudo().payments_reminder_ids
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )
        cls.other_client = cls.env["res.partner"].create(
            {"name": "Ola Nordmann", "email": "ola@example.com", "lang": "en_US"}
        )

    # === TIME === #

    def at(self, moment):
        """Return a context in which it is this moment: "2026-11-24 09:00:00"."""
        return freeze_time(moment)

    def work(self):
        """Let the jobs run once; return the mails that left for payers."""
        with self.mock_mail_gateway():
            self.run_cron("remind")
            # the other jobs look for it, too, and on most days there is nothing
            if not self.env["konfidens.payment.message"].sudo()._has_unfinished():
                return []
            self.send_due()
            # not those that tell a colleague of an activity
            mails = [mail for mail in self._mails if "See and pay" in mail["body"]]
        self.complete_delivered()
        return mails

    def days(self, first, count, time="09:05:00"):
        """Let the jobs run once on each of so many days.

        :param first: a date
        :return: list of the days on which mails left, one for each mail
        """
        left = []
        with self.at(first) as clock:  # one: to freeze the time takes long
            for number in range(count):
                day = fields.Date.to_date(first) + timedelta(days=number)
                clock.move_to(f"{day} {time}")
                left += [day] * len(self.work())
        return left

    # === INVOICES === #

    def told(self, client=None, on="2026-11-10 12:00:00", **values):
        """Return an invoice that its payer was told of then: due two weeks later."""
        client = client or self.client
        guests = client + self.practitioner.partner_id
        with self.at(on):
            move = self.draft(partner_ids=[Command.set(guests.ids)], **values)
            self.send(move)
            self.work()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.payment_message_state, "delivered")
        return move

    def tell_each(self, count, on="2026-11-10 12:00:00"):
        """Return so many invoices of the client, told of one by one then."""
        with self.at(on):
            events = self.book_hourly(
                count, datetime(2026, 10, 1, 8), service_id=self.service.id
            )
            bookings = self.booking_of(events)
            bookings.action_create_invoice()
            moves = bookings.invoice_id
            self.send(moves)
            self.work()
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        return moves

    def reminders(self, moves):
        """Return the reminders of these invoices, with all rights, in their order."""
        messages = moves.sudo().payment_message_ids
        return messages.filtered(lambda one: one.kind == "reminder").sorted("id")

    def set_levels(self, *levels):
        """Let the practice remind so: pairs of days and what they are counted from."""
        self.company.sudo().payments_reminder_ids = [
            Command.clear(),
            *(
                Command.create({"sequence": number, "days": days, "after": after})
                for number, (days, after) in enumerate(levels, 1)
            ),
        ]

    def answer(self, **values):
        """Let the client write an e-mail."""
        self.env["mail.message"].sudo().create(
            {
                "author_id": self.client.id,
                "body": "I pay on Friday",
                "message_type": "email",
                **values,
            }
        )

    def bounce(self, message):
        message.sudo().notification_ids.write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )

    def move_due_date(self, move, date):
        """Let an accountant move until when an invoice is to be paid."""
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        terms.date_maturity = date
