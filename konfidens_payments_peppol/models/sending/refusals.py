from odoo import models

from ..channel.konfidens_payment_message import CHANNEL


class KonfidensPaymentMessage(models.Model):
    """Why an electronic invoice did not leave or arrive, in words."""

    _inherit = "konfidens.payment.message"

    def _get_part_refusal(self, notification):
        """Override: what the access point says stays as it is."""
        if notification.notification_type != CHANNEL:
            return super()._get_part_refusal(notification)
        match notification.failure_type:
            case "peppol_proxy" if notification.failure_reason:
                return self.env._(
                    "The access point does not take the electronic invoice now: "
                    "%(reason)s",
                    reason=notification.failure_reason,
                )
            case "peppol_proxy":
                return self.env._(
                    "The access point for electronic invoices cannot be reached."
                )
            case "peppol_busy":
                return self.env._(
                    "The electronic invoice could not be made yet: somebody works on "
                    "it, or on what it is made of."
                )
            case "peppol_unmade":
                return self.env._(
                    "The electronic invoice could not be made or handed over: "
                    "%(reason)s",
                    reason=notification.failure_reason,
                )
            case "peppol_unconfirmed":
                return self.env._(
                    "Nobody knows whether the access point has the electronic invoice: "
                    "the server stopped, or the connection broke. Ask the buyer before "
                    "you send it again."
                )
        return self.env._(
            "The electronic invoice was refused: %(reason)s",
            reason=notification.failure_reason
            or self.env._("the access point does not say why."),
        )
