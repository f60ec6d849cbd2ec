from odoo import api, fields, models
from odoo.fields import Domain

from .practice_problem import ADDRESSES

# Asked for by hand, one or a few; by itself; many at once.
BY_HAND, BY_ITSELF, MANY = range(3)
# More at once are many.
FEW = 20
# With what goes before the others go so many of these, at most.
BESIDE = 4


class KonfidensPaymentMessage(models.Model):
    """In which order leaves what is due, so that nothing waits behind thousands."""

    _inherit = "konfidens.payment.message"

    turn = fields.Integer(
        default=BY_ITSELF,
        export_string_translation=False,
        help="What somebody waits for goes before what goes by itself, and that before "
        "what is sent by the hundreds.",
    )
    unconfirmed = fields.Integer(
        default=0,
        readonly=True,
        help="How often its e-mail may have arrived, though the mail server did not "
        "confirm it.",
    )

    @api.model
    def _get_turn(self, count, by_hand):
        """Return in which turn messages go that are asked for together.

        :param count: how many they are
        :param by_hand: whether somebody wants them to go now
        """
        if count > FEW:
            return MANY
        return BY_HAND if by_hand else BY_ITSELF

    @api.model
    def _search_in_turn(self, domain, most):
        """Return the next of these messages.

        Half of them are what became due last, so that it passes by a backlog; half are
        what has waited longest, so that nothing waits for ever. What goes before the
        others goes with a few of these, for which it need not wait long. What may have
        arrived already comes last.
        """
        half = (most + 1) // 2
        latest = self.search(
            domain,
            order="unconfirmed, turn, scheduled_date DESC, id DESC",
            limit=half,
        )
        ahead = latest.filtered(
            lambda message: (
                (message.unconfirmed, message.turn)
                < (latest[-1].unconfirmed, latest[-1].turn)
            )
        )
        if ahead:
            latest, most = ahead, min(most, len(ahead) + BESIDE)
        elif len(latest) < half:  # it is all that there is
            return latest
        if len(latest) == most:  # a limit of zero is none, for Odoo
            return latest
        oldest = self.search(
            Domain(domain) & Domain("id", "not in", latest.ids),
            order="unconfirmed, scheduled_date, id",
            limit=most - len(latest),
        )
        return latest + oldest

    @api.model
    def _get_next_parts(self, notification_type, most):
        """Return what has to leave next by e-mail or SMS: `mail.notification` records.

        Where sending is paused and it is time for a try, one.
        """
        pauses = self.env["konfidens.payment.pause"]
        messages = self._search_in_turn(
            self._get_waiting_domain(notification_type), most
        )
        if messages:
            messages = pauses._leave_probes(messages, notification_type)
            pauses._note_probes(messages, notification_type)
        return messages._get_notifications(notification_type).filtered(
            lambda part: part.notification_status == "ready"
        )

    @api.model
    def _get_waiting_domain(self, notification_type):
        """Return the messages that have to leave by e-mail or SMS.

        Also what the other channel delivered, or whose pay link was opened, before all
        of it had left: the payer gets it all the same.
        """
        parts = Domain(
            [
                ("notification_type", "=", notification_type),
                ("notification_status", "=", "ready"),
                # Those of a person are `mail`'s, which sends a few each minute.
                (
                    "mail_mail_id",
                    "not any",
                    [("mail_server_id.owner_user_id", "!=", False)],
                ),
            ]
        )
        fresh = parts & Domain("payment_waits", "=", False)
        going = self.env["konfidens.payment.pause"]._get_going_domains()
        return (
            Domain("notification_ids", "any", parts)
            & Domain("state", "in", ("sent", "delivered"))
            & (
                Domain("next_try_date", "=", False)
                | Domain("next_try_date", "<=", fields.Datetime.now())
                | Domain("notification_ids", "any", fresh)
            )
            & going.get(notification_type, Domain.TRUE)
        )

    @api.model
    def _get_due_domain(self):
        """Return the messages that are due, by a channel that is not paused.

        Also what can go by none at all: it fails, and says why.
        """
        due = Domain("state", "=", "scheduled") & Domain(
            "scheduled_date", "<=", fields.Datetime.now()
        )
        going = self.env["konfidens.payment.pause"]._get_going_domains()
        if not going:
            return due
        by = {channel: self._get_by_channel_domain(channel) for channel in ADDRESSES}
        return due & (
            Domain.OR(by[channel] & going.get(channel, Domain.TRUE) for channel in by)
            | ~Domain.OR(by.values())
        )
