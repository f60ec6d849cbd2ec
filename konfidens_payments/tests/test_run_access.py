from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .run_common import RunCommon

GROUP = "konfidens_payments.group_payments_"


@tagged("post_install", "-at_install")
class TestRunAccess(RunCommon):
    """Who may prepare, start and see which billing run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager, cls.colleague, cls.employee = (
            cls.hire(login, "base.group_user", *groups)
            for login, *groups in (
                ("head", f"{GROUP}manager"),
                ("colleague", f"{GROUP}user"),
                ("clerk",),
            )
        )

    def test_practitioner_bills_own_bookings(self):
        bookings = self.as_practitioner(self.book_many(2))
        run = self.start(bookings, send_mode="timing")
        self.assertEqual((run.state, run.billed_count), ("done", 2))
        Form(run)
        self.assertTrue(run.line_ids.read(["start", "payer_id", "result", "reason"]))
        run.action_undo()
        self.assertEqual(run.undone_count, 2)

    def test_practitioner_bills_nobody_elses_bookings(self):
        own, foreign = self.book_many(1), self.book_many(1, user_id=self.colleague.id)
        both = self.as_practitioner(own + foreign)
        runs = self.env["konfidens.payment.run"]
        before = runs.search_count([])
        with (
            self.assert_nothing_changes(own, foreign),
            self.assertRaisesRegex(AccessError, "your own calendar"),
            self.cr.savepoint(),
        ):
            both.event_id.action_prepare_billing_run()
        with (
            self.assert_nothing_changes(own, foreign),
            self.assertRaises(AccessError),
            self.cr.savepoint(),
        ):
            both.action_prepare_billing_run()
        for act in (
            lambda: self.as_practitioner(runs).create(
                {"booking_ids": [Command.set(foreign.ids)]}
            ),
            lambda: self.prepare(self.as_practitioner(own)).write(
                {"booking_ids": [Command.link(foreign.id)]}
            ),
        ):
            with (
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                act()
        self.assertEqual(runs.search_count([]), before)

    def test_practitioner_gets_own_bookings_of_a_client(self):
        own, foreign = self.book_many(1), self.book_many(1, user_id=self.colleague.id)
        action = self.as_practitioner(self.client).action_prepare_billing_run()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(run.booking_ids, own)
        action = self.client.with_user(self.manager).action_prepare_billing_run()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(run.booking_ids, (own + foreign).sorted("id"))

    def test_a_booking_handed_over_meanwhile_is_refused(self):
        booking = self.book_many(1)
        run = self.prepare(self.as_practitioner(booking))
        booking.event_id.user_id = self.colleague
        for act in (run.action_run, run.action_undo, run.action_cancel):
            with self.assertRaisesRegex(AccessError, "your own calendar"):
                act()
        self.assertEqual(booking.payment_status, "external")

    def test_managers_and_accountants_bill_all(self):
        for user in (self.manager, self.accountant):
            booking = self.book_many(1, privacy="private").with_user(user)
            run = self.start(booking)
            self.assertEqual(run.billed_count, 1)
            Form(run)

    def test_employees_bill_nothing(self):
        booking = self.book_many(1, user_id=self.employee.id)
        with self.assertRaisesRegex(AccessError, "your own calendar"):
            booking.event_id.with_user(self.employee).action_prepare_billing_run()
        with self.assertRaises(AccessError):
            booking.with_user(self.employee).action_prepare_billing_run()
        run = self.prepare(booking)
        with self.assertRaises(AccessError):
            run.with_user(self.employee).read(["state"])
        action = self.env.ref("konfidens_payments.action_prepare_billing_run_bookings")
        with self.assertRaises(AccessError):
            action.with_user(self.employee).with_context(
                active_model=booking._name, active_ids=booking.ids
            ).run()

    def test_practitioner_sees_own_runs_only(self):
        run = self.start(self.book_many(1))
        for user, sees in ((self.practitioner, False), (self.manager, True)):
            runs = self.env["konfidens.payment.run"].with_user(user)
            self.assertEqual(bool(runs.search([("id", "=", run.id)])), sees)
            lines = self.env["konfidens.payment.run.line"].with_user(user)
            self.assertEqual(bool(lines.search([("run_id", "=", run.id)])), sees)
        with self.assertRaises(AccessError):
            run.with_user(self.practitioner).action_undo()

    def test_only_choices_are_written(self):
        run = self.prepare(self.as_practitioner(self.book_many(1)))
        for values in (
            {"state": "running"},
            {"user_id": self.manager.id},
            {"is_undo": True},
            {"company_id": self.company.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                run.write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                run.create(values)
        with self.assertRaises(AccessError), self.cr.savepoint():
            run.with_context(default_user_id=self.manager.id).create({})
        with self.assertRaises(AccessError), self.cr.savepoint():
            run.with_context(default_state="running").create({})
        line = self.env["konfidens.payment.run.line"]
        with self.assertRaises(AccessError):
            self.as_practitioner(line).create({"run_id": run.id})

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.practitioner.company_ids += company
        booking = self.book_many(1)
        booking.sudo().company_id = company
        with self.assertRaises(AccessError):
            booking.with_user(self.manager).action_prepare_billing_run()
