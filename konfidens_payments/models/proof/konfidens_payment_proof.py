from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import SQL

# Who may have it proved, and mended: auditors read.
MENDING = (
    "konfidens_payments.group_payments_manager",
    "account.group_account_invoice",
)


class KonfidensPaymentProof(models.Model):
    """That the bookings of a company were accounted for at a moment, or what was not.

    It reads and changes nothing. Green is a proof without differences. All of them
    are kept: an auditor sees for which nights it holds.
    """

    _name = "konfidens.payment.proof"
    _description = "Nightly Proof"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "date"
    _mail_post_access = "read"  # so that whoever sees it sees who is asked

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Datetime(
        "Proved", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        "res.users", "Proved By", readonly=True, help="Nobody: by itself, at night."
    )
    state = fields.Selection(
        [("green", "Green"), ("red", "Red")], required=True, readonly=True
    )
    booking_count = fields.Integer("Bookings", readonly=True)
    difference_count = fields.Integer(
        "Differences", readonly=True, help="Also those that have no row."
    )
    line_ids = fields.One2many(
        "konfidens.payment.proof.line", "proof_id", "Rows", readonly=True
    )

    can_mend = fields.Boolean(
        compute="_compute_can_mend", export_string_translation=False
    )

    @api.depends("line_ids.can_mend")
    def _compute_can_mend(self):
        for proof in self:
            proof.can_mend = any(proof.line_ids.mapped("can_mend"))

    # === WHAT IS PROVED === #

    @api.model
    def _get_checks(self):
        """Return all that is proved, in the order in which it is shown.

        Each is one query of what is not as it should be, for one company, with the
        fields of a row (see `konfidens.payment.proof.line`) as its columns.

        :return: dict from the row's reason to a method that takes the company
        """
        return {
            "unbilled": self._look_at_unbilled,
            "status": self._look_at_statuses,
            "booking": self._look_at_bookings,
            "share": self._look_at_shares,
            "cancelled": self._look_at_cancelled,
            "guest": self._look_at_guests,
            "deadline": self._look_at_deadlines,
            "twice": self._look_at_invoices_in_force,
            "invoice": self._look_at_invoices,
            "told": self._look_at_told,
            "ledger": self._look_at_ledger,
            "credit": self._look_at_credits,
            "completion": self._look_at_completions,
            "message": self._look_at_messages,
        }

    @api.model
    def _prove(self, company, user=None):
        """Look at all of a company, note what is found, and tell it if it is new.

        One transaction sees one state of the database, so that what changes meanwhile
        makes no difference.

        :param company: `res.company` record
        :param user: `res.users` record, who asked for it
        :return: the new proof
        """
        self.env.flush_all()
        count, rows = 0, []
        for reason, look in self._get_checks().items():
            found = self._find(look(company))
            count += found[0]["total"] if found else 0
            for values in found:
                del values["total"]
                rows.append({"reason": reason, **values})
        jobs = self._find_jobs(company)
        proof = self._note(company, user, count + len(jobs), rows + jobs)
        proof._tell_responsible()
        return proof

    @api.model
    def _find(self, look):
        """Return the rows of a check: dicts, each with the `total` of all."""
        return self.env.execute_query_dict(
            SQL(
                "SELECT *, count(*) OVER () AS total FROM (%s) found"
                " ORDER BY 1 LIMIT %s",
                look,
                self._get_most_rows(),
            )
        )

    @api.model
    def _get_most_rows(self):
        """Return how many rows a check leaves: who mends these sees the next then."""
        return 500

    @api.model
    def _note(self, company, user, count, rows):
        # its page need not tell that it was made, and nobody follows it
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        return quiet.create(
            {
                "company_id": company.id,
                "user_id": user and user.id,
                "state": "red" if count else "green",
                "difference_count": count,
                **self._count(company),
                "line_ids": [Command.create(values) for values in rows],
            }
        )

    # === ACTION METHODS === #

    def action_prove(self):
        """Prove the companies of these proofs now, or where there is none the user's.

        :return: the action that opens what was found
        :raises AccessError: the user may not see to it
        """
        self._check_may_mend()
        proofs = self.browse()
        for company in self.company_id or self.env.companies:
            # sudo: access was checked; it looks at all of the company
            proofs += self.sudo()._prove(company, self.env.user)
        proofs = proofs.with_env(self.env)
        proofs._show_light()
        return proofs._get_records_action(name=self.env._("Nightly Proof"))

    def action_mend(self):
        """Mend what is safe to mend, and prove again.

        :return: the action that opens the new proof
        :raises AccessError: the user may not see to it
        """
        self._check_may_mend()
        self.line_ids.filtered("can_mend").action_mend()
        return self.action_prove()

    def _check_may_mend(self):
        """:raises AccessError: unless the user may have it proved, and mended."""
        self.check_access("read")
        if not any(map(self.env.user.has_group, MENDING)):
            raise AccessError(
                self.env._(
                    "An administrator of Payments or an accountant proves and mends; "
                    "you may read what was found."
                )
            )
