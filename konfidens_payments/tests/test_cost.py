from datetime import datetime, timedelta
from unittest.mock import patch

from lxml import etree

from odoo import sql_db
from odoo.fields import Command
from odoo.tests import tagged

from .group_common import GroupCommon

BOOKING = "konfidens.payment.booking"


def source(call):
    """Return the template that a call of `_generate_code` compiles, as text."""
    template = call.args[1]
    return etree.tostring(template, encoding="unicode") if len(template) else ""


@tagged("post_install", "-at_install")
class TestCost(GroupCommon):
    """Screens take as many queries for many bookings as for a few."""

    def bookings(self, count, start, clients, method="automatic"):
        """Return the bookings of so many appointments, each with these clients."""
        service = self.service if len(clients) == 1 else self.group_service
        events = self.book_hourly(
            count,
            start,
            partner_ids=[Command.set(clients.ids)],
            service_id=service.id,
            invoicing_method=method,
        )
        return self.booking_of(events)

    def queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        return self.cr.sql_log_count - before

    def specification(self, model, view_type):
        """Return what the web client asks for to show a view."""
        fields = self.env[model].get_view(view_type=view_type)["models"][model]
        specification = {}
        for name in fields:
            field = self.env[model]._fields[name]
            relational = field.type in ("many2one", "many2many", "one2many")
            specification[name] = {"fields": {"display_name": {}}} if relational else {}
        return specification

    def assert_calendar_week(self, model, shown, few, many):
        """Check that two weeks are shown by the same number of queries.

        :param shown: a field that the calendar shows of each
        """
        specification = self.specification(model, "calendar")
        self.assertIn(shown, specification)
        records = self.as_practitioner(self.env[model])

        def week(monday):
            found = records.web_search_read(
                [("start", ">=", monday), ("start", "<", monday + timedelta(days=7))],
                specification,
            )
            self.assertTrue(all(row[shown] for row in found["records"]))

        self.queries(lambda: week(few))  # warm
        self.assertEqual(
            self.queries(lambda: week(many)), self.queries(lambda: week(few))
        )

    def test_calendar_week(self):
        few, many = datetime(2027, 1, 4), datetime(2027, 1, 11)
        self.bookings(5, few, self.client)
        self.bookings(60, many, self.client)
        self.assert_calendar_week(
            "calendar.event", "payment_next_step", few=few, many=many
        )
        self.assert_calendar_week(BOOKING, "payment_status", few=few, many=many)

    def test_calendar_week_of_groups(self):
        few, many = datetime(2027, 1, 4), datetime(2027, 1, 11)
        self.bookings(3, few, self.strangers)
        self.bookings(20, many, self.strangers)
        self.assert_calendar_week(
            "calendar.event", "payment_status", few=few, many=many
        )
        self.assert_calendar_week(BOOKING, "payment_status", few=few, many=many)

    def test_client_form(self):
        long = self.env["res.partner"].create(
            {"name": "Long", "email": "l@example.com"}
        )
        self.bookings(3, datetime(2027, 1, 4), self.client, "external")
        self.bookings(3, datetime(2027, 2, 1), self.client)
        self.bookings(100, datetime(2027, 1, 4), long, "external")
        self.bookings(40, datetime(2027, 2, 1), long)
        listed = dict.fromkeys(
            ["start", "price", "payment_status", "invoice_id", "currency_id"], {}
        )
        specification = {
            "name": {},
            "booking_count": {},
            "booking_amount_due": {},
            "active_booking_ids": {"fields": listed, "limit": 10},
            "settled_booking_ids": {"fields": listed, "limit": 10},
        }

        def form(client):
            return self.as_practitioner(client).web_read(specification)

        for warmed in (long, self.client):
            form(warmed)
        self.assertEqual(
            self.queries(lambda: form(long)), self.queries(lambda: form(self.client))
        )
        [row] = form(long)
        self.assertEqual(row["booking_count"], 140)
        self.assertEqual(len(row["settled_booking_ids"]), 40)

    def test_sending_and_completing(self):
        def queries(count, monday):
            bookings = self.bookings(count, monday, self.client, "manual")
            bookings.action_create_invoice()
            self.send(bookings.invoice_id)
            costs = []
            for name in ("send_due", "complete_delivered"):
                before = sql_db.sql_counter
                with self.mock_mail_gateway():
                    self.run_cron(name)
                costs.append(sql_db.sql_counter - before)
            self.assertEqual(set(bookings.mapped("payment_status")), {"unpaid"})
            return costs

        queries(1, datetime(2027, 1, 4))  # warm
        few = queries(2, datetime(2027, 1, 11))
        many = queries(12, datetime(2027, 1, 18))
        sending, completing = (
            (more - less) / 10 for more, less in zip(many, few, strict=True)
        )
        # each mail is sent and committed for itself
        self.assertLess(sending, 20)
        self.assertLess(completing, 35)

    def test_template_is_compiled_once_for_all_mails(self):
        bookings = self.bookings(3, datetime(2027, 2, 1), self.client, "manual")
        bookings.action_create_invoice()
        self.send(bookings.invoice_id)
        compile_ = type(self.env["ir.qweb"])._generate_code
        with (
            patch.object(
                type(self.env["ir.qweb"]), "_generate_code", autospec=True
            ) as compiled,
            self.mock_mail_gateway(),
        ):
            compiled.side_effect = compile_
            self.send_due()
        texts = [
            call for call in compiled.call_args_list if "See and pay" in source(call)
        ]
        # once to see whether it is safe, once for all mails
        self.assertEqual(len(texts), 2)
        self.assertEqual(len({mail["body"] for mail in self._mails}), 3)

    def test_amount_due(self):
        unpaid = self.bookings(2, datetime(2027, 2, 1), self.client)
        self.assertEqual(self.client.booking_amount_due, 0.0)
        unpaid.invoice_id.action_complete_invoice()
        self.client.invalidate_recordset()
        self.assertEqual(self.as_practitioner(self.client).booking_amount_due, 2500.0)

    def test_list_of_what_needs_attention(self):
        few = self.bookings(3, datetime(2027, 1, 4), self.client)
        many = self.bookings(40, datetime(2027, 2, 1), self.client)
        messages = (few + many).invoice_id.payment_message_ids
        messages.sudo()._fail("No such mailbox.")
        specification = self.specification(BOOKING, "list")
        for name in ("payment_next_step", "can_send_again", "has_other_channel"):
            self.assertIn(name, specification)

        def look(bookings):
            found = self.as_practitioner(self.env[BOOKING]).web_search_read(
                [("id", "in", bookings.ids), ("payment_status", "=", "attention")],
                specification,
            )
            self.assertEqual(found["length"], len(bookings))
            self.assertTrue(found["records"][0]["can_send_again"])

        self.queries(lambda: look(few))  # warm
        self.assertEqual(
            self.queries(lambda: look(many)), self.queries(lambda: look(few))
        )
