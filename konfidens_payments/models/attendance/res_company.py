from odoo import fields, models

FEE_HELP = (
    "What is billed instead of the service, with taxes of its own. Without a "
    "percentage, at its own price."
)


class ResCompany(models.Model):
    """The practice's rule for who does not come."""

    _inherit = "res.company"

    payments_late_hours = fields.Integer(
        "Late From",
        default=24,
        help="Hours before the appointment: who calls off later pays the fee.",
    )
    payments_no_show_percent = fields.Float(
        "Did Not Come", default=100.0, help="Percent of the appointment's price."
    )
    payments_no_show_product_id = fields.Many2one(
        "product.product",
        "Did Not Come: Billed As",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        check_company=True,
        help=FEE_HELP,
    )
    payments_late_percent = fields.Float(
        "Cancelled Late", default=100.0, help="Percent of the appointment's price."
    )
    payments_late_product_id = fields.Many2one(
        "product.product",
        "Cancelled Late: Billed As",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        check_company=True,
        help=FEE_HELP,
    )
    payments_bill_only_attended = fields.Boolean(
        "Bill only who came",
        help="Automatic payment messages wait until somebody says whether the client "
        "came.",
    )

    _payments_fees_possible = models.Constraint(
        "CHECK (payments_late_hours BETWEEN 0 AND 8760"
        " AND payments_no_show_percent BETWEEN 0 AND 100"
        " AND payments_late_percent BETWEEN 0 AND 100)",
        "A fee is between 0 and 100 percent, and the hours between 0 and 8760, a year.",
    )

    def write(self, vals):
        """Override of `base`: where messages wait no more, they go by the timing.

        Those that were never scheduled, of appointments that lie ahead: what is over
        is told by a person only.
        """
        ended = self.filtered("payments_bill_only_attended")
        result = super().write(vals)
        ended -= ended.filtered("payments_bill_only_attended")
        if ended:
            # sudo: the company's setting decides when they go, whoever may write it
            bookings = self.env["konfidens.payment.booking"].sudo()
            bookings = bookings.search(
                [
                    ("company_id", "in", ended.ids),
                    ("invoicing_method", "=", "automatic"),
                    ("attendance", "=", "planned"),
                    ("payment_status", "=", "draft"),
                    ("stop", ">", fields.Datetime.now()),
                    ("invoice_id.payment_message_line_ids", "=", False),
                ]
            )
            bookings._schedule_by_timing()
        return result
