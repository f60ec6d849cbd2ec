from odoo import api, fields, models
from odoo.fields import Domain

from ..booking.calendar_event import GROUPS

RETRYING = "retrying"


class KonfidensPaymentMessage(models.Model):
    """Where a payment message stands, as people read it.

    One of which something waits for its next try is *sent* like the others, and would
    seem to be well on its way.
    """

    _inherit = "konfidens.payment.message"

    status = fields.Selection(
        selection=lambda self: self._get_statuses(),
        string="State",
        compute="_compute_status",
        store=True,
        precompute=True,
        help="Trying again: something of it has not left yet, and waits for its next "
        "try.",
    )

    @api.model
    def _get_statuses(self):
        """Return the states, with that of what is tried again before *sent*.

        In the user's language.
        """
        states = self._fields["state"]._description_selection(self.env).copy()
        names = [name for name, _label in states]
        states.insert(names.index("sent"), (RETRYING, self.env._("Trying again")))
        return states

    @api.depends("state", "next_try_date")
    def _compute_status(self):
        for message in self:
            message.status = "retrying" if message._is_retrying() else message.state

    def _is_retrying(self):
        """Return whether something of this message waits for its next try."""
        return bool(self.state == "sent" and self.next_try_date)


class AccountMove(models.Model):
    _inherit = "account.move"

    payment_message_status = fields.Selection(
        selection=lambda self: (
            self.env["konfidens.payment.message"]
            ._fields["status"]
            ._description_selection(self.env)
        ),
        string="Payment Message",
        compute="_compute_payment_message_status",
        compute_sudo=True,
        search="_search_payment_message_status",
        groups=GROUPS,
        help="Where the latest payment message stands.",
    )

    @api.depends("payment_message_line_ids.message_id.status")
    def _compute_payment_message_status(self):
        for move in self:
            latest = move._get_latest_payment_message()
            move.payment_message_status = latest.status

    def _search_payment_message_status(self, operator, value):
        """Find by the latest message, as the stored state of the invoice has it."""
        if operator != "in":
            return NotImplemented
        states = [status for status in value if status != RETRYING]
        # what is tried again is the latest: another one is scheduled when it is over
        retrying = Domain(
            "payment_message_ids",
            "any",
            [("status", "=", RETRYING), ("kind", "=", "payment")],
        )
        found = Domain("payment_message_state", "in", states)
        if "sent" in states:
            found &= ~retrying
        return found | retrying if RETRYING in value else found
