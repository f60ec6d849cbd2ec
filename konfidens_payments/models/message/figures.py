from odoo import api, fields, models
from odoo.tools import SQL

# Of which messages an average is taken: those of which it says something.
_AVERAGED = {
    "delivery_rate:avg": ("delivered", "failed"),
    "time_to_delivery:avg": ("delivered",),
}


class KonfidensPaymentMessage(models.Model):
    """How many of the payment messages that left arrived, and how fast."""

    _inherit = "konfidens.payment.message"

    delivery_rate = fields.Float(
        "Delivery Rate (%)",
        compute="_compute_figures",
        store=True,
        aggregator="avg",
        digits=(5, 1),
        help="Of the messages that left and are not under way any more: how many of "
        "a hundred arrived, and did not come back.",
    )
    time_to_delivery = fields.Float(
        "Minutes to Delivery",
        compute="_compute_figures",
        store=True,
        aggregator="avg",
        digits=(16, 1),
        help="From leaving until the delivery was known.",
    )

    @api.depends("state", "came_back", "sent_date", "delivered_date")
    def _compute_figures(self):
        for message in self:
            delivered = message.state == "delivered" and not message.came_back
            message.delivery_rate = 100.0 if delivered else 0.0
            message.time_to_delivery = (
                (message.delivered_date - message.sent_date).total_seconds() / 60
                if message.delivered_date and message.sent_date
                else 0.0
            )

    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: averages leave out what has no figure yet, or never had.

        A message that is still scheduled counts neither as delivered nor as lost.
        """
        expression = super()._read_group_select(aggregate_spec, query)
        if states := _AVERAGED.get(aggregate_spec):
            return SQL(
                "%s FILTER (WHERE %s IN %s AND %s IS NOT NULL)",
                expression,
                self._field_to_sql(self._table, "state", query),
                states,
                self._field_to_sql(self._table, "sent_date", query),
            )
        return expression
