from odoo import api, models
from odoo.exceptions import UserError


def _check_not_needed(records):
    """:raises UserError: for what came with the addon, which works with it"""
    for record_id, xmlid in records._get_external_ids().items():
        if any(one.startswith("konfidens_payments") for one in xmlid):
            record = records.browse(record_id)
            raise UserError(
                records.env._(
                    "Payments needs “%(name)s”, so it cannot be deleted. Change its "
                    "words instead.",
                    name=record.display_name,
                )
            )


class MailTemplate(models.Model):
    """What payments are told of with."""

    _inherit = "mail.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_needed(self):
        _check_not_needed(self)


class SmsTemplate(models.Model):
    """As above, by SMS."""

    _inherit = "sms.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_needed(self):
        _check_not_needed(self)


class MailActivityType(models.Model):
    """What people are asked by to see to a payment."""

    _inherit = "mail.activity.type"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_needed(self):
        _check_not_needed(self)
