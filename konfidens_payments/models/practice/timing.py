from datetime import timedelta

import pytz

from odoo import fields, models
from odoo.fields import Domain

from ...tools import later, to_local, to_utc


class ResCompany(models.Model):
    """When payment messages go by themselves: the company's timing.

    Minutes and hours are those of a clock that runs through. A day later is the same
    time of day where the practice is, also where a clock was put forward or back
    meanwhile.
    """

    _inherit = "res.company"

    def _get_payments_tz(self, default=None):
        """Return the name of the time zone of this practice.

        By its contact, else by its country where that has only one.

        :param default: otherwise
        """
        self.ensure_one()
        partner = self.partner_id
        if partner.tz:
            return partner.tz
        zones = pytz.country_timezones.get(partner.country_id.code or "", [])
        return zones[0] if len(zones) == 1 else default or "UTC"

    def _get_payment_message_date(self, start, stop, allday=False, tz=None):
        """Return when the message about an appointment goes, by this company's timing.

        :param start: of the appointment (UTC, naive), as ``stop`` and the answer
        :param allday: it has a day and no time; ``start`` and ``stop`` are local then,
            as `calendar` stores them: 8:00 on its first day and 18:00 on its last
        :param tz: where it takes place, for a practice whose time zone is not known
        :return: never before now
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if self.payments_timing_moment == "booking":
            return now
        tz = self._get_payments_tz(tz)
        moment = start if self._get_timing_field() == "start" else stop
        if allday:
            moment = to_utc(moment, tz)
        return max(now, self._shift_by_timing(moment, tz))

    def _get_due_domain(self, tz=None):
        """Return the domain of the bookings whose message is due, by the timing.

        :param tz: as in `_get_payment_message_date`
        """
        self.ensure_one()
        if self.payments_timing_moment == "booking":
            return Domain.TRUE
        tz = self._get_payments_tz(tz)
        name = self._get_timing_field()
        latest = self._shift_by_timing(fields.Datetime.now(), tz, back=True)
        return (
            Domain("allday", "=", True) & Domain(name, "<=", to_local(latest, tz))
        ) | (Domain("allday", "!=", True) & Domain(name, "<=", latest))

    def _get_timing_field(self):
        """Return by which moment of an appointment messages go: `start` or `stop`."""
        _direction, end = self.payments_timing_moment.split("_")
        return "start" if end == "start" else "stop"

    def _shift_by_timing(self, moment, tz, back=False):
        """Return a moment (UTC, naive) put off by this company's timing.

        :param back: instead, which moment it would have been put off from
        """
        number, unit = self.payments_timing_number, self.payments_timing_unit
        if self.payments_timing_moment.startswith("before") != back:
            number = -number
        if unit != "days":
            return later(moment, timedelta(**{unit: number}))
        return to_utc(later(to_local(moment, tz), timedelta(days=number)), tz)
