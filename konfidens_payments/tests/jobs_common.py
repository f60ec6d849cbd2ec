from datetime import timedelta

from ..models.watch import jobs
from .common import PaymentsCommon


class JobsCommon(PaymentsCommon):
    """A practice whose jobs run, until a test says otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what a database with demo data has
        cls.env["konfidens.payment.message"].search([]).unlink()
        cls.env["konfidens.payment.run"].search([]).state = "cancelled"
        cls.booking_model = cls.env["konfidens.payment.booking"]

    def setUp(self):
        super().setUp()
        # this server has been running for long
        self.patch(jobs, "_started", float("-inf"))
        for name in jobs.JOBS:
            self.set_job(name)

    def set_job(self, name, active=True, ago=None, failures=0):
        """Let a job be so since its last run.

        :param ago: how long ago it ran last, a timedelta; default: a minute
        """
        ago = ago or timedelta(minutes=1)
        job = self.env.ref(f"konfidens_payments.ir_cron_{name}")
        self.env.cr.execute(
            "UPDATE ir_cron SET active = %s, lastcall = %s, nextcall = %s,"
            " failure_count = %s WHERE id = %s",
            [
                active,
                self.now() - ago,
                self.now() - ago + timedelta(minutes=5),
                failures,
                job.id,
            ],
        )
        self.env.cr.execute("DELETE FROM ir_cron_progress WHERE cron_id = %s", [job.id])
        self.env.invalidate_all()

    def stop_all(self, ago=timedelta(days=1)):
        """Let no job have run for so long."""
        for name in jobs.JOBS:
            self.set_job(name, ago=ago)

    def note_progress(self, name, ago, done=1):
        """Let a job have done something so long ago."""
        self.env.cr.execute(
            "INSERT INTO ir_cron_progress (cron_id, done, remaining, write_date)"
            " VALUES (%s, %s, 100, %s)",
            [
                self.env.ref(f"konfidens_payments.ir_cron_{name}").id,
                done,
                self.now() - ago,
            ],
        )

    def due_since(self, ago, **values):
        """Return a scheduled message that was due so long ago."""
        message = self.send(self.draft(), **values)
        message.sudo().scheduled_date = self.now() - ago
        return message

    def get_words(self, user=None):
        """Return what somebody reads who opens Payments."""
        bookings = self.booking_model.with_user(user or self.practitioner)
        return " ".join(notice["text"] for notice in bookings.get_payment_notices())

    def assert_told(self, *words):
        text = self.get_words()
        for word in words:
            self.assertIn(word, text)

    def assert_nothing_told(self):
        self.assertEqual(self.booking_model.get_payment_notices(), [])
