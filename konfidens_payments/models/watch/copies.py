from odoo import api, models

from ...tools import is_copy


class KonfidensPaymentMessage(models.Model):
    """A copy of the database, made with `odoo neutralize`, sends nothing.

    What is scheduled or under way there stays so, whoever switches jobs and mail
    servers on again: its clients are those of the practice.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _has_unfinished(self):
        """Override: on a copy the jobs have nothing to do."""
        return not is_copy(self.env) and super()._has_unfinished()


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(self, *args, **kwargs):
        """Override of `mail` to leave out payment messages on a copy."""
        mails = self
        if is_copy(self.env):
            # sudo: which of them are ours, whoever sends them
            parts = self.env["mail.notification"].sudo()
            ours = parts.search(
                [
                    ("mail_mail_id", "in", self.ids),
                    ("konfidens_payment_message_id", "!=", False),
                ]
            )
            mails -= ours.mail_mail_id.with_env(self.env)
        return super(MailMail, mails)._send(*args, **kwargs)


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send_with_api(self, *args, **kwargs):
        """Override of `sms` to leave out payment messages on a copy."""
        sms = self
        if is_copy(self.env):
            # sudo: which of them are ours, whoever sends them
            parts = self.env["mail.notification"].sudo()
            ours = parts.search(
                [
                    ("sms_id_int", "in", self.ids),
                    ("konfidens_payment_message_id", "!=", False),
                ]
            )
            sms -= self.browse(ours.mapped("sms_id_int"))
        if not sms:
            return None
        return super(SmsSms, sms)._send_with_api(*args, **kwargs)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _has_to_be_paid(self):
        """Override of `account_payment`: nobody pays an appointment on a copy."""
        if is_copy(self.env) and self.sudo().booking_ids:
            return False
        return super()._has_to_be_paid()

    def _open_pay_link(self, user):
        """Override: who opens the link of a copy has read no message."""
        return not is_copy(self.env) and super()._open_pay_link(user)

    def _is_shown_as_pdf(self):
        """Override: the link of a copy gives no invoice."""
        return not is_copy(self.env) and super()._is_shown_as_pdf()

    def _get_pay_page_values(self, path, look_again=False):
        """Override: on a copy the page says so, and nothing else."""
        if not is_copy(self.env):
            return super()._get_pay_page_values(path, look_again)
        return {**self._get_pay_page_frame(), "state": "copy"}
