from odoo import models
from odoo.fields import Domain


class AccountMove(models.Model):
    """What the chatter says of an invoice that was completed by itself: one note.

    With all that changed. Odoo tells of that in a message of its own on each, one by
    one, which takes longer than anything else here.
    """

    _inherit = "account.move"

    def _complete_noted(self):
        """Complete these drafts, and note why, with all that changed.

        :raises UserError: as `_complete`
        """
        self._complete()
        changes = self._take_tracked_changes()
        notes = self._message_log_batch(
            {move.id: move._describe_completion() for move in self}
        )
        # sudo: as Odoo's own tracking, whoever made the change
        self.env["mail.tracking.value"].sudo().create(
            [
                {**values, "mail_message_id": note.id}
                for note in notes
                for values in changes.get(note.res_id, ())
            ]
        )

    def _describe_completion(self):
        if self.payment_message_state != "delivered":
            return self._in_practice_language().env._(
                "Invoice completed because it is paid."
            )
        message = self._get_latest_payment_message()._in_practice_language()
        return message.env._(
            "Invoice completed because its payment message was delivered. %(evidence)s",
            evidence=message._get_log_evidence(),
        )

    def _take_tracked_changes(self):
        """Return what Odoo would tell of these in the end, so that it does not.

        Where a follower asked to hear of completed or paid invoices, it does.

        :return: dict from the invoice's id to values of `mail.tracking.value`
        """
        subtypes = self.env["mail.message.subtype"]
        for name in ("validated", "paid"):
            subtypes |= self.env.ref(f"account.mt_invoice_{name}")
        # sudo: whether somebody asked for it, and no more
        followed = self.env["mail.followers"].sudo()
        followed = followed.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("subtype_ids", "in", subtypes.ids)
        ).mapped("res_id")
        tracked = self.env.cr.precommit.data.get(f"mail.tracking.{self._name}", {})
        names = self._track_get_fields()
        self.flush_recordset(names)  # what is not computed yet is not tracked yet
        fields = self.fields_get(
            names, attributes=("string", "type", "selection", "currency_field")
        )
        changes = {}
        for move in self - self.browse(followed):
            if before := tracked.pop(move.id, None):
                _names, commands = move._mail_track(fields, before)
                changes[move.id] = [values for *_command, values in commands]
        return changes
