from odoo import models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import email_normalize


class AccountMove(models.Model):
    """By which channels the payer of an invoice can be reached, and from whom."""

    _inherit = "account.move"

    def _get_wanted_channel(self):
        """Return by which channel this payer is told where nobody chose another."""
        self.ensure_one()
        return self.company_id.payments_channel

    def _get_follow_up_channel(self):
        """Return by which channel reminders and receipts follow the payment message."""
        self.ensure_one()
        latest = self._get_latest_payment_message()
        return latest.channel or self.company_id.payments_channel

    def _get_default_channel(self):
        """Return the channel that the send dialog proposes: email, sms, both.

        The wanted one, unless these payers can only be reached by another.
        """
        wanted = {move._get_wanted_channel() for move in self}
        channel = wanted.pop() if len(wanted) == 1 else False
        channel = channel or self.company_id[:1].payments_channel or "email"
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

    def _get_sender_problem(self, channel):
        """Return why nobody would be the sender of an e-mail to the payer, or False."""
        self.ensure_one()
        company = self.company_id
        if channel == "sms" or email_normalize(company.email):
            return False
        template = self.env.ref("konfidens_payments.mail_template_payment")
        # where the practice chose another sender than the company
        if email_normalize(template.sudo().email_from):  # sudo: for who may not see it
            return False
        return self.env._(
            "%(company)s has no e-mail address that messages could come from. An "
            "administrator enters one on the company.",
            company=company.name,
        )

    def _refuse_messages(self, problems):
        """Return the exception for who asks for messages that cannot be sent.

        With a button to the company, where it lacks an address and the user may enter
        one.

        :param problems: in words, one for each invoice
        """
        words = "\n".join(problems)
        nameless = self.filtered(
            lambda move: (
                (problem := move._get_sender_problem("email")) and problem in words
            )
        )
        company = nameless.company_id[:1].with_env(self.env).sudo(False)
        if not company or not company.has_access("write"):
            return UserError(words)
        return RedirectWarning(
            words, company._get_records_action(), self.env._("Open the Company")
        )
