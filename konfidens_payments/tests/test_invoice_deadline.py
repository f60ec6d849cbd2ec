from ast import literal_eval
from datetime import date, datetime

from lxml import etree

from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from .run_common import RunCommon


@freeze_time("2026-12-15 09:00:00")
@tagged("post_install", "-at_install")
class TestInvoiceDeadline(RunCommon):
    """What waits longer to be invoiced than the law lets it is seen."""

    def at(self, *day, **values):
        """Return the booking of an appointment with a service, on this day."""
        start = datetime(*day, 9)
        return self.booking_of(
            self.book(
                service_id=self.service.id,
                start=start,
                stop=start.replace(hour=10),
                **values,
            )
        )

    def listed(self, name):
        """Return the bookings that a filter of the list finds."""
        view = self.env["konfidens.payment.booking"].get_view(
            self.env.ref("konfidens_payments.view_booking_search").id, "search"
        )
        [node] = etree.fromstring(view["arch"]).xpath(f"//filter[@name='{name}']")
        bookings = self.env["konfidens.payment.booking"].with_user(self.practitioner)
        return bookings.search(Domain(literal_eval(node.get("domain")))).sudo()

    def test_a_month_after_the_appointment(self):
        booking = self.at(2026, 12, 31)
        self.assertEqual(booking.invoice_deadline, date(2027, 1, 31))

    def test_where_the_practice_is(self):
        booking = self.at(2026, 12, 8)
        booking.event_id.write(
            {"start": datetime(2026, 12, 8, 23, 30), "stop": datetime(2026, 12, 9)}
        )
        self.assertEqual(booking.invoice_deadline, date(2027, 1, 9))

    def test_filters(self):
        late = self.at(2026, 11, 14)
        last_day = self.at(2026, 11, 15)
        week = self.at(2026, 11, 22)
        fresh = self.at(2026, 11, 23)
        elsewhere = self.at(2026, 11, 1, invoicing_method="external")
        invoiced = self.at(2026, 11, 2)
        invoiced.action_create_invoice()
        drafted = self.at(2026, 11, 3)
        drafted.action_create_invoice()
        invoiced.invoice_id.action_complete_invoice()
        everything = late + last_day + week + fresh + elsewhere + invoiced + drafted
        self.assertEqual(self.listed("late") & everything, late + drafted)
        self.assertEqual(
            self.listed("invoice_soon") & everything, late + last_day + week + drafted
        )
        self.assertFalse(elsewhere.invoice_deadline)
        self.assertFalse(invoiced.invoice_deadline)

    def test_needs_attention_lists_it(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "konfidens_payments.action_attention"
        )
        self.assertIn("search_default_late", action["context"])
        late = self.at(2026, 11, 14)
        self.assertIn(
            late, self.listed("late").filtered_domain(literal_eval(action["domain"]))
        )

    def test_rehearsal_counts_it(self):
        old = self.at(2026, 11, 14, invoicing_method="external")
        new = self.at(2026, 11, 16, invoicing_method="external")
        run = self.env["konfidens.payment.run"]._prepare(old + new)
        self.assertEqual((run.billable_count, run.late_count), (2, 1))
        action = run.with_context(konfidens_payments_group="late").action_view_group()
        bookings = self.env["konfidens.payment.booking"].search(action["domain"])
        self.assertEqual(bookings, old)
