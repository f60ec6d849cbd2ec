from odoo import api, fields, models

from ...tools import format_moment
from .calendar_event import BOOKING, GROUPS
from .changes import BILLING
from .konfidens_payment_booking import TIMES


class CalendarEvent(models.Model):
    """What a form says before it is saved: that a payment message leaves at once.

    An automatic one, of an appointment that is over, say.
    """

    _inherit = "calendar.event"

    payment_message_hint = fields.Char(
        compute="_compute_payment_message_hint",
        groups=GROUPS,
        export_string_translation=False,
    )

    @api.depends(*sorted(BILLING), *TIMES, "user_id")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_payment_message_hint(self):
        for event in self:
            # of what is saved the next step tells
            event.payment_message_hint = not event.id and event._get_message_hint()

    def _get_message_hint(self):
        """Return what saving this form sends at once, in words, or False."""
        self.ensure_one()
        booking = self._get_booking_of_form()
        if not booking or not self._sends_when_saved(booking):
            return False
        # sudo: the practice's timing, for who plans its appointments
        company = booking.company_id.sudo()
        now = fields.Datetime.now()
        tz = booking._get_payment_tz()
        times = self.start, self.stop, self.allday
        if company._get_payment_message_date(*times, tz) > now:
            return False
        if company._is_quiet_for(company.payments_channel):
            allowed = company._get_hours(now)[company].get_next(now)
            if allowed > now:
                return self.env._(
                    "Once you have saved, the payment message goes out %(moment)s: "
                    "these are quiet hours.",
                    moment=format_moment(self.env, allowed),
                )
        return self.env._("The payment message goes out as soon as you save.")

    def _get_booking_of_form(self):
        """Return the one booking of this form, maybe one to come; none if not mine."""
        origin = self._origin
        if bookings := origin._search_own_bookings():
            return bookings if len(bookings) == 1 else bookings.browse()
        if not self._is_planned_by_me() or origin._get_billed_ids():
            return self.env[BOOKING]
        return self._imagine_booking()

    def _sends_when_saved(self, booking):
        """Return whether a message is scheduled, or moved, by what was changed here."""
        method = self.invoicing_method or booking._get_default_method()
        if (
            method != "automatic"
            or not (self.start and self.stop and self.client_id and self.service_id)
            or self.price <= 0
            or not booking.company_id.sudo().payments_active  # sudo: whether
        ):
            return False
        origin = self._origin
        if not origin:
            return True
        changed = {name for name in (*BILLING, *TIMES) if self._differs(name)}
        invoice = booking._origin.sudo().invoice_id  # sudo: of the user's own booking
        if not invoice:
            return bool(changed.intersection(BILLING)) and not booking.was_drafted
        if invoice.payment_message_state == "scheduled":
            message = invoice._get_latest_payment_message()
            return message.follows_appointment and bool(changed.intersection(TIMES))
        return (
            invoice.state == "draft"
            and not invoice.payment_message_state
            and "invoicing_method" in changed
        )

    def _differs(self, name):
        old, new = self._origin[name], self[name]
        return (new._origin if isinstance(new, models.BaseModel) else new) != old
