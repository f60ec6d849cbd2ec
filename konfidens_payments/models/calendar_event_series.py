from odoo import models
from odoo.fields import Command

from .calendar_event_changes import BILLING, FOLLOWED


class CalendarEvent(models.Model):
    """Recurring series: each occurrence is a booking with an invoice of its own.

    `calendar` archives the occurrences of a changed series and makes new ones. Their
    invoices go over to the new ones, so that nothing is billed twice and nothing that
    was billed is forgotten.
    """

    _inherit = "calendar.event"

    def _update_future_events(self, values, time_values, recurrence_values):
        """Override of `calendar` to hand the invoices over to the new occurrences."""
        following = self.recurrence_id.calendar_event_ids.filtered(
            lambda event: event.start >= self.start
        )
        return self._hand_invoices_over(
            following,
            {*values, *time_values},
            lambda event: super()._update_future_events(
                values, time_values, recurrence_values
            ),
        )

    def _rewrite_recurrence(self, values, time_values, recurrence_values):
        """Override of `calendar` to hand the invoices over to the new occurrences."""
        return self._hand_invoices_over(
            self.recurrence_id.calendar_event_ids,
            {*values, *time_values},
            lambda event: super()._rewrite_recurrence(
                values, time_values, recurrence_values
            ),
        )

    def _hand_invoices_over(self, occurrences, changed, change_series):
        """Change a series, and hand its invoices from archived to new occurrences.

        An occurrence that starts at the same time gets its predecessor's invoice; the
        others follow in their order. Where the series gets shorter, what is left over
        is cancelled; where it gets longer, what is new is billed by its method.

        :param occurrences: the events of the series that may be replaced
        :param changed: the names of the fields that are changed
        :param change_series: called with ``self``, does the change
        """
        # sudo: as in write(): the billing follows by the company's rules
        old = occurrences.sudo()
        before = old._get_billing_before({})
        result = change_series(self.with_context(konfidens_payments_no_billing=True))
        kept = old.exists().filtered("active")
        replaced = (old.exists() - kept).sorted("start")
        new = ((self.sudo() | kept).recurrence_id.calendar_event_ids - old).sorted(
            "start"
        )
        heirs = self._match_occurrences(replaced, new)
        for event in replaced:
            if event not in heirs:
                event._cancel_billing()
            elif event.invoice_ids:
                heirs[event]._take_invoices_of(event, before[event])
        kept._bill_after_write(changed & (BILLING | FOLLOWED), before)
        (kept + new)._bill_by_method()
        return result

    @staticmethod
    def _match_occurrences(replaced, new):
        """Return which new occurrence takes the place of which replaced one."""
        by_start = {event.start: event for event in new}
        heirs = {
            event: by_start.pop(event.start)
            for event in replaced
            if event.start in by_start
        }
        rest = iter(event for event in new if event.start in by_start)
        for event in replaced:
            if event not in heirs and (heir := next(rest, None)) is not None:
                heirs[event] = heir
        return heirs

    def _take_invoices_of(self, other, known):
        """Take over what bills a replaced occurrence, and bring its draft in step.

        :param known: how the replaced occurrence was (`_get_billing_before`)
        """
        asked = {name: self[name] for name in ("payer_id", "service_id", "price")}
        self.invoice_ids = [Command.set(other.invoice_ids.ids)]
        other.invoice_ids = [Command.clear()]
        move = self.invoice_id
        if move.state != "draft" or move._is_amount_locked():
            return
        booking = self.with_context(konfidens_payments_no_billing=True)
        booking.write(
            {
                name: self._fields[name].convert_to_write(value, self)
                for name, value in asked.items()
            }
        )
        move._follow_booking(
            booking,
            payer=booking.payer_id,
            old_label=known["label"],
            price_changed=booking.price != known["price"],
        )
        move.payment_message_ids._follow_appointments()
