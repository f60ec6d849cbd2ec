from odoo import fields, models


class ProductTemplate(models.Model):
    """A service whose fees differ from the practice's."""

    _inherit = "product.template"

    payments_own_fees = fields.Boolean(
        "Own Fees",
        help="Who does not come to an appointment with this service, or calls it off "
        "late, pays another fee than the settings of Payments say.",
    )
    payments_no_show_percent = fields.Float(
        "Did Not Come", default=100.0, help="Percent of the appointment's price."
    )
    payments_late_percent = fields.Float(
        "Cancelled Late", default=100.0, help="Percent of the appointment's price."
    )

    _payments_fees_possible = models.Constraint(
        "CHECK (payments_no_show_percent BETWEEN 0 AND 100"
        " AND payments_late_percent BETWEEN 0 AND 100)",
        "A fee is between 0 and 100 percent.",
    )
