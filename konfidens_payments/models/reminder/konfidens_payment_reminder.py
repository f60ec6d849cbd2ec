from odoo import api, fields, models

from ..practice.res_company import CHANNELS


class KonfidensPaymentReminder(models.Model):
    """One of the reminders that a practice sends of an unpaid invoice, and when."""

    _name = "konfidens.payment.reminder"
    _description = "Reminder"
    _order = "company_id, sequence, id"

    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10, export_string_translation=False)
    days = fields.Integer(default=14, required=True)
    after = fields.Selection(
        [("due", "After the due date"), ("previous", "After the reminder before")],
        "Counted From",
        default="due",
        required=True,
        help="One that left late, or by hand, puts off the next ones by as many days.",
    )
    channel = fields.Selection(
        [("message", "As the payment message"), *CHANNELS],
        "By",
        default="message",
        required=True,
        help="By another where the payer can only be reached by that.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        "E-mail Template",
        domain="[('model', '=', 'konfidens.payment.message')]",
        ondelete="restrict",
        help="The usual words of a reminder, if empty.",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        "SMS Template",
        domain="[('model', '=', 'konfidens.payment.message')]",
        ondelete="restrict",
        help="The usual words of a reminder, if empty.",
    )

    _days_positive = models.Constraint(
        "CHECK (days BETWEEN 1 AND 999)",
        "A reminder goes 1 to 999 days after the due date, or after the one before.",
    )

    @api.depends("days", "after")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reminder in self:
            reminder.display_name = (
                self.env._("%(days)s days after the due date", days=reminder.days)
                if reminder.after == "due"
                else self.env._(
                    "%(days)s days after the reminder before", days=reminder.days
                )
            )

    @api.constrains("mail_template_id", "sms_template_id")
    def _check_templates(self):
        messages = self.env["konfidens.payment.message"]
        for reminder in self:
            for name in ("mail_template_id", "sms_template_id"):
                if reminder[name]:
                    messages._check_template(reminder[name])

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Plan anew what is not sent yet."""
        reminders = super().create(vals_list)
        reminders.company_id._plan_reminders()
        return reminders

    def write(self, vals):
        """Plan anew what is not sent yet."""
        companies = self.company_id
        result = super().write(vals)
        if vals.keys() & {"after", "company_id", "days", "sequence"}:
            (companies | self.company_id)._plan_reminders()
        return result

    def unlink(self):
        """Plan anew what is not sent yet."""
        companies = self.company_id
        result = super().unlink()
        companies._plan_reminders()
        return result

    # === BUSINESS METHODS === #

    def _get_offsets(self):
        """Return how long after the due date each of these goes, if none is late.

        :return: list of numbers of days, in the order of these reminders
        """
        offsets, last = [], 0
        for reminder in self:
            last = reminder.days if reminder.after == "due" else last + reminder.days
            offsets.append(last)
        return offsets
