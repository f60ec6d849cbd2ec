from odoo import fields, models

from ..channel.konfidens_payment_message import CHANNEL


class MailNotification(models.Model):
    """A part of a payment message that is an electronic document."""

    _inherit = "mail.notification"

    notification_type = fields.Selection(
        selection_add=[(CHANNEL, "Electronic invoice")], ondelete={CHANNEL: "cascade"}
    )
    failure_type = fields.Selection(
        selection_add=[
            ("peppol_proxy", "The access point cannot be reached"),
            ("peppol_busy", "Somebody works on the electronic invoice"),
            ("peppol_unmade", "The electronic invoice could not be made"),
            ("peppol_refused", "The electronic invoice was refused"),
            ("peppol_unconfirmed", "Nobody knows whether the access point has it"),
        ]
    )
    peppol_asked_date = fields.Datetime(
        groups="base.group_system",
        export_string_translation=False,
        help="When the access point was asked to take it.",
    )

    # What is on its way: few rows, however many there are in the table.
    _peppol_index = models.Index(
        "(peppol_asked_date) WHERE notification_type = 'peppol'"
        " AND notification_status IN ('process', 'pending')"
    )

    def _is_passing_fault(self):
        """Override: an access point that cannot be reached may take it later."""
        return super()._is_passing_fault() or (
            self.notification_status == "exception"
            and self.failure_type in ("peppol_busy", "peppol_proxy")
        )

    def _is_of_unknown_fate(self):
        """Override: the access point may have the document."""
        return (
            super()._is_of_unknown_fate() or self.failure_type == "peppol_unconfirmed"
        )
