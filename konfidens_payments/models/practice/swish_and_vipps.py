import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# How people part the digits of a number.
_GAPS = re.compile(r"[\s.-]+")
_SWISH = re.compile(r"123[0-9]{7}")
_VIPPS = re.compile(r"[0-9]{5,6}")


class ResCompany(models.Model):
    """The numbers to which clients pay in an app of their phones."""

    _inherit = "res.company"

    payments_swish_number = fields.Char(
        "Swish Number",
        help="Of your Swish agreement as a business: ten digits that begin with 123.",
    )
    payments_vipps_number = fields.Char(
        "Vipps Number",
        help="Of your Vipps agreement as a business: five or six digits.",
    )

    @api.constrains("payments_swish_number", "payments_vipps_number")
    def _check_app_numbers(self):
        """:raises ValidationError: one of them cannot be such a number"""
        for company in self:
            swish, vipps = company.payments_swish_number, company.payments_vipps_number
            if swish and not _SWISH.fullmatch(_GAPS.sub("", swish)):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” cannot be the Swish number of a business, which "
                        "has ten digits and begins with 123, as in 123 456 78 90. A "
                        "mobile number does not do.",
                        number=swish,
                    )
                )
            if vipps and not _VIPPS.fullmatch(_GAPS.sub("", vipps)):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” cannot be the Vipps number of a business, which "
                        "has five or six digits, as in 12345. A mobile number does not "
                        "do.",
                        number=vipps,
                    )
                )

    def _get_app_number(self, currency):
        """Return by which app of a phone one pays this company in a currency.

        :param currency: a `res.currency` record
        :return: `Swish` or `Vipps`, and the number as one reads it; twice False where
            there is none
        """
        self.ensure_one()
        if currency.name == "SEK" and self.payments_swish_number:
            digits = _GAPS.sub("", self.payments_swish_number)
            return "Swish", f"{digits[:3]} {digits[3:6]} {digits[6:8]} {digits[8:]}"
        if currency.name == "NOK" and self.payments_vipps_number:
            return "Vipps", _GAPS.sub("", self.payments_vipps_number)
        return False, False
