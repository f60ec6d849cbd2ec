from datetime import datetime

from .common import PaymentsCommon


class RunCommon(PaymentsCommon):
    """Externally billed bookings, and a run that bills them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_payer = cls.env["res.partner"].create(
            {"name": "Nora Parent", "email": "nora@example.com"}
        )

    @classmethod
    def book_many(cls, count, start=None, **values):
        """Return externally billed bookings, one for each hour from `start` on."""
        events = cls.book_hourly(
            count,
            start or datetime(2026, 3, 2, 8, 0),
            **{
                "service_id": cls.service.id,
                "invoicing_method": "external",
                **values,
            },
        )
        bookings = cls.booking_of(events)
        if values.get("price") == 0:  # a form sends it of a price that nobody typed
            bookings.price = 0.0
        cls.env.flush_all()
        return bookings

    @classmethod
    def prepare(cls, bookings, **choices):
        """Return the rehearsal for these bookings."""
        action = bookings.action_prepare_billing_run()
        run = bookings.env[action["res_model"]].browse(action["res_id"])
        if choices:
            run.write(choices)
        return run

    def start(self, bookings, **choices):
        """Return a run for these bookings, done if they are few."""
        run = self.prepare(bookings, **choices)
        run.action_run()
        self.env.flush_all()
        self.env.invalidate_all()
        return run

    def run_in_background(self):
        self.run_cron("run")

    def left_out(self, run):
        """Return how many a run, or its form, leaves out for which reason."""
        return {row["reason"]: row["count"] for row in run.left_out or []}

    def results(self, run):
        """Return the results of a run by booking: {booking: (result, reason)}."""
        return {
            line.booking_id: (line.result, line.reason) for line in run.sudo().line_ids
        }
