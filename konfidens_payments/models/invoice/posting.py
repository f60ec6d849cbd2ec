from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Posting an invoice of appointments: what holds whoever does it, in which way."""

    _inherit = "account.move"

    def _complete(self):
        """Post these drafts, with all that *Confirm* checks.

        :raises UserError: one is taxed, and its appointment has not begun
        """
        self._check_has_begun()
        self.with_context(validate_analytic=True)._post(soft=False)

    def _post(self, soft=True):
        """Override of `account`: what was told is posted, dated where the company is.

        What is completed, or credited by what is posted, asks nobody any more.

        :raises UserError: the payer was told something else
        """
        billing = self._filter_billing()
        for move in billing.sudo():  # sudo: whether it was told, not what
            if move.state == "draft" and not move._is_as_told():
                raise UserError(move._get_other_than_told())
        billing.mapped("delivery_date")  # the day is known before it is issued
        dated = billing.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        posted = self.browse()
        for tz, moves in self.grouped(
            lambda move: move._get_company_tz() if move in dated else None
        ).items():
            local = moves.with_context(tz=tz) if tz else moves
            if tz:
                local._set_dates_of_today()
            posted += super(AccountMove, local)._post(soft=soft).with_env(self.env)
        (billing & posted)._mended()
        posted.reversed_entry_id._end_credited()
        return posted
