from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ...tools import again_on_conflict, has_time_left, in_batch_or_singly, is_copy

# What was proved this long ago was proved last night.
NIGHT = timedelta(hours=12)
# After so long a proof says nothing of today.
FRESH = timedelta(hours=36)


class KonfidensPaymentProof(models.Model):
    """The job that proves each night, and the light in the menu that tells of it."""

    _inherit = "konfidens.payment.proof"

    @api.model
    @again_on_conflict
    def _cron_prove(self):
        """Prove each company that uses payments, each committed."""
        done = 0
        if is_copy(self.env):
            return
        for company in self._get_companies_to_prove():
            if not has_time_left(self.env, done):
                return
            in_batch_or_singly(
                company,
                self._prove,
                lambda one, _error: self._note_failure(one),
            )
            done = 1
        self.env["ir.cron"]._commit_progress(done, remaining=0)

    @api.model
    def _get_companies_to_prove(self):
        """Return the companies (`res.company`) with payments, not proved this night.

        Also of those that have switched them off, as long as invoices tell of them.
        """
        active = self.env["res.company"].search([("payments_active", "=", True)])
        billed = self.env["konfidens.payment.booking"]._read_group(
            [("invoice_id", "!=", False), ("active", "in", (True, False))],
            ["company_id"],
        )
        proved = self.search(
            [
                ("user_id", "=", False),
                ("date", ">", fields.Datetime.now() - NIGHT),
            ]
        ).company_id
        using = active.union(*(company for (company,) in billed))
        return (using - proved).sorted("id")

    @api.model
    def _note_failure(self, company):
        """Note that a company could not be proved: that is no proof that all is well.

        The log tells why.
        """
        proof = self.create(
            {
                "company_id": company.id,
                "state": "red",
                "difference_count": 1,
                "line_ids": [Command.create({"reason": "failed"})],
            }
        )
        proof._tell_responsible()

    # === THE LIGHT === #

    @api.model
    def get_proof_light(self):
        """Return what the menu shows of the user's companies.

        :return: ``green``, ``red``, or False where a company was not proved lately, or
            the user may not know
        """
        if not self.has_access("read"):
            return False
        # sudo: which of the user's companies are proved
        companies = self.env.companies.sudo().filtered("payments_active")
        lately = self.search(
            [
                ("company_id", "in", companies.ids),
                ("date", ">", fields.Datetime.now() - FRESH),
            ]
        )
        last = {}
        for proof in lately:
            last.setdefault(proof.company_id, proof.state)
        if "red" in last.values():
            return "red"
        return "green" if last and len(last) == len(companies) else False

    def _show_light(self):
        """Let the pages that this user has open show what the menu tells now."""
        self.env.user._bus_send(
            "konfidens_payments/proof", {"light": self.get_proof_light()}
        )
