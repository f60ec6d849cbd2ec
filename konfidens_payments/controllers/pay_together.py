from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount

from .pay_link import not_found

_HEADERS = {
    "Cache-Control": "no-store",
    # a payment provider may see from where the payer comes, and not the link
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

# Where the session keeps the tokens of the pay links that were opened, by the ids of
# their messages: they stand in no address that a counter of visitors could tell on.
_LINKS = "konfidens_payments_links"


def _find_invoices(message_id):
    """Return the path of an opened pay link, and its invoices that are paid at once.

    With all rights on these: the token in the session is the proof, and the message
    that brought it told the payer of them.

    :param message_id: whose link it is
    :return: None and no invoice for what is no opened link
    """
    token = request.session.get(_LINKS, {}).get(str(message_id), "")
    message = request.env["konfidens.payment.message"]._find_by_pay_token(token)
    if not message or message.id != message_id:
        return None, request.env["account.move"]
    moves = message._get_linked_moves().with_company(message.company_id)
    return f"/p/{token}", moves._get_paid_at_once()


class PayTogetherPage(PortalAccount):
    @route(
        "/p/<string:token>/pay",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def pay_together_link(self, token, **_query):
        """Go on to the form to pay the invoices of a pay link, at its own address.

        :return: the way there; 404 for what is no pay link
        """
        if not request.env["account.move"]._find_by_pay_token(token):
            return not_found()
        message = request.env["konfidens.payment.message"]._find_by_pay_token(token)
        if not message:
            return request.redirect(f"/p/{token}")
        request.session[_LINKS] = {
            **request.session.get(_LINKS, {}),
            str(message.id): token,
        }
        response = request.redirect(f"/p/pay/{message.id}")
        response.headers.update(_HEADERS)
        return response

    @route(
        "/p/pay/<int:message_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def pay_together(self, message_id, **_query):
        """Show Odoo's form to pay the invoices of a pay link with one payment.

        In the layout of the website, where others may count its visitors.

        :param message_id: the message whose link this visitor opened
        :return: the form; back to the pay link where they are not to be paid so; 404
            for what is not the message of an opened link
        """
        path, moves = _find_invoices(message_id)
        if not path:
            return request.not_found()
        if not moves:
            return request.redirect(path)
        total = sum(moves.mapped("amount_residual"))
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": moves.partner_id,
                "company": moves.company_id,
                "total_amount": total,
                "currency": moves.currency_id,
                "amount_residual": total,
                "landing_route": path,
                "transaction_route": f"/p/pay/{message_id}/transaction",
            },
        )
        values |= {
            "amount": total,
            "reference_prefix": ", ".join(moves.mapped("name")),
            "res_company": moves.company_id,
        }
        return request.render("payment.pay", values, headers=_HEADERS)


class PayTogetherTransaction(PaymentPortal):
    @route("/p/pay/<int:message_id>/transaction", type="jsonrpc", auth="public")
    def pay_together_transaction(self, message_id, amount, **kwargs):
        """Create the transaction that pays the invoices of a pay link at once.

        :param message_id: the message whose link this visitor opened
        :param amount: what the payer saw to be paid, in the invoices' currency
        :param kwargs: the payer's choices, as in `account_payment`
        :return: what the payment form goes on with
        :raises ValidationError: its link was not opened, or another amount is to be
            paid now
        """
        path, moves = _find_invoices(message_id)
        kwargs.pop("access_token", None)
        kwargs.pop("payment_reference", None)
        self._validate_transaction_kwargs(kwargs)
        total = sum(moves.mapped("amount_residual"))
        if not moves or moves.currency_id.compare_amounts(total, float(amount)):
            raise ValidationError(
                request.env._(
                    "What is to be paid has changed meanwhile. Open the link again."
                )
            )
        user = request.env.user
        payer = moves.partner_id if user._is_public() else user.partner_id
        return self._process_transaction(
            payer.id,
            moves.currency_id.id,
            moves.ids,
            moves.company_id.get_next_batch_payment_communication(),
            **{**kwargs, "amount": total, "landing_route": path},
        )
