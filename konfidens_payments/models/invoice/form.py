from odoo import api, fields, models
from odoo.fields import Domain

from ..booking.calendar_event import GROUPS
from ..booking.status import STATUSES

ACCOUNTING = ("account.group_account_invoice", "account.group_account_readonly")


class AccountMove(models.Model):
    """Which form shows an appointment's invoice, and what Odoo's own form shows of it.

    Odoo's form reads journals and reconciliations. Who has no rights in accounting
    opens a form of ours, which shows what the practice needs.
    """

    _inherit = "account.move"

    booking_status = fields.Selection(
        [(status, label) for status, (label, _colour) in STATUSES.items()],
        "Status of Payment",
        compute="_compute_booking_status",
        compute_sudo=True,
        groups=GROUPS,
    )
    booking_colour = fields.Integer(
        compute="_compute_booking_status",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    wants_message = fields.Boolean(
        compute="_compute_wants_message",
        compute_sudo=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    # of no group, as the lists that ask for it: it tells nothing of the appointment
    is_preview = fields.Boolean(
        "Preview",
        compute="_compute_is_preview",
        compute_sudo=True,
        search="_search_is_preview",
        help="The draft of an appointment, which is completed when its payer was told. "
        "It has no number and no dates yet.",
    )

    @api.depends("state", "posted_before", "line_ids.booking_id")
    def _compute_is_preview(self):
        for move in self:
            is_new = move.state == "draft" and not move.posted_before
            move.is_preview = is_new and bool(move.booking_ids)

    def _search_is_preview(self, operator, value):
        if operator != "in":
            return NotImplemented
        previews = (
            Domain("state", "=", "draft")
            & Domain("posted_before", "!=", True)
            # whether they bill any, for whoever may see these invoices
            & Domain("line_ids", "any!", [("booking_id", "!=", False)])
        )
        return previews if True in value else ~previews

    @api.depends(
        "state",
        "amount_total",
        "payment_state",
        "amount_residual",
        "externally_billed",
        "payment_message_state",
        "reversal_move_ids.payment_state",
        "reversal_move_ids.state",
        "payment_message_line_ids.is_unsolved",
        "payment_message_line_ids.message_id.next_try_date",
        "payment_completion_date",
        "payment_completion_problem",
        "completes_after",
    )
    def _compute_booking_status(self):
        notes = self.filtered(lambda move: move.move_type == "out_refund")
        notes.booking_status = False  # a credit note bills nothing
        notes.booking_colour = 0
        for move in self - notes:
            move.booking_status = (
                "cancelled"
                if move.state == "cancel" and not move.externally_billed
                else move._get_booking_status()
            )
            _label, move.booking_colour = STATUSES[move.booking_status]

    @api.depends("booking_ids.wants_message")
    def _compute_wants_message(self):
        for move in self:
            billed = move.booking_ids.filtered(
                lambda booking, move=move: booking.invoice_id == move._origin
            )
            move.wants_message = any(billed.mapped("wants_message"))

    @api.depends("booking_ids")
    def _compute_name_placeholder(self):
        """Override of `account`: a preview does not look as if it had a number."""
        previews = self._filter_billing()
        previews.name_placeholder = False
        return super(AccountMove, self - previews)._compute_name_placeholder()

    @api.depends("booking_ids")
    def _compute_highlight_send_button(self):
        """Override of `account`: the payer has the payment message already."""
        result = super()._compute_highlight_send_button()
        self._filter_billing().highlight_send_button = False
        return result

    def _filter_billing(self):
        """Return those of these invoices that bill bookings."""
        # sudo: whether they do, not which
        return self.sudo().filtered("booking_ids").with_env(self.env)

    def get_formview_id(self, access_uid=None):
        """Override of `base`: a form without journals for who may not see these."""
        user = self.env["res.users"].browse(access_uid or self.env.uid)
        billing = (self | self.reversed_entry_id)._filter_billing()
        if any(map(user.has_group, ACCOUNTING)) or not billing:
            return super().get_formview_id(access_uid)
        return self.env.ref("konfidens_payments.view_move_form_booking").id

    @api.model
    def get_views(self, views, options=None):
        """Override of `base`: no menu offers what who may only read cannot do.

        *Share* gives the invoice a link of Odoo's own, and so writes it.
        """
        result = super().get_views(views, options)
        if self.has_access("write"):
            return result
        share = self.env["ir.model.data"]._xmlid_to_res_id(
            "account.model_account_move_action_share"
        )
        for view in result["views"].values():
            toolbar = view.get("toolbar", {})
            if offered := toolbar.get("action"):
                toolbar["action"] = [
                    action for action in offered if action["id"] != share
                ]
        return result

    @api.model
    def action_view_invoices(self):
        """Open the invoices of all bookings, as the user may see them."""
        return self.search([("booking_ids", "!=", False)], limit=0)._open_invoices(
            [("booking_ids", "!=", False)]
        )

    def _open_invoices(self, domain=None):
        """Return the action that opens these invoices, in the views for this user.

        :param domain: instead, of what is listed
        """
        accounting = any(map(self.env.user.has_group, ACCOUNTING))
        action = self.env["ir.actions.actions"]._for_xml_id(
            "konfidens_payments.action_invoices"
            if accounting
            else "konfidens_payments.action_invoices_booking"
        )
        if domain is None and len(self) == 1:
            views = [view for view in action["views"] if view[1] == "form"]
            return {**action, "views": views, "res_id": self.id, "domain": False}
        return {**action, "domain": domain or [("id", "in", self.ids)]}
