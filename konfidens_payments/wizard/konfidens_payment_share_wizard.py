from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..models.shares.konfidens_payment_booking import DIGITS, split
from ..tools import plainly

# What a user chooses in the dialog; all else follows.
CHOICES = {"and_later", "line_ids", "price"}


class KonfidensPaymentShareWizard(models.TransientModel):
    """The dialog *Split Between Payers*: who pays how much of an appointment.

    It is made when it is opened, so that it knows which bookings the screen showed.
    """

    _name = "konfidens.payment.share.wizard"
    _description = "Split Between Payers"

    booking_ids = fields.Many2many(
        "konfidens.payment.booking", required=True, readonly=True
    )
    known = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="What the payers of the bookings paid when it was opened.",
    )
    count = fields.Integer(readonly=True, export_string_translation=False)
    price = fields.Monetary("Whole Price", help="What all payers pay together.")
    currency_id = fields.Many2one("res.currency", readonly=True)
    line_ids = fields.One2many(
        "konfidens.payment.share.wizard.line", "wizard_id", "Payers"
    )
    later_count = fields.Integer(readonly=True, export_string_translation=False)
    and_later = fields.Boolean(
        "Later Ones Too",
        help="Also the later appointments of this series that nobody was told of, each "
        "at its own price.",
    )
    # what is shown
    left = fields.Float(
        compute="_compute_left", digits=(5, DIGITS), export_string_translation=False
    )
    later_note = fields.Char(
        compute="_compute_later_note", export_string_translation=False
    )
    left_note = fields.Char(compute="_compute_left", export_string_translation=False)

    # === COMPUTE METHODS === #

    @api.depends("line_ids.share")
    @api.depends_context("lang")
    def _compute_left(self):
        for wizard in self:
            left = round(100 - sum(wizard.line_ids.mapped("share")), DIGITS)
            wizard.left = max(left, 0.0)
            if len(wizard.line_ids) == 1:
                wizard.left_note = self.env._(
                    "Add who else pays. Alone, this payer pays all of it."
                )
            elif not left:
                wizard.left_note = False
            elif left > 0:
                wizard.left_note = self.env._(
                    "%(left)s %% is still to be paid by somebody.", left=f"{left:g}"
                )
            else:
                wizard.left_note = self.env._(
                    "That is %(more)s %% too much.", more=f"{-left:g}"
                )

    @api.depends("later_count")
    @api.depends_context("lang")
    def _compute_later_note(self):
        for wizard in self:
            wizard.later_note = wizard.later_count and self.env._(
                "Also the later appointments of this series: %(count)s",
                count=wizard.later_count,
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `base`: nobody writes what only follows.

        :raises AccessError: somebody does
        """
        if not self.env.su and set(vals) - CHOICES:
            raise AccessError(
                self.env._(
                    "Open the dialog on the appointments that it is about: they cannot "
                    "be changed in it."
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_split(self):
        """Let the payers pay what the dialog says. One who is left pays all of it.

        :raises AccessError: the user may not bill these bookings, or chose a payer
            whom he may not see
        :raises UserError: the shares are no whole, a payer was told already, or
            somebody changed the bookings meanwhile
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: of the user's own dialog
        bookings = self.sudo().booking_ids.with_env(plainly(self).env)
        bookings._check_can_bill()
        if self._describe_known(bookings.sudo()) != self.sudo().known:
            raise UserError(
                self.env._(
                    "Somebody else changed it meanwhile. Close this, and look again."
                )
            )
        lines = self.line_ids
        if not lines:
            raise UserError(self.env._("Somebody must pay: add a payer."))
        for line in lines:
            bookings._check_may_choose({"payer_id": line.payer_id.id})
        # sudo: they may be chosen, so their bookings may be billed
        payers = [(line.payer_id.sudo(), line.share) for line in lines]
        if len(payers) == 1:
            payers = [(payers[0][0], 100.0)]
        if self.count == 1 and self.price <= 0:
            raise UserError(self.env._("The whole price is above zero."))
        later = self._find_later(bookings) if self.and_later else bookings.browse()
        # sudo: access was checked
        bookings.sudo()._split_between(payers, self.count == 1 and self.price)
        if later:
            later.sudo()._split_between(payers)  # each at its own price
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    @api.model
    def _open_for(self, bookings):
        """Open a new dialog for bookings that the user may bill.

        :raises UserError: they are of several clients, or cannot be split
        """
        # sudo: the caller checked the access; nobody makes such a dialog by hand
        shares = bookings.sudo()._with_shares().filtered("share") or bookings.sudo()
        if len(shares.client_id) > 1:
            raise UserError(
                self.env._(
                    "These appointments are of several clients. Choose those of one "
                    "client, whose payers share them."
                )
            )
        shares._check_can_be_split()
        first = shares.filtered(lambda one: one.event_id == shares[0].event_id)
        count = len(shares.event_id)
        wizard = plainly(self.sudo()).create(
            {
                "booking_ids": shares.ids,
                "known": self._describe_known(shares),
                "count": count,
                "price": first[0].whole_price if count == 1 else 0.0,
                "currency_id": first[0].currency_id.id,
                "later_count": len(self._find_later(shares).event_id),
                "line_ids": [
                    Command.create(
                        {
                            "payer_id": one.payer_id.id,
                            # of the one payer there is, who gets company
                            "share": one.share if one._is_shared() else 50.0,
                        }
                    )
                    for one in first
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split Between Payers"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _describe_known(self, bookings):
        """Return who pays what of these bookings, to be compared: JSON."""
        return [
            [one.id, one.payer_id.id, one.share, one.price]
            for one in bookings.sorted("id")
        ]

    @api.model
    def _find_later(self, bookings):
        """Return what the user may split along, of the series of one appointment."""
        # sudo: of bookings that the user may bill; the later ones are asked for plainly
        event = bookings.sudo().event_id
        if len(event) != 1 or not event.recurrence_id:
            return bookings.browse()
        later = bookings.sudo(False).search(
            [
                ("event_id", "in", event.recurrence_id.calendar_event_ids.ids),
                ("client_id", "=", bookings.sudo().client_id.id),
                ("start", ">", event.start),
            ]
        )
        may = later._filtered_access("write")
        kept = later.filtered(
            lambda one: one not in may or one.sudo()._get_split_problem()
        )
        later = later.filtered(lambda one: one.event_id not in kept.event_id)
        return later.with_env(bookings.env)


class KonfidensPaymentShareWizardLine(models.TransientModel):
    _name = "konfidens.payment.share.wizard.line"
    _description = "Payer Who Shares"

    wizard_id = fields.Many2one(
        "konfidens.payment.share.wizard", required=True, ondelete="cascade"
    )
    payer_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    share = fields.Float("Percent", digits=(5, DIGITS))
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    amount = fields.Monetary(compute="_compute_amount")

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: nobody chooses whom he may not see.

        :raises AccessError: somebody does
        """
        for vals in vals_list:
            self.env["konfidens.payment.booking"]._check_may_choose(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `base`, as above."""
        self.env["konfidens.payment.booking"]._check_may_choose(vals)
        return super().write(vals)

    @api.depends("share", "wizard_id.price", "wizard_id.line_ids.share")
    def _compute_amount(self):
        for line in self:
            wizard = line.wizard_id
            # the first pays what the others leave, once they are a whole
            others = [one.share for one in wizard.line_ids - wizard.line_ids[:1]]
            parts = split(wizard.price, [0.0, *others], wizard.currency_id)
            is_first = line == wizard.line_ids[:1]
            whole = round(sum(wizard.line_ids.mapped("share")), DIGITS) == 100
            line.amount = (
                parts[0]
                if is_first and whole
                else split(wizard.price, [0.0, line.share], wizard.currency_id)[1]
            )
