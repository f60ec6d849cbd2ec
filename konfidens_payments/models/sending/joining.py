from odoo import models
from odoo.fields import Domain

# One mail or SMS tells of so many invoices; a payer with more gets several.
MOST = 100


class KonfidensPaymentMessage(models.Model):
    """How due messages of one payer become one, where the practice wants that."""

    _inherit = "konfidens.payment.message"

    def _with_others_due(self, due, most):
        """Return a batch of due messages in which none lacks what goes with it.

        :param due: domain of all that is due; these are the first of it
        :param most: how many make a batch
        """
        together = self.filtered(lambda message: message._goes_together())
        if not together:
            return self
        found = self | self.search(
            due
            & Domain("company_id", "in", together.company_id.ids)
            & Domain("partner_id", "in", together.partner_id.ids),
            order="scheduled_date, id",
        )
        batch = self.browse()
        for group in found._split_by_payer():
            if batch and len(batch) + len(group) > most:
                break
            batch += group
        return batch

    def _only_whole(self, locked):
        """Return those that are locked together with all that goes with them.

        Where somebody works on one of a payer's, the others wait for it.
        """
        if locked == self:
            return locked
        return self.browse().concat(
            *(group for group in self._split_by_payer() if group <= locked)
        )

    def _split_by_payer(self):
        """Return these due messages as they go together: a list of record sets.

        In the order of their appointments: what is said first is the earliest.
        """
        groups = []
        for messages in self.grouped(lambda message: message._get_payer_key()).values():
            ordered = messages.sorted(
                lambda message: message.line_ids.move_id._get_first_appointment()
            )
            groups += [
                ordered[start : start + MOST] for start in range(0, len(ordered), MOST)
            ]
        return groups

    def _get_payer_key(self):
        """Return what messages have in common that leave as one."""
        self.ensure_one()
        if not self._goes_together():
            return self
        return (
            self.kind,
            self.company_id,
            self.partner_id,
            self.currency_id,
            self.channel,
        )

    def _goes_together(self):
        """Return whether this message leaves as one with others of its payer."""
        self.ensure_one()
        return self.company_id.payments_together and self._may_go_together(self.channel)

    def _join(self):
        """Move the lines of messages that go together into the lowest of them.

        What each tells, and to whom, is fixed at this moment.

        :return: the messages that are left
        """
        joined = empty = self.browse()
        for group in self._split_by_payer():
            lowest = group.sorted("id")[0]
            for number, line in enumerate(group.all_line_ids):
                told = line.move_id._prepare_told_values()
                if len(group) > 1 or told != line._prepare_told_values():
                    line.write({**told, "message_id": lowest.id, "sequence": number})
            joined += lowest
            empty += group - lowest
        empty.unlink()
        return joined
