from odoo import api, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """The itemised invoice: what was done by whom, for an insurer or an employer.

    It says what no other paper of ours says, so it is printed by the practice, for who
    asked for it, and goes out with no message.
    """

    _inherit = "account.move"

    # === ACTION METHODS === #

    def action_print_itemised(self):
        """Print these completed invoices with service, practitioner and his number.

        :return: the action that gives the PDF
        :raises AccessError: the user may not see their bookings
        :raises UserError: one of them is no completed invoice of an appointment
        """
        self._check_can_be_itemised()
        # sudo: which report it is; what it prints is checked again there
        report = self.env.ref("konfidens_payments.action_report_itemised").sudo()
        return report.report_action(self, config=False)

    # === BUSINESS METHODS === #

    def _check_can_be_itemised(self):
        """Check that the user may print these with all that they bill.

        :raises AccessError: the user may not see their bookings
        :raises UserError: one of them is no completed invoice of an appointment
        """
        self.check_access("read")
        # sudo: which bookings these are; whether the user may see them is checked
        bookings = self.sudo().booking_ids.with_env(self.env)
        bookings.check_access("read")
        for move in self:
            if move.state != "posted" or move.move_type != "out_invoice":
                raise UserError(
                    self.env._(
                        "%(invoice)s is no completed invoice. Complete it first.",
                        invoice=move.display_name,
                    )
                )
            if not move.sudo().booking_ids:  # sudo: as above
                raise UserError(
                    self.env._(
                        "%(invoice)s bills no appointment. Use Print to print it.",
                        invoice=move.display_name,
                    )
                )

    def _get_itemised_lines(self):
        """Return what the itemised invoice says of each line: a list of dicts.

        In the language of the context. Whoever calls it has checked the access.
        """
        self.ensure_one()
        # sudo: access was checked; what a user's contact says of his authorisation
        lines = self.sudo().invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        return [
            {
                "date": line.booking_id and line.booking_id._get_public_date(),
                "client": line.booking_id.client_id.name,
                "service": line._get_itemised_name(),
                "practitioner": line.booking_id.user_id.name,
                "number": line.booking_id.user_id.payments_authorisation_number,
                "amount": line.price_total,
            }
            for line in lines
        ]

    def _get_itemised_state(self):
        """Return what is paid of this invoice, in words, for who reads the print."""
        self.ensure_one()
        move = self.sudo()  # sudo: access was checked
        if move._is_credited():
            return self.env._("This invoice was credited.")
        sentences = []
        if credited := sum(move._get_credits().mapped("amount_total")):
            sentences.append(
                self.env._(
                    "%(amount)s of it was credited.",
                    amount=move._format_pay_amount(credited),
                )
            )
        received = move._get_received_amount()
        if not move._is_paid():
            sentences.append(
                self.env._(
                    "%(amount)s is to be paid.",
                    amount=move._format_pay_amount(move.amount_residual),
                )
            )
        elif move.currency_id.compare_amounts(received, move.amount_total):
            sentences.append(
                self.env._(
                    "%(amount)s was paid.", amount=move._format_pay_amount(received)
                )
            )
        else:
            sentences.append(self.env._("Paid."))
        return " ".join(sentences)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_itemised_name(self):
        """Return what was done: of a fee that nothing was."""
        self.ensure_one()
        if self.booking_id and self._bills_fee():
            return self.booking_id._get_fee_label()
        return self.product_id.name or self.name


class ReportItemised(models.AbstractModel):
    _name = "report.konfidens_payments.report_itemised"
    _description = "Itemised Invoice"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what is printed, if the user may.

        Odoo renders a report for whoever knows its name.

        :raises AccessError: the user may not see the bookings of these invoices
        :raises UserError: one of them is no completed invoice of an appointment
        """
        moves = self.env["account.move"].browse(docids)
        moves._check_can_be_itemised()
        return {"doc_ids": docids, "doc_model": moves._name, "docs": moves}
