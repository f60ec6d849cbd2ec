from odoo import models


class AccountMove(models.Model):
    """By which channels the payer of an invoice can be reached."""

    _inherit = "account.move"

    def _get_default_channel(self):
        """Return the channel that the send dialog proposes: email, sms, both.

        The company's, unless these payers can only be reached by another.
        """
        channel = self.company_id[:1].payments_channel or "email"
        candidates = (channel, "email", "sms")
        return next(
            (
                candidate
                for candidate in candidates
                if not any(move._get_address_problem(candidate) for move in self)
            ),
            channel,
        )

    def _get_address_problem(self, channel):
        """Return why the payer cannot be reached by this channel, or False.

        By both: one that works is enough.
        """
        self.ensure_one()
        if channel == "email":
            return self._get_email_problem()
        if channel == "sms":
            return self._get_phone_problem()
        return self._get_phone_problem() and self._get_email_problem()

    def _get_email_problem(self):
        payer = self.partner_id
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

    def _get_phone_problem(self):
        payer = self.partner_id
        if not payer.phone:
            return self.env._(
                "%(payer)s has no phone number. Add one on the contact first.",
                payer=payer.display_name,
            )
        if not payer.phone_sanitized:
            return self.env._(
                "The phone number of %(payer)s, %(phone)s, cannot be right. Correct it "
                "on the contact first, with the country code: +47 …",
                payer=payer.display_name,
                phone=payer.phone,
            )
        return False
