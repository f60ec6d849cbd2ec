from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from .sides import CREDITS, IS_PAID, billing, latest


class KonfidensPaymentProof(models.Model):
    """What a proof counts: bookings by status, and money by what became of it."""

    _inherit = "konfidens.payment.proof"

    # As they were that night: later nothing tells them any more.
    figures = fields.Json(readonly=True, export_string_translation=False)
    status_table = fields.Html("By Status", compute="_compute_tables")
    money_table = fields.Html("Money", compute="_compute_tables")

    @api.model
    def _count(self, company):
        """Return what is counted for a company: values of its proof."""
        statuses = self.env.execute_query_dict(
            SQL(
                """
                SELECT payment_status AS status, currency_id, count(*) AS count,
                       sum(price) AS amount
                  FROM konfidens_payment_booking
                 WHERE company_id = %s
              GROUP BY payment_status, currency_id
              ORDER BY payment_status, currency_id
                """,
                company.id,
            )
        )
        money = self.env.execute_query_dict(self._get_money_query(company))
        for row in (*statuses, *money):
            for name, value in row.items():
                if name not in ("status", "currency_id", "count"):
                    row[name] = float(value or 0)
        return {
            "booking_count": sum(row["count"] for row in statuses),
            "figures": {"statuses": statuses, "money": money},
        }

    @api.model
    def _get_money_query(self, company):
        """Return the query of what the company's posted invoices come to, by currency.

        What payers were told of them is of those whose message left. Paid is what is
        neither open nor credited.
        """
        return SQL(
            """
            WITH credit AS (%(credits)s), told AS (%(told)s)
            SELECT currency_id, sum(told) AS told, sum(told_posted) AS told_posted,
                   sum(posted) AS posted, sum(credited) AS credited,
                   sum(posted - used - left_open) AS paid, sum(left_open) AS left_open
              FROM (
                SELECT move.currency_id, told.amount_total AS told,
                       CASE WHEN told.invoice_id IS NOT NULL
                            THEN move.amount_total END AS told_posted,
                       move.amount_total AS posted, COALESCE(credit.used, 0) AS used,
                       COALESCE(credit.amount, 0) AS credited,
                       CASE WHEN %(is_paid)s THEN 0
                            ELSE move.amount_residual END AS left_open
                  FROM (%(billing)s) billing
                  JOIN account_move move ON move.id = billing.invoice_id
             LEFT JOIN credit ON credit.invoice_id = move.id
             LEFT JOIN told ON told.invoice_id = move.id
                       AND told.state IN ('sent', 'delivered')
                 WHERE move.move_type = 'out_invoice' AND move.state = 'posted') known
          GROUP BY currency_id
          ORDER BY currency_id
            """,
            credits=CREDITS,
            told=latest(company, ("payment",)),
            is_paid=IS_PAID,
            billing=billing(company),
        )

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_tables(self):
        statuses = dict(
            self.env["konfidens.payment.booking"]
            ._fields["payment_status"]
            ._description_selection(self.env)
        )
        none = self.env._("Without service, never billed")
        heads = {
            "told": self.env._("Told to payers"),
            "told_posted": self.env._("Posted of what was told"),
            "posted": self.env._("Posted"),
            "credited": self.env._("Credited"),
            "paid": self.env._("Paid"),
            "left_open": self.env._("Still to be paid"),
        }
        for proof in self:
            figures = proof.figures or {"statuses": (), "money": ()}
            proof.status_table = _make_table(
                (
                    statuses.get(row["status"], row["status"]) or none,
                    row["count"],
                    proof._format(row, row["amount"]),
                )
                for row in figures["statuses"]
            )
            proof.money_table = _make_table(
                (label, proof._format(row, row[name]))
                for row in figures["money"]
                for name, label in heads.items()
            )

    def _format(self, row, amount):
        """Return an amount in the currency of a row of the figures."""
        currency = self.env["res.currency"].browse(row["currency_id"] or ())
        currency = currency or self.company_id.currency_id
        return format_amount(self.env, amount, currency)


def _make_table(rows):
    """Return a table as `Markup`: the first cell of each row names the others."""
    body = Markup("").join(
        Markup("<tr><td>%s</td>%s</tr>")
        % (
            name,
            Markup("").join(
                Markup('<td class="text-end text-nowrap">%s</td>') % cell
                for cell in cells
            ),
        )
        for name, *cells in rows
    )
    table = Markup('<table class="table table-sm"><tbody>%s</tbody></table>')
    return body and table % body
