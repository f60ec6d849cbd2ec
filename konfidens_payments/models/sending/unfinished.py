from odoo import api, fields, models
from odoo.fields import Domain


class KonfidensPaymentMessage(models.Model):
    """What a job may still have to do something about, known by one look.

    Each job begins with it: where nothing is unfinished, that is all it costs, however
    many messages are settled and however many are scheduled for later.
    """

    _inherit = "konfidens.payment.message"

    # It arrived in one way before all of it had left. The rest leaves too.
    leaves_late = fields.Boolean(readonly=True, export_string_translation=False)

    _unfinished_index = models.Index(
        "(scheduled_date) WHERE state IN ('scheduled', 'sent')"
        " OR next_completion_date IS NOT NULL OR leaves_late IS TRUE"
    )

    @api.model
    def _get_unfinished_domain(self):
        """Return the domain of what a job may have to see to by now.

        What was sent was due before, so that one date tells for all.
        """
        return Domain("scheduled_date", "<=", fields.Datetime.now()) & (
            Domain("state", "in", ("scheduled", "sent"))
            | Domain("next_completion_date", "!=", False)
            | Domain("leaves_late", "=", True)
        )

    @api.model
    def _has_unfinished(self):
        # In the index's order: PostgreSQL might read the whole table for any one.
        return bool(
            self.search(self._get_unfinished_domain(), order="scheduled_date", limit=1)
        )

    def _has_waiting_part(self):
        """Return whether some of this bundle has not left, as far as `mail` knows."""
        statuses = set(self._get_notifications().mapped("notification_status"))
        return not statuses.isdisjoint(("ready", "process"))

    @api.model
    def _forget_left(self):
        """Have done with what left late, once nothing of it waits in a queue."""
        late = self.search(
            self._get_unfinished_domain() & Domain("leaves_late", "=", True)
        ).try_lock_for_update()
        waiting = self.env["mail.notification"].search(
            [
                ("mail_message_id", "in", late.mail_message_ids.ids),
                ("notification_status", "in", ("ready", "process")),
            ]
        )
        # A provider may have taken an SMS and never say more: then it stays `process`.
        queued_sms = self.env["sms.sms"].search(
            [
                ("id", "in", waiting.mapped("sms_id_int")),
                ("state", "=", "process"),
                ("to_delete", "=", False),
            ]
        )
        waiting = waiting.filtered(
            lambda notification: (
                notification.notification_type == "email"
                or notification.sms_id_int in queued_sms._ids
            )
        )
        left = late - waiting.mail_message_id.konfidens_payment_message_ids
        left.leaves_late = False
