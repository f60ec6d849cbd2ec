from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools import plainly

# What a user chooses in the dialog; all else follows.
CHOICES = {"date", "method_id", "way"}


class KonfidensPaymentRefundWizard(models.TransientModel):
    """The dialog *Mark as Refunded*: how the money behind a credit note goes back.

    It is made when it is opened, so that it knows what the screen showed.
    """

    _name = "konfidens.payment.refund.wizard"
    _description = "Mark as Refunded"

    move_id = fields.Many2one(
        "account.move", "Credit Note", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary("To Pay Back", readonly=True)
    asked_on = fields.Datetime(
        "Refund Asked For", readonly=True, export_string_translation=False
    )
    way = fields.Selection(
        [
            ("provider", "The payment provider pays it back now"),
            ("method", "We have paid it back"),
        ],
        "How",
        default="method",
        required=True,
    )
    method_id = fields.Many2one("konfidens.payment.method", "Paid Back By")
    date = fields.Date("Paid Back On")
    # what is shown
    payer = fields.Char(compute="_compute_shown")
    provider = fields.Char("Payment Provider", compute="_compute_shown")
    warning = fields.Char(compute="_compute_shown")
    available_method_ids = fields.Many2many(
        "konfidens.payment.method",
        compute="_compute_shown",
        export_string_translation=False,
    )

    @api.depends("move_id")
    @api.depends_context("uid")
    def _compute_shown(self):
        for wizard in self:
            move = wizard._get_checked_move()
            wizard.payer = move.partner_id.display_name
            payment = move._get_refundable_payment()
            wizard.provider = payment.payment_transaction_id.provider_id.name
            wizard.warning = move._get_refund_warning()
            methods = self.env["konfidens.payment.method"]._search_for(move)
            wizard.available_method_ids = methods.with_env(self.env)

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: nobody writes what only follows.

        :raises AccessError: somebody does
        """
        if not self.env.su and set(vals) - CHOICES:
            raise AccessError(
                self.env._(
                    "Open Mark as Refunded on the credit note that is paid back: it "
                    "cannot be changed in the dialog."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Pay back by the payment provider, or book that it was paid back.

        :return: the action that closes the dialog, and tells what the provider said
        :raises AccessError: the user may not pay money back
        :raises UserError: it is paid back already, or cannot be; nothing is changed
        """
        self.ensure_one()
        move = self._get_checked_move()
        wizard = self.sudo()  # sudo: access was checked
        if wizard.way == "method":
            move._mark_refunded(
                wizard.method_id, wizard.date, wizard.amount, wizard.asked_on
            )
            return {"type": "ir.actions.act_window_close"}
        return move._ask_provider_to_refund(
            wizard.amount, wizard.asked_on
        )._build_action_feedback_notification()

    # === BUSINESS METHODS === #

    @api.model
    def _open_for(self, move):
        """Open a new dialog for a credit note that the user may pay back.

        :param move: `account.move`, with all rights
        """
        methods = self.env["konfidens.payment.method"]._search_for(move)
        payments = move.reversed_entry_id.matched_payment_ids.sorted("id")
        taken_by = payments.payments_method_id & methods
        # sudo: the caller checked the access; nobody makes such a dialog by hand
        wizard = plainly(self.sudo()).create(
            {
                "move_id": move.id,
                "currency_id": move.currency_id.id,
                "amount": move.amount_to_refund,
                "asked_on": move.refund_asked_on,
                "way": "provider"
                if move._get_refundable_payment() and not move.refund_asked_on
                else "method",
                # as it came: by the same terminal, say
                "method_id": (taken_by[-1:] or methods[:1]).id,
                "date": move._get_desk_day(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mark as Refunded"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_checked_move(self):
        """Return the credit note with all rights.

        :raises AccessError: it is another's dialog, or the user may not pay back
        """
        self.ensure_one()
        # Also where it is computed as superuser.
        wizard = plainly(self._origin.sudo(False))
        wizard.check_access("read")
        # sudo: of the user's own dialog, as it is in the database, not on the screen
        move = wizard.sudo().move_id.with_env(wizard.env)
        move._check_refund_access()
        return move.sudo()  # sudo: access was checked
