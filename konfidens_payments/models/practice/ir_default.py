from odoo import SUPERUSER_ID, models

# How the names of models begin of which something is made with all rights here.
_MADE_FOR_USERS = (
    "account.",
    "calendar.attendee",
    "ir.attachment",
    "konfidens.",
    "mail.",
    "payment.",
    "sms.",
)


class IrDefault(models.Model):
    """What users chose for their own forms is no part of what is billed for them."""

    _inherit = "ir.default"

    def _get_model_defaults(self, model_name, condition=False):
        """Override of `base`: what is made with all rights begins as for everybody.

        Every employee may set defaults for oneself, of whatever model and field. What
        follows by the practice's rules is made by `sudo()` for users who could not
        make it, and is what the rules say.
        """
        ours = model_name.startswith(_MADE_FOR_USERS)
        if ours and self.env.su and self.env.uid != SUPERUSER_ID:
            company = self.env.company
            self = self.with_user(SUPERUSER_ID).with_company(company)
        return super()._get_model_defaults(model_name, condition)
