from datetime import timedelta

from .group_common import GroupCommon
from .jobs_common import JobsCommon


class ProofCommon(JobsCommon, GroupCommon):
    """A practice that is proved, and broken behind the program's back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.hire(
            "head", "base.group_user", "konfidens_payments.group_payments_manager"
        )
        cls.proofs = cls.env["konfidens.payment.proof"].sudo()

    def prove(self, company=None):
        """Return the proof of the practice, or of another company."""
        proof = self.proofs._prove(company or self.company)
        self.env.flush_all()
        return proof

    def execute(self, query, *values):
        """Change something that the program would not."""
        self.env.flush_all()
        self.cr.execute(query, values)
        self.env.invalidate_all()

    def assert_green(self):
        proof = self.prove()
        found = [(line.reason, line.words) for line in proof.line_ids]
        self.assertEqual((proof.state, found), ("green", []))
        return proof

    def assert_found(self, reason, **records):
        """Check that a proof finds this difference, of these records; return its row.

        :param records: by the names of the row's fields
        """
        proof = self.prove()
        self.assertEqual(proof.state, "red")
        lines = proof.line_ids.filtered(lambda line: line.reason == reason)
        self.assertEqual(len(lines), 1, proof.line_ids.mapped("reason"))
        for name, record in records.items():
            self.assertEqual(lines[name], record, name)
        self.assertTrue(lines.words)
        self.assertTrue(lines.advice)
        return lines

    def assert_mended(self, line):
        """Check that *Mend* mends all that was found, and that it is seen no more."""
        self.assertTrue(line.can_mend)
        self.mend(line.proof_id)
        return self.assert_green()

    def mend(self, proof):
        lines = proof.line_ids.filtered("can_mend")
        lines.with_user(self.accountant).action_mend()
        self.assertFalse(any(lines.mapped("can_mend")))
        self.assertEqual(lines.mended_by_id, self.accountant)
        self.env.flush_all()

    def sent(self, **values):
        """Return the draft of a message that left, and of which nothing is known."""
        move = self.draft(**values)
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        return move

    def ago(self, **values):
        return self.now() - timedelta(**values)
