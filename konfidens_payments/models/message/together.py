from odoo import models
from odoo.fields import Command

# One mail or SMS tells of so many invoices; a payer with more gets several.
MOST = 100


class KonfidensPaymentMessage(models.Model):
    """Payment messages of one payer that leave as one mail, or as one SMS: a bundle.

    Each invoice keeps a message of its own. Those of a bundle have the `mail.message`
    in common, and so their delivery, their tries and their failure.
    """

    _inherit = "konfidens.payment.message"

    # === BEFORE THEY LEAVE === #

    def _keep_together(self, due, most):
        """Return a batch of due messages in which no bundle is missing a part.

        :param due: domain of all that is due; these are the first of it
        :param most: how many make a batch
        """
        together = self.filtered("company_id.payments_together")
        if not together:
            return self
        found = self | self.search(
            [
                *due,
                ("company_id", "in", together.company_id.ids),
                ("move_id.partner_id", "in", together.move_id.partner_id.ids),
            ],
            order="scheduled_date, id",
        )
        batch = self.browse()
        for bundle in found._split_by_mail():
            if batch and len(batch) + len(bundle) > most:
                break
            batch += bundle
        return batch

    def _only_whole_bundles(self, locked):
        """Return the bundles of these due messages that are locked as a whole.

        Where somebody works on one of a bundle, the others wait for it.
        """
        if locked == self:
            return locked
        return self.browse().concat(
            *(bundle for bundle in self._split_by_mail() if bundle <= locked)
        )

    def _split_by_mail(self):
        """Return these due messages as they leave: a list of bundles.

        What is said first in a bundle is its earliest appointment.
        """
        bundles = []
        for messages in self.grouped(
            lambda message: message.move_id._get_together_key(message.channel)
        ).values():
            ordered = messages.sorted(
                lambda message: message.move_id._get_first_appointment()
            )
            bundles += [
                ordered[start : start + MOST] for start in range(0, len(ordered), MOST)
            ]
        return bundles

    def _tell_together(self, bundles):
        """Return the first invoice of each bundle, whose templates tell of them all."""
        moves = self.env["account.move"]
        firsts = moves.concat(*(bundle.move_id[:1] for bundle in bundles))
        return firsts._tell_together([bundle.move_id for bundle in bundles])

    def _get_chatter_body(self, told):
        """Return what the chatter of the first invoice shows of this bundle's message.

        What the payer was told, unless it tells of several practitioners: who may see
        this invoice need not see the others.

        :param told: the message's text, HTML
        """
        if self._is_of_several_practitioners():
            return self._in_practice_language()._describe_mixed()
        return told

    def _is_of_several_practitioners(self):
        return len(self.move_id.booking_ids.user_id) > 1 and len(self) > 1

    def _log_together(self, bundles):
        """Note on the other invoices of each bundle where its message stands."""
        bundle_of = {message: bundle for bundle in bundles for message in bundle[1:]}
        if bundle_of:
            self.browse().concat(*bundle_of)._log(
                lambda message: message._describe_together(bundle_of[message])
            )

    def _describe_mixed(self):
        return self.env._(
            "The payment message told of this appointment together with others, of "
            "other practitioners."
        )

    def _describe_together(self, bundle):
        if bundle._is_of_several_practitioners():
            return self._describe_mixed()
        first = bundle.move_id[:1]
        return self.env._(
            "The payment message told of several appointments together. It stands on "
            "the invoice of %(appointment)s.",
            appointment=first._get_html_link(title=first.payment_appointment),
        )

    # === AFTERWARDS === #

    def _schedule_anew(self):
        """Let these messages, whose mail was taken back before it left, be due anew."""
        self.write(
            {
                "state": "scheduled",
                "sent_date": False,
                "give_up_date": False,
                "next_try_date": False,
                "failure_reason": False,
                "mail_message_ids": [Command.clear()],
            }
        )
        self._log(lambda message: message._describe_schedule())
        self._trigger_sending()

    def _split_by_sent_mail(self):
        """Return these messages by the mail or SMS in which they left: a list."""
        return list(
            self.grouped(
                lambda message: frozenset(message.mail_message_ids.ids) or message.id
            ).values()
        )

    def _with_companions(self):
        """Return these messages and what left with them and has no answer either."""
        return self | self.mail_message_ids.konfidens_payment_message_ids.filtered(
            lambda message: message.state == "sent"
        )
