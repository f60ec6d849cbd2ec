from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..booking.calendar_event import GROUPS


class AccountMove(models.Model):
    """The list *Unpaid*, and what a collection agency has to know of an invoice."""

    _inherit = "account.move"

    reminder_evidence = fields.Text(
        "Reminders Sent",
        compute="_compute_reminder_evidence",
        compute_sudo=True,
        groups=GROUPS,
        help="When the payer was told of the invoice and reminded of it, and how it is "
        "known that it arrived.",
    )

    @api.depends(
        "payment_message_line_ids.message_id.evidence",
        "payment_message_line_ids.message_id.state",
    )
    @api.depends_context("lang", "tz")
    def _compute_reminder_evidence(self):
        kinds = dict(
            self.env["konfidens.payment.message"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for move in self:
            arrived = move.payment_message_line_ids.filtered(
                lambda line: (
                    line.kind != "receipt"
                    and line.message_id.state == "delivered"
                    and not line.message_id.came_back
                )
            )
            move.reminder_evidence = "\n".join(
                f"{kinds[line.kind]}: {line.message_id.evidence}"
                for line in arrived.sorted("id")
            )

    @api.model
    def action_view_unpaid(self):
        """Open what waits for its payment, as the user may see it."""
        owed = Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial", "blocked")),
                ("amount_residual", ">", 0),
                ("booking_ids", "!=", False),
                ("externally_billed", "=", False),
                # of what is credited nothing is owed, whatever Odoo has left open
                (
                    "line_ids.booking_id.payment_status",
                    "not in",
                    ("credited", "refunded"),
                ),
            ]
        )
        action = self.search(owed, limit=0)._open_invoices(list(owed))
        ours = {
            view_type: self.env.ref(f"konfidens_payments.view_move_{name}").id
            for view_type, name in (
                ("list", "list_unpaid"),
                ("kanban", "kanban_booking"),
                ("pivot", "pivot_booking"),
                ("graph", "graph_booking"),
            )
        }
        theirs = dict(map(reversed, action["views"]))
        views = [
            (ours.get(view_type, theirs.get(view_type)), view_type)
            for view_type in ("list", "kanban", "pivot", "graph", "form")
        ]
        search = self.env.ref("konfidens_payments.view_move_search_unpaid")
        return {
            **action,
            "name": self.env._("Unpaid"),
            "display_name": self.env._("Unpaid"),
            "views": views,
            "search_view_id": [search.id, False],
            "context": {"create": False},
            "help": self._get_unpaid_help(),
        }

    @api.model
    def _get_unpaid_help(self):
        """Return what the list says where it is empty; extend it for more."""
        return Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>') % (
            self.env._("Nothing waits for payment."),
            self.env._(
                "Completed invoices are here until they are paid, the longest overdue "
                "first."
            ),
        )
