from odoo import api, fields, models


class KonfidensPaymentMessage(models.Model):
    """What is different with a message that is a reminder.

    It never completes or changes an invoice, and says nothing of the payment message.
    """

    _inherit = "konfidens.payment.message"

    reminder_id = fields.Many2one(
        "konfidens.payment.reminder", readonly=True, ondelete="set null", index=True
    )
    by_hand = fields.Boolean(
        readonly=True,
        export_string_translation=False,
        help="Somebody wanted this reminder; it did not go by itself.",
    )

    # === ACTION METHODS === #

    def action_cancel(self):
        """Override: whoever calls off a reminder does not want it tomorrow either.

        :raises AccessError: the user may not bill these bookings
        :raises UserError: one of them has left or was called off meanwhile
        """
        reminders = self.filtered(lambda message: message.kind == "reminder")
        result = super().action_cancel()
        # sudo: the override has checked the access
        reminders.sudo().line_ids.move_id._stop_reminders()
        return result

    def _send_again(self, choose):
        """Override: a reminder that failed is sent again as one."""
        reminders = self.filtered(lambda message: message.kind == "reminder")
        others = self - reminders
        messages = (
            super(KonfidensPaymentMessage, others)._send_again(choose)
            if others
            else self.browse()
        )
        for message in reminders:
            lines = message._lock_in_state("failed")
            # of what is still to be paid, where something is
            moves = (lines._filter_wanted() or lines).move_id
            channel = choose(message.channel)
            moves._check_can_be_reminded(channel)
            messages += moves._schedule_reminders(
                fields.Datetime.now(), channel, by_hand=True
            ).with_env(self.env)
        return messages

    # === BUSINESS METHODS === #

    def _get_mail_template(self):
        """Override: the reminder's, or that of all reminders."""
        if self.kind != "reminder":
            return super()._get_mail_template()
        return self.reminder_id.mail_template_id or self.env.ref(
            "konfidens_payments.mail_template_reminder"
        )

    def _get_sms_template(self):
        """Override: the reminder's, or that of all reminders."""
        if self.kind != "reminder":
            return super()._get_sms_template()
        return self.reminder_id.sms_template_id or self.env.ref(
            "konfidens_payments.sms_template_reminder"
        )

    def _goes_together(self):
        """Override: who has not paid several is reminded once."""
        return self.kind == "reminder" or super()._goes_together()

    def _join(self):
        """Override: what one reminder says fits the invoice that is reminded of first.

        Nobody reads of a last reminder in the first of an invoice.
        """
        reminders = self.filtered(lambda message: message.kind == "reminder")
        for group in reminders._split_by_payer():
            if len(group.reminder_id) > 1:
                group.reminder_id = group.reminder_id.sorted()[0]
            if any(group.mapped("by_hand")):
                group.by_hand = True  # what somebody wants goes
        return super()._join()

    def _send_instead(self, moves, channel, scheduled_date):
        """Override: what takes the place of a reminder is one."""
        if self.kind != "reminder":
            return super()._send_instead(moves, channel, scheduled_date)
        return moves._schedule_reminders(scheduled_date, channel, self.by_hand)

    def _ask_to_mend(self, move, reason):
        """Override: somebody is asked about the reminder, not the payment message."""
        if self.kind != "reminder":
            return super()._ask_to_mend(move, reason)
        return move._ask_about_reminder(reason)


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    due_date = fields.Date(
        compute="_compute_due_date",
        compute_sudo=True,
        help="Until when the invoice was to be paid.",
    )

    @api.depends("move_id.line_ids.date_maturity", "move_id.line_ids.reconciled")
    def _compute_due_date(self):
        for line in self:
            line.due_date = line.move_id._get_first_due_date()
