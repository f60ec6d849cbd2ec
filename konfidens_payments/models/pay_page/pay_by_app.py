import base64
import re
from urllib.parse import quote, urlencode

from odoo import models
from odoo.tools.image import image_data_uri

# How long a message of Swish may be, and what may not stand in it. A semicolon may,
# but also parts what the code says.
_LONGEST = 50
_NOT_IN_MESSAGE = re.compile(r"[^A-Za-zÅÄÖåäö0-9 !?(),.:-]")
_SWISH_LINK = "https://app.swish.nu/1/p/sw/"


class AccountMove(models.Model):
    """Swish and Vipps: the payer pays in an app of the phone, and nobody tells Odoo.

    Somebody of the practice matches the payment with the invoice, by its reference.
    """

    _inherit = "account.move"

    def _get_app_values(self):
        """Return how these invoices, all of them to be paid, are paid by such an app.

        With one payment, whose message has the references of all of them.

        :return: what the page shows, in words; without a `message` where it would be
            too long; False where the practice has no number for their currency
        """
        if len(self.company_id) != 1 or len(self.currency_id) != 1:
            return False
        app, number = self.company_id._get_app_number(self.currency_id)
        if not app:
            return False
        amount = sum(move._get_amount_to_ask() for move in self)
        message = self._get_app_message(app)
        values = {
            "heading": self.env._("Pay with %(app)s", app=app),
            "or_heading": self.env._("Or pay with %(app)s", app=app),
            "only_this": self.env._("Only this with %(app)s", app=app),
            "number_label": self.env._("%(app)s number", app=app),
            "number": number,
            "amount": self[0]._format_pay_amount(amount),
            "message": message,
        }
        if app == "Swish" and message:
            values |= self._get_swish_values(number, amount, message)
        return values

    def _get_app_message(self, app):
        """Return by what the practice knows which of these invoices are paid.

        Their references, and nobody's name. Of several as much as fits, or False.
        """
        references = [move.payment_reference or move.name for move in self]
        if app == "Swish":
            references = [
                _NOT_IN_MESSAGE.sub("", reference.replace("/", "-"))
                for reference in references
            ]
        message = ", ".join(dict.fromkeys(references))
        if len(self) > 1 and len(message) > _LONGEST:
            return False
        return message[:_LONGEST]

    def _get_swish_values(self, number, amount, message):
        """Return what opens the payer's Swish with all of the payment filled in.

        The code is as in "QR code encoding specification" of Swish's manual
        (developer.getswish.se/qr-api-manual/6-qr-code-encoding-specification): C and
        the payee, the amount with a comma, the message as in an address, and the sum
        of what may be changed, in which the amount counts 2. The link is that of
        "Generate QR codes" (developer.swish.nu/documentation/guides/generate-qr-codes):
        the amount with a point, and what may be changed in words.

        :param number: the payee's
        :param amount: in SEK
        :param message: the payment's
        :return: a dict with `url`, and `code` as the `src` of an image
        """
        number = number.replace(" ", "")
        # who pays early where that is rewarded pays less
        may_pay_less = any(
            move._get_invoice_next_payment_values().get("installment_state") == "epd"
            for move in self
        )
        point = f"{amount:.2f}"
        parts = [
            f"C{number}",
            point.replace(".", ","),
            quote(message, safe=""),
            "2" if may_pay_less else "0",
        ]
        query = {"sw": number, "amt": point, "cur": "SEK", "msg": message}
        if may_pay_less:
            query["edit"] = "amt"
        return {
            "url": f"{_SWISH_LINK}?{urlencode(query, quote_via=quote)}",
            "code": self._get_swish_code(";".join(parts)),
        }

    def _get_swish_code(self, content):
        """Return a QR code as the `src` of an image.

        In the page, not at an address of its own: what is to be paid would stay in the
        memory of browsers and in the logs of servers.
        """
        code = self.env["ir.actions.report"].barcode(
            "QR", content, width=400, height=400, barLevel="M"
        )
        return image_data_uri(base64.b64encode(code))
