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
# their invoices: they stand in no address that a counter of visitors could tell on.
_LINKS = "konfidens_payments_links"


def _find_invoices(move_id):
    """Return the invoice of an opened pay link, and those paid at once with it.

    With all rights on these: the token in the session is the proof, and the message
    that brought it told the payer of them.
    """
    token = request.session.get(_LINKS, {}).get(str(move_id), "")
    move = request.env["account.move"]._find_by_pay_token(token)
    if not move or move.id != move_id:
        return move.browse(), move.browse()
    move = move.with_company(move.company_id)
    return move, move._get_told_together()._get_paid_at_once()


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
        move = request.env["account.move"]._find_by_pay_token(token)
        if not move:
            return not_found()
        request.session[_LINKS] = {
            **request.session.get(_LINKS, {}),
            str(move.id): token,
        }
        response = request.redirect(f"/p/pay/{move.id}")
        response.headers.update(_HEADERS)
        return response

    @route(
        "/p/pay/<int:move_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def pay_together(self, move_id, **_query):
        """Show Odoo's form to pay the invoices of a pay link with one payment.

        In the layout of the website, where others may count its visitors.

        :param move_id: the invoice whose link this visitor opened
        :return: the form; back to the pay link where they are not to be paid so; 404
            for what is not the invoice of an opened link
        """
        move, moves = _find_invoices(move_id)
        if not move:
            return request.not_found()
        if not moves:
            return request.redirect(move._get_pay_path())
        total = sum(moves.mapped("amount_residual"))
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": move.partner_id,
                "company": move.company_id,
                "total_amount": total,
                "currency": moves.currency_id,
                "amount_residual": total,
                "landing_route": move._get_pay_path(),
                "transaction_route": f"/p/pay/{move.id}/transaction",
            },
        )
        values |= {
            "amount": total,
            "reference_prefix": ", ".join(moves.mapped("name")),
            "res_company": move.company_id,
        }
        return request.render("payment.pay", values, headers=_HEADERS)


class PayTogetherTransaction(PaymentPortal):
    @route("/p/pay/<int:move_id>/transaction", type="jsonrpc", auth="public")
    def pay_together_transaction(self, move_id, amount, **kwargs):
        """Create the transaction that pays the invoices of a pay link at once.

        :param move_id: the invoice whose link this visitor opened
        :param amount: what the payer saw to be paid, in the invoices' currency
        :param kwargs: the payer's choices, as in `account_payment`
        :return: what the payment form goes on with
        :raises ValidationError: its link was not opened, or another amount is to be
            paid now
        """
        move, moves = _find_invoices(move_id)
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
        payer = move.partner_id if user._is_public() else user.partner_id
        return self._process_transaction(
            payer.id,
            moves.currency_id.id,
            moves.ids,
            move.company_id.get_next_batch_payment_communication(),
            **{**kwargs, "amount": total, "landing_route": move._get_pay_path()},
        )
