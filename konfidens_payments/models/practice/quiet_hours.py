from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools import to_local, to_utc

# Which hours a day has, from Monday on.
_DAYS = ["week"] * 5 + ["saturday", "sunday"]
# A longer time off is the practice's own, and no public holiday.
_LONGEST_HOLIDAY = timedelta(days=6)
# No row of days on which nothing goes is longer.
_HORIZON = timedelta(days=30)


class Hours:
    """When messages of a practice go that go by themselves.

    :ivar tz: name of the practice's time zone
    :ivar windows: a tuple of hours, first and end (float), for each weekday from Monday
    :ivar holidays: list of (begin, end), UTC, naive, in their order
    """

    def __init__(self, tz, windows, holidays):
        self.tz = tz
        self.windows = windows
        self.holidays = holidays

    def get_next(self, moment):
        """Return the first moment, from this one on, at which a message may go.

        :param moment: UTC, naive
        """
        if moment.year == datetime.max.year:  # typed as never; no day follows
            return moment
        latest = moment + _HORIZON
        while moment < latest:
            if holiday := self._get_holiday(moment):
                moment = holiday[1] + timedelta(seconds=1)
                continue
            day = to_local(moment, self.tz).date()
            first, end = self.windows[day.weekday()]
            opens = to_utc(_at(day, first), self.tz)
            closes = to_utc(_at(day, end), self.tz)
            if opens <= moment < closes:
                return moment
            if moment < opens < closes:
                moment = opens
            else:
                moment = to_utc(_at(day + timedelta(days=1), 0), self.tz)
        return moment

    def shift(self, moment, pause):
        """Return the moment at which messages have gone for so long, from a moment on.

        :param moment: UTC, naive
        :param pause: timedelta of the time in which messages may go
        """
        moment = self.get_next(moment)
        while (left := self._get_end(moment) - moment) <= pause and left:
            pause -= left
            moment = self.get_next(moment + left)
        return moment + pause

    def _get_end(self, moment):
        """Return until when messages may go, from a moment at which they may."""
        day = to_local(moment, self.tz).date()
        _first, end = self.windows[day.weekday()]
        closes = to_utc(_at(day, end), self.tz)
        return min(
            [closes, *(begin for begin, _end in self.holidays if begin > moment)]
        )

    def _get_holiday(self, moment):
        for begin, end in self.holidays:
            if begin <= moment <= end:
                return begin, end
        return None


# Of a practice that has no quiet hours.
ANY_HOUR = Hours("UTC", ((0, 24),) * 7, [])


def _at(day, hour):
    """Return the moment of a day (naive) at an hour; 24.0 is the next midnight."""
    return datetime.combine(day, time.min) + timedelta(minutes=round(hour * 60))


class ResCompany(models.Model):
    """Quiet hours: when what goes by itself does not reach a client.

    Hours and days are the practice's own (its time zone). Public holidays are the
    days off that Odoo's working hours know for everybody in the company
    (`resource.calendar.leaves` without a resource).
    """

    _inherit = "res.company"

    payments_quiet_channels = fields.Selection(
        [("none", "None"), ("sms", "SMS"), ("all", "SMS and e-mails")],
        "Quiet Hours For",
        default="sms",
        required=True,
        help="Which messages wait for the hours below, if they go by themselves.",
    )
    payments_quiet_week_from = fields.Float("Weekdays From", default=8)
    payments_quiet_week_to = fields.Float("Weekdays Until", default=21)
    payments_quiet_saturday_from = fields.Float("Saturdays From", default=9)
    payments_quiet_saturday_to = fields.Float("Saturdays Until", default=15)
    payments_quiet_sunday_from = fields.Float("Sundays From", default=0)
    payments_quiet_sunday_to = fields.Float("Sundays Until", default=0)

    @api.constrains(
        "payments_quiet_week_from",
        "payments_quiet_week_to",
        "payments_quiet_saturday_from",
        "payments_quiet_saturday_to",
        "payments_quiet_sunday_from",
        "payments_quiet_sunday_to",
    )
    def _check_payments_quiet_hours(self):
        for company in self:
            windows = company._get_windows()
            if any(not 0 <= first <= end <= 24 for first, end in windows):
                raise ValidationError(
                    company.env._(
                        "The hours of messages must lie between 0:00 and 24:00, and "
                        "cannot end before they begin."
                    )
                )
            first, end = windows[0]
            if first == end:
                raise ValidationError(
                    company.env._(
                        "On weekdays there must be some time in which messages go."
                    )
                )

    def write(self, vals):
        """Let what waits for the hours follow them when they change."""
        before = {company: company._get_quiet_settings() for company in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda company: company._get_quiet_settings() != before[company]
        )
        if changed:
            # sudo: what follows from the setting, whoever may change that
            self.env["konfidens.payment.message"].sudo()._follow_hours(changed)
        return result

    def _get_quiet_settings(self):
        return self.payments_quiet_channels, self._get_windows()

    def _get_windows(self):
        return tuple(
            (self[f"payments_quiet_{day}_from"], self[f"payments_quiet_{day}_to"])
            for day in _DAYS
        )

    def _is_quiet_for(self, channel):
        """Return whether messages by this channel wait for the hours at all.

        :param channel: ``email``, ``sms`` or ``both``
        """
        self.ensure_one()
        return self.payments_quiet_channels == "all" or (
            self.payments_quiet_channels == "sms" and channel != "email"
        )

    def _get_hours(self, first):
        """Return the `Hours` of each of these companies, by the company.

        :param first: the first moment that is asked for (UTC, naive)
        """
        holidays = defaultdict(list)
        # sudo: of public holidays no more than when nothing goes
        leaves = self.env["resource.calendar.leaves"].sudo()
        found = leaves.search(
            Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
            & Domain("company_id", "in", self.ids)
            & Domain("date_to", ">=", first),
            order="date_from",
        )
        for leave in found:
            company = leave.company_id
            theirs = company.resource_calendar_id
            length = leave.date_to - leave.date_from
            if leave.calendar_id in (theirs, theirs.browse()) and (
                length <= _LONGEST_HOLIDAY
            ):
                holidays[company].append((leave.date_from, leave.date_to))
        return {
            company: Hours(
                company._get_payments_tz(), company._get_windows(), holidays[company]
            )
            for company in self
        }
