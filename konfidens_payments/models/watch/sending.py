from odoo import models


class KonfidensPaymentMessage(models.Model):
    """Who sends something at once is told where it will not leave."""

    _inherit = "konfidens.payment.message"

    def action_send_now(self):
        """Override to tell what keeps them from leaving; they stay scheduled then.

        :return: the action that tells it, or False
        """
        notices = self.env["konfidens.payment.booking"]._get_notices()
        super().action_send_now()
        return self._tell(notices)

    def _send_again(self, choose):
        notices = self.env["konfidens.payment.booking"]._get_notices()
        super()._send_again(choose)
        return self._tell(notices)

    def _tell(self, notices):
        """Return the action that shows these notices, and reloads what is open.

        :param notices: as `_get_notices` of `konfidens.payment.booking` returns them
        :return: False where there are none
        """
        return bool(notices) and {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Scheduled"),
                "message": " ".join(notice["text"] for notice in notices),
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class AccountMove(models.Model):
    _inherit = "account.move"

    def _send_again(self, choose):
        notices = self.env["konfidens.payment.booking"]._get_notices()
        super()._send_again(choose)
        return self.env["konfidens.payment.message"]._tell(notices)
