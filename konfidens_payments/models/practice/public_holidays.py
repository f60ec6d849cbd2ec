from datetime import datetime, time, timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import to_utc

try:
    from holidays import country_holidays
except ImportError:  # the button says so
    country_holidays = None


class ResCompany(models.Model):
    """The public holidays of a practice, as days off of everybody in Odoo."""

    _inherit = "res.company"

    def _add_public_holidays(self):
        """Enter the public holidays of this and the next year, where they are missing.

        By the library `holidays`, for the company's country, in that country's words.

        :return: how many were entered
        :raises UserError: the company has no country, or there is no such library
        """
        self.ensure_one()
        if country_holidays is None:
            raise UserError(
                self.env._(
                    "The library holidays is not installed on this server. Ask whoever "
                    "runs it to install the Python package holidays, or enter the days "
                    "yourself: Settings, Technical, Resource, Resource Time Off."
                )
            )
        days = self._get_public_holidays()
        if not days:
            return 0
        tz = self._get_payments_tz()
        leaves = self.env["resource.calendar.leaves"]
        known = leaves.search(
            Domain("resource_id", "=", False)
            & Domain("company_id", "=", self.id)
            & Domain("calendar_id", "in", (self.resource_calendar_id.id, False))
            & Domain("date_to", ">=", _midnight(min(days), tz))
        )
        new = [
            {
                "name": name,
                "company_id": self.id,
                "calendar_id": self.resource_calendar_id.id,
                "date_from": _midnight(day, tz),
                "date_to": _midnight(day + timedelta(days=1), tz)
                - timedelta(seconds=1),
            }
            for day, name in sorted(days.items())
        ]
        missing = [
            values
            for values in new
            if not any(
                leave.date_from < values["date_to"]
                and values["date_from"] < leave.date_to
                for leave in known
            )
        ]
        leaves.create(missing)
        return len(missing)

    def _get_public_holidays(self):
        """Return the public holidays of this year and the next: dict from day to name.

        :raises UserError: the country is not known, or not to the library
        """
        year = fields.Date.context_today(self).year
        try:
            found = country_holidays(self.country_id.code or "", years=(year, year + 1))
        except NotImplementedError as error:
            raise UserError(
                self.env._(
                    "The public holidays of %(company)s are not known: choose its "
                    "country, or enter the days yourself.",
                    company=self.name,
                )
            ) from error
        return dict(found.items())


def _midnight(day, tz):
    return to_utc(datetime.combine(day, time.min), tz)
