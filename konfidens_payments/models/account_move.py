from odoo import api, fields, models
from odoo.exceptions import LockError, UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    booking_ids = fields.Many2many(
        "calendar.event",
        "konfidens_payments_booking_invoice_rel",
        "move_id",
        "event_id",
        "Appointments",
        copy=False,
        readonly=True,
        context={"active_test": False},
    )
    externally_billed = fields.Boolean(
        copy=False,
        tracking=True,
        help="Handled in another system: no payment message and no reminder is sent, "
        "and the appointment counts as settled.",
    )
    payment_message_ids = fields.One2many(
        "konfidens.payment.message", "move_id", "Payment Messages", readonly=True
    )
    payment_message_state = fields.Selection(
        selection=lambda self: (
            self.env["konfidens.payment.message"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        string="Payment Message",
        compute="_compute_payment_message_state",
        store=True,
        help="Where the latest payment message stands.",
    )
    payment_message_story = fields.Char(
        compute="_compute_payment_message_story", compute_sudo=True
    )
    payment_message_attention = fields.Boolean(
        compute="_compute_payment_message_story", compute_sudo=True
    )
    pay_url = fields.Char("Pay Link", compute="_compute_pay_url", compute_sudo=True)
    payment_appointment = fields.Char(
        "Appointment",
        compute="_compute_payment_appointment",
        compute_sudo=True,
        help="When the appointment was, in words that may leave the house.",
    )

    # sudo: a practitioner without accounting rights opens the invoice's form, where
    # Odoo counts its payments
    payment_count = fields.Integer(compute_sudo=True)
    reconciled_payment_ids = fields.Many2many(compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends("payment_message_ids.state")
    def _compute_payment_message_state(self):
        for move in self:
            messages = move.payment_message_ids.filtered(
                lambda message: message.state != "cancelled"
            )
            move.payment_message_state = messages.sorted("id")[-1:].state

    @api.depends("payment_message_ids.story", "state")
    @api.depends_context("lang", "tz")
    def _compute_payment_message_story(self):
        for move in self:
            latest = move.payment_message_ids.filtered(
                lambda message: message.state != "cancelled"
            ).sorted("id")[-1:]
            move.payment_message_story = latest.story
            move.payment_message_attention = (
                bool(latest) and move.state == "draft" and bool(latest.failure_reason)
            )

    @api.depends("booking_ids")
    def _compute_name_placeholder(self):
        """Override of `account`: a preview does not look as if it had a number."""
        previews = self.filtered("booking_ids")
        previews.name_placeholder = False
        return super(AccountMove, self - previews)._compute_name_placeholder()

    @api.depends("access_token")
    def _compute_pay_url(self):
        for move in self:
            # A draft that was never messaged has no token, and so no link yet.
            move.pay_url = move.access_token and (
                f"{move.get_base_url()}{move.access_url}"
                f"?access_token={move.access_token}"
            )

    @api.depends("booking_ids.start", "booking_ids.allday")
    @api.depends_context("lang")
    def _compute_payment_appointment(self):
        for move in self:
            move.payment_appointment = ", ".join(
                booking._get_public_date() for booking in move.booking_ids
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `account` to call off what an externally billed invoice has."""
        result = super().write(vals)
        if vals.get("externally_billed"):
            self.payment_message_ids._cancel_scheduled()
        return result

    def button_cancel(self):
        """Override of `account` to take the scheduled payment message along."""
        result = super().button_cancel()
        self.payment_message_ids._cancel_scheduled()
        return result

    def _fetch_duplicate_reference(self, matching_states=("draft", "posted")):
        """Override of `account`: two appointments at one price are no duplicates."""
        duplicates = super()._fetch_duplicate_reference(matching_states)
        return {
            move: others - others.filtered("booking_ids")
            if move.booking_ids
            else others
            for move, others in duplicates.items()
        }

    # === ACTION METHODS === #

    def action_send_payment_message(self):
        """Open the dialog that asks when the payment message shall go.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of the invoices cannot have a payment message
        """
        self._check_payment_access()
        self._check_can_be_messaged()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Payment Message"),
            "res_model": "konfidens.payment.message.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": self.ids},
        }

    def action_complete_invoice(self):
        """Post the invoice: it gets its number, date and due date.

        A payment message that is still scheduled goes out all the same.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: it is no draft, or Odoo refuses to post it
        """
        self._check_payment_access()
        # sudo: access was checked; a practitioner has no rights in accounting
        moves = self.sudo()
        moves._lock_for_payment()
        for move in moves:
            if move.state != "draft":
                raise UserError(
                    self.env._(
                        "%(invoice)s is not a draft, so there is nothing to complete.",
                        invoice=move.display_name,
                    )
                )
        moves._complete()

    def action_view_bookings(self):
        """Open the appointments that this invoice bills."""
        return self.booking_ids._get_records_action(
            name=self.env._("Appointments"), context={}
        )

    # === BUSINESS METHODS === #

    def _check_payment_access(self):
        """:raises AccessError: unless the user may bill what these invoices bill."""
        # sudo: the check itself looks at who the user is
        self.sudo().booking_ids.with_env(self.env)._check_billing_access()
        if not self.sudo().booking_ids:
            self.check_access("write")

    def _lock_for_payment(self):
        """Keep others from completing or changing these invoices meanwhile.

        :raises UserError: somebody else is at it right now
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on this invoice right now. Wait a "
                    "moment, reload the page and look again."
                )
            ) from error

    def _check_can_be_messaged(self):
        """:raises UserError: with the reason for each invoice that cannot be."""
        problems = [
            problem
            for move in self.sudo()  # sudo: the callers checked the access
            if (problem := move._get_message_problem())
        ]
        if problems:
            raise UserError("\n".join(problems))

    def _get_message_problem(self):
        """Return why no payment message can be asked for and what to do, or False."""
        self.ensure_one()
        name = self.display_name
        if not self.booking_ids:
            return self.env._(
                "%(invoice)s bills no appointment. Use Send to send it.", invoice=name
            )
        if self.externally_billed:
            return self.env._(
                "%(invoice)s is billed in another system, so no payment message is "
                "sent.",
                invoice=name,
            )
        if self.state == "cancel":
            return self.env._(
                "%(invoice)s is cancelled. Create a new invoice from the appointment.",
                invoice=name,
            )
        if self.payment_state in ("paid", "in_payment", "reversed"):
            return self.env._(
                "%(invoice)s is settled already: there is nothing to pay.", invoice=name
            )
        if self.state == "posted":
            return self.env._(
                "%(invoice)s is completed already. Use Send to send it to the client "
                "again.",
                invoice=name,
            )
        if self.payment_message_state == "sent":
            return self.env._(
                "The payment message for %(invoice)s is on its way already.",
                invoice=name,
            )
        return self._get_sending_problem()

    def _get_sending_problem(self):
        """Return why a payment message that is due cannot leave, or False."""
        self.ensure_one()
        payer = self.partner_id
        if self.currency_id.compare_amounts(self.amount_total, 0) <= 0:
            return self.env._(
                "%(invoice)s has nothing to pay. Set a price first.",
                invoice=self.display_name,
            )
        if not payer.email:
            return self.env._(
                "%(payer)s has no e-mail address. Add one on the contact first.",
                payer=payer.display_name,
            )
        if not payer.email_normalized:
            return self.env._(
                "The e-mail address of %(payer)s, %(email)s, cannot be right. Correct "
                "it on the contact first.",
                payer=payer.display_name,
                email=payer.email,
            )
        return False

    def _wants_payment_message(self):
        """Return whether a payment message that is scheduled shall still go."""
        self.ensure_one()
        return (
            self.state in ("draft", "posted")
            and not self.externally_billed
            and self.payment_state not in ("paid", "in_payment", "reversed")
        )

    def _schedule_payment_message(self, scheduled_date, channel="email"):
        """Schedule a payment message for each invoice, instead of one scheduled before.

        :param scheduled_date: when it shall leave (UTC, naive)
        :return: the new `konfidens.payment.message` records
        """
        self.payment_message_ids._cancel_scheduled()
        return self.env["konfidens.payment.message"].create(
            [
                {
                    "move_id": move.id,
                    "partner_id": move.partner_id.id,
                    "channel": channel,
                    "scheduled_date": scheduled_date,
                    "amount": move.amount_total,
                }
                for move in self
            ]
        )

    def _complete(self):
        """Post these drafts, dated as it is today where the practice is."""
        for tz, moves in self.grouped(lambda move: move._get_payment_tz()).items():
            moves.with_context(tz=tz)._post(soft=False)
        self.payment_message_ids.failure_reason = False

    def _get_booking_status(self):
        """Return the `payment_status` of the bookings that this invoice bills."""
        self.ensure_one()
        if self.externally_billed:
            return "external"
        if self.state == "posted":
            if self.payment_state in ("paid", "in_payment"):
                return "paid"
            return "credited" if self.payment_state == "reversed" else "unpaid"
        return {
            "scheduled": "scheduled",
            "sent": "sent",
            "failed": "attention",
            # delivered, and still a draft: it could not be completed
            "delivered": "attention",
        }.get(self.payment_message_state, "draft")

    def _get_payment_tz(self):
        self.ensure_one()
        return self.booking_ids[:1]._get_payment_tz() if self.booking_ids else "UTC"
