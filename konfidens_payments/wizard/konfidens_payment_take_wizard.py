from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..tools import lock_or_explain, plainly

# What a user chooses in the dialog; all else follows.
CHOICES = {"amount", "method_id", "reference"}


class KonfidensPaymentTakeWizard(models.TransientModel):
    """The dialog *Take Payment*: at the desk, or by the client's own phone.

    It is made when it is opened, so that it knows what the screen showed, and shows
    what came of it.
    """

    _name = "konfidens.payment.take.wizard"
    _description = "Take Payment"

    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_left = fields.Monetary(
        readonly=True, help="What was left to pay when the dialog opened."
    )
    amount = fields.Monetary()
    method_id = fields.Many2one("konfidens.payment.method", "Paid By")
    reference = fields.Char(help="The number of the slip, say.")
    shows_link = fields.Boolean(readonly=True, export_string_translation=False)
    # not for users, who may read no payments
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        ondelete="cascade",
        groups="base.group_system",
        export_string_translation=False,
    )
    # what is shown
    step = fields.Selection(
        [("take", "Take"), ("link", "Pay Link"), ("paid", "Paid")],
        compute="_compute_shown",
        export_string_translation=False,
    )
    payer = fields.Char(compute="_compute_shown")
    appointment = fields.Char(compute="_compute_shown")
    available_method_ids = fields.Many2many(
        "konfidens.payment.method",
        compute="_compute_shown",
        export_string_translation=False,
    )
    note = fields.Text(compute="_compute_shown")
    pay_to = fields.Char(related="method_id.pay_to")
    qr_code = fields.Html(
        compute="_compute_shown", sanitize=False, export_string_translation=False
    )
    result = fields.Text(compute="_compute_shown")
    has_receipt = fields.Boolean(
        compute="_compute_shown", export_string_translation=False
    )

    @api.depends("move_id", "shows_link")
    @api.depends_context("uid", "lang")
    def _compute_shown(self):
        for wizard in self:
            move = wizard._get_checked_move()
            # sudo: of a payment the user sees that it is there; as in the database
            stored = wizard._origin.sudo()
            payment = stored.payment_id
            # all of it, or the instalment that the link asks for
            paid = move._is_paid() or (
                move.currency_id.compare_amounts(
                    move.amount_residual, stored.amount_left
                )
                < 0
            )
            wizard.step = (
                "paid"
                if payment or (paid and stored.shows_link)
                else "link"
                if stored.shows_link
                else "take"
            )
            wizard.payer = move.partner_id.display_name
            wizard.appointment = move.payment_appointment
            methods = self.env["konfidens.payment.method"]._search_for(move)
            wizard.available_method_ids = methods.with_env(self.env)
            wizard.note = wizard.step == "take" and wizard._get_note(move, methods)
            wizard.qr_code = wizard.step == "link" and Markup(
                '<img src="{}" alt="" style="width: 256px; max-width: 100%"/>'
            ).format(move._get_pay_qr_code())
            wizard.result = wizard.step == "paid" and wizard._describe(move, payment)
            wizard.has_receipt = bool(payment)

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: nobody writes what only follows.

        :raises AccessError: somebody does
        """
        if not self.env.su and set(vals) - CHOICES:
            raise AccessError(
                self.env._(
                    "Open Take Payment on the invoice that is paid: it cannot be "
                    "changed in the dialog."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_take(self):
        """Take the payment, and show that it is taken.

        Pressed once more, it shows the same.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the payment cannot be taken; nothing is changed
        """
        self.ensure_one()
        move = self._get_checked_move()
        lock_or_explain(move)
        wizard = self.sudo()  # sudo: access was checked
        if not wizard.payment_id:
            wizard.payment_id = move._take_payment(
                wizard.method_id, wizard.amount, wizard.amount_left, wizard.reference
            )
        return self._open()

    def action_show_link(self):
        """Show the pay link as a code, for the client's own phone.

        A draft is completed first: what can be paid has a number.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: the invoice cannot be completed
        """
        self.ensure_one()
        move = self._get_checked_move()
        move._lock_for_payment()
        if problem := move._get_desk_obstacle():
            raise UserError(problem)
        if move.state == "draft":
            move.action_complete_invoice()
        move._ensure_pay_token()
        self.sudo().shows_link = True  # sudo: access was checked
        return self._open()

    def action_take_otherwise(self):
        """Go back from the code to the other ways to pay.

        :raises AccessError: the user may not bill these bookings
        """
        self.ensure_one()
        move = self._get_checked_move()
        # sudo: access was checked; the invoice may have got its number meanwhile
        self.sudo().write({"shows_link": False, **self._prepare_amounts(move)})
        return self._open()

    def action_print_receipt(self):
        """Open Odoo's receipt of the payment that was taken.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: no payment was taken
        """
        self.ensure_one()
        self._get_checked_move()
        payment = self.sudo().payment_id  # sudo: access was checked
        if not payment:
            raise UserError(self.env._("No payment was taken yet."))
        return payment._open_receipt()

    # === BUSINESS METHODS === #

    @api.model
    def _open_for(self, move):
        """Open a new dialog for an invoice that the user may bill.

        :param move: `account.move`, with all rights
        """
        methods = self.env["konfidens.payment.method"]._search_for(move)
        # sudo: the caller checked the access; nobody makes such a dialog by hand
        wizard = plainly(self.sudo()).create(
            {
                "move_id": move.id,
                "currency_id": move.currency_id.id,
                "method_id": methods[:1].id,
                **self._prepare_amounts(move),
            }
        )
        return wizard.with_env(self.env)._open()

    @api.model
    def _prepare_amounts(self, move):
        """Return what the dialog shows of what is left to pay, and proposes."""
        return {
            "amount_left": move.amount_residual,
            "amount": min(move._get_amount_to_ask(), move.amount_residual),
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Payment"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_checked_move(self):
        """Return the invoice with all rights.

        :raises AccessError: it is another's dialog, or the user may not bill
        """
        self.ensure_one()
        # Also where it is computed as superuser.
        wizard = plainly(self._origin.sudo(False))
        wizard.check_access("read")
        # sudo: of the user's own dialog, as it is in the database, not on the screen
        move = wizard.sudo().move_id.with_env(wizard.env)
        move._check_payment_access()
        return move.sudo()  # sudo: access was checked

    def _get_note(self, move, methods):
        """Return in sentences what to know before the payment is taken, or False."""
        sentences = []
        if not methods:
            sentences.append(
                self.env._(
                    "The practice has not said yet how it takes money in %(currency)s. "
                    "An administrator adds the ways in Payments, Configuration, Ways "
                    "to Pay.",
                    currency=move.currency_id.name,
                )
            )
        if move._get_pending_transactions():
            sentences.append(
                self.env._(
                    "The client has begun to pay online, and it is not known yet what "
                    "becomes of it. Take a payment only if the client gave that up."
                )
            )
        if move.state == "draft":
            sentences.append(self.env._("The invoice is completed first."))
        return " ".join(sentences) or False

    def _describe(self, move, payment):
        """Return in sentences what was paid, and what is left."""
        left = move.amount_residual
        sentences = []
        if payment:
            sentences.append(
                self.env._(
                    "%(amount)s paid by %(method)s.",
                    amount=format_amount(self.env, payment.amount, payment.currency_id),
                    method=payment.payments_method_id.name,
                )
            )
        if move.currency_id.is_zero(left):
            sentences.append(
                self.env._("%(invoice)s is paid.", invoice=move.display_name)
            )
        else:
            sentences.append(
                self.env._("%(left)s is left to pay.", left=move._format_left())
            )
        return " ".join(sentences)
