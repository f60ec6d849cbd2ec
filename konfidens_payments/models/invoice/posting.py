from odoo import fields, models
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
            if move.state == "draft" and move.externally_billed:
                raise UserError(move._get_payment_obstacle())
        billing.mapped("delivery_date")  # the day is known before it is issued
        dated = billing.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        # the practice may have got its bank account after the draft was made
        self.env.add_to_compute(
            self._fields["partner_bank_id"],
            dated.filtered(lambda move: not move.partner_bank_id),
        )
        posted = self.browse()
        # what the payer was told is looked at once, on what comes out of it all
        with billing._watched():
            for tz, moves in self.grouped(
                lambda move: move._get_company_tz() if move in dated else None
            ).items():
                local = moves.with_context(tz=tz) if tz else moves
                if tz:
                    local._set_dates_of_today()
                posted += super(AccountMove, local)._post(soft=soft).with_env(self.env)
        (billing & posted)._mended()
        (billing & posted).sudo()._tell_before_due()  # sudo: our own messages
        (dated & posted).sudo()._ask_about_overpayment()  # sudo: what it paid for
        posted.reversed_entry_id._end_credited()
        return posted

    def _tell_before_due(self):
        """Let what is scheduled go now that would come after the due date."""
        late = self.payment_message_ids.browse()
        for move in self.filtered("invoice_date_due"):
            local = move.with_context(tz=move._get_company_tz())
            for message in move.payment_message_ids:
                if message.state == "scheduled" and move.invoice_date_due < (
                    fields.Datetime.context_timestamp(
                        local, message.scheduled_date
                    ).date()
                ):
                    late += message
        if late:
            late.write(
                {"scheduled_date": fields.Datetime.now(), "follows_appointment": False}
            )
            late._trigger_sending()
