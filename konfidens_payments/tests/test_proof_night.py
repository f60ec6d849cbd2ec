from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .proof_common import ProofCommon

ACTIVITY = "konfidens_payments.mail_activity_proof"


@freeze_time("2026-11-22 02:00:00")
@tagged("post_install", "-at_install")
class TestProofNight(ProofCommon):
    """Each night, for each company; who is told, and who may see it."""

    given_by = "posted"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls.hire(
            "auditor", "base.group_user", "account.group_account_readonly"
        )
        cls.secretary = cls.hire(
            "secretary", "base.group_user", "konfidens_payments.group_payments_user_all"
        )

    def proofs_of(self, company=None):
        company = company or self.company
        return self.proofs.search([("company_id", "=", company.id)])

    def proofs_as(self, user):
        """Return the model of proofs, as a user has it in all of the own companies."""
        companies = user.sudo().company_ids.ids
        return self.proofs.with_user(user).with_context(allowed_company_ids=companies)

    def break_status(self, booking=None):
        """Break the status of a booking, or of a new one; return it."""
        booking = booking or self.posted().booking_ids
        self.execute(
            "UPDATE konfidens_payment_booking SET payment_status = 'free',"
            " is_settled = TRUE WHERE id = %s",
            booking.id,
        )
        return booking

    def work_elsewhere(self):
        """Return another company with a booking."""
        company = self.env["res.company"].create({"name": "Praksis Sor"})
        company.payments_active = True
        colleague = self.hire(
            "elsewhere",
            "base.group_user",
            "konfidens_payments.group_payments_manager",
            company=company,
        )
        self.book(user_id=colleague.id, service_id=self.service.id)
        booking = self.booking_of(
            self.env["calendar.event"].search([("user_id", "=", colleague.id)])
        )
        self.assertEqual(booking.company_id, company)
        return company, colleague, booking

    # === EACH NIGHT === #

    def test_once_a_night(self):
        before = self.proofs_of()
        self.run_cron("prove")
        proof = self.proofs_of() - before
        self.assertEqual((len(proof), proof.state), (1, "green"))
        self.assertFalse(proof.user_id)
        self.run_cron("prove")
        self.assertEqual(self.proofs_of() - before, proof)
        with freeze_time(self.now() + timedelta(days=1)):
            self.run_cron("prove")
        self.assertEqual(len(self.proofs_of() - before), 2)  # the old one is kept

    def test_by_hand_in_the_evening_and_by_itself_at_night(self):
        self.proofs_as(self.manager).action_prove()
        self.run_cron("prove")
        self.assertEqual(self.proofs_of().mapped("user_id"), self.manager)
        self.assertEqual(len(self.proofs_of()), 2)

    def test_each_company_by_itself(self):
        company, colleague, booking = self.work_elsewhere()
        self.break_status(booking)
        self.posted()
        self.run_cron("prove")
        self.assertEqual(self.proofs_of().state, "green")
        proof = self.proofs_of(company)
        self.assertEqual(proof.state, "red")
        self.assertEqual(set(proof.line_ids.booking_id), {booking})
        theirs = self.proofs_as(colleague)
        self.assertEqual(theirs.search([]), proof)
        self.assertEqual(theirs.get_proof_light(), "red")
        ours = self.proofs_as(self.manager)
        self.assertEqual(ours.search([]), self.proofs_of())
        self.assertEqual(ours.get_proof_light(), "green")
        with self.assertRaises(AccessError):
            proof.line_ids.with_user(self.manager).action_mend()

    def test_what_cannot_be_proved_is_not_green(self):
        company, _colleague, _booking = self.work_elsewhere()
        self.posted()
        look = type(self.proofs)._look_at_told

        def fail(proofs, one):
            if one == self.company:
                raise ValueError("broken")
            return look(proofs, one)

        with (
            patch.object(type(self.proofs), "_look_at_told", fail),
            self.assertLogs("odoo.addons.konfidens_payments", "WARNING"),
        ):
            self.run_cron("prove")
        proof = self.proofs_of()
        self.assertEqual(proof.state, "red")
        self.assertEqual(proof.line_ids.reason, "failed")
        self.assertEqual(self.proofs_of(company).state, "green")

    # === THE LIGHT IN THE MENU === #

    def test_light_of_the_last_proof_as_long_as_it_is_fresh(self):
        proofs = self.proofs_as(self.manager)
        self.assertFalse(proofs.get_proof_light())
        self.prove()
        self.assertEqual(proofs.get_proof_light(), "green")
        self.break_status()
        self.prove()
        self.assertEqual(proofs.get_proof_light(), "red")
        with freeze_time(self.now() + timedelta(hours=37)):
            self.assertFalse(proofs.get_proof_light())

    # === WHO IS TOLD === #

    def asked(self):
        return self.proofs_of().activity_search([ACTIVITY])

    def test_responsible_person_is_told_once_as_long_as_it_is_the_same(self):
        self.company.payments_responsible_id = self.manager
        self.prove()
        self.assertFalse(self.asked())
        booking = self.break_status()
        red = self.prove()
        [activity] = self.asked()
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.res_id, red.id)
        self.assertIn("Wrong status: 1", activity.note)
        self.prove()
        self.assertEqual(self.asked(), activity)
        activity.action_done()
        self.prove()
        self.assertFalse(self.asked())
        other = self.break_status()
        again = self.prove()
        self.assertEqual(self.asked().res_id, again.id)
        self.mend(again)
        self.assertEqual((booking + other).mapped("payment_status"), ["unpaid"] * 2)
        self.assert_green()
        self.assertFalse(self.asked())

    def test_what_was_known_is_not_told_again_after_a_night_without_a_proof(self):
        self.company.payments_responsible_id = self.manager
        self.break_status()
        self.prove()
        self.asked().action_done()
        for _night in range(2):
            self.proofs._note_failure(self.company)
        [activity] = self.asked()
        self.assertIn("Not proved: 1", activity.note)
        activity.action_done()
        self.prove()
        self.assertFalse(self.asked())
        self.break_status()
        self.prove()
        self.assertTrue(self.asked())

    def test_who_may_not_see_it_is_not_told(self):
        self.company.payments_responsible_id = self.practitioner
        self.break_status()
        proof = self.prove()
        user = self.asked().user_id
        self.assertNotEqual(user, self.practitioner)
        self.assertTrue(proof.with_user(user).has_access("read"))

    # === WHO MAY === #

    def test_who_sees_to_it(self):
        for user in (self.manager, self.accountant):
            booking = self.break_status()
            action = self.proofs_as(user).action_prove()
            proof = self.proofs_as(user).browse(action["res_id"])
            self.assertEqual(proof.state, "red")
            self.assertEqual(proof.user_id, user)
            action = proof.action_mend()
            self.assertEqual(self.proofs.browse(action["res_id"]).state, "green")
            self.assertEqual(proof.line_ids.mended_by_id, user)
            self.assertEqual(booking.payment_status, "unpaid")
            with self.assertRaises(AccessError):
                proof.state = "green"
            with self.assertRaises(AccessError):
                proof.unlink()

    def test_auditor_reads(self):
        self.break_status()
        proof = self.prove().with_user(self.auditor)
        self.assertEqual(proof.state, "red")
        self.assertTrue(proof.status_table)
        self.assertEqual(proof.line_ids[0].reason, "status")
        self.assertTrue(proof.line_ids[0].action_open())
        for act in (proof.action_mend, proof.line_ids.action_mend, proof.action_prove):
            with self.assertRaisesRegex(AccessError, "you may read what was found"):
                act()

    def test_others_see_nothing_of_it(self):
        self.break_status()
        proof = self.prove()
        for user in (self.practitioner, self.secretary):
            theirs = proof.with_user(user)
            self.assertFalse(theirs.get_proof_light())
            for act in (
                lambda theirs=theirs: theirs.search([]),
                lambda theirs=theirs: theirs.read(["state"]),
                lambda theirs=theirs: theirs.line_ids.read(["reason"]),
                theirs.action_prove,
                theirs.action_mend,
            ):
                with self.assertRaises(AccessError):
                    act()
