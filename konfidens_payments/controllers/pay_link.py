from odoo import http
from odoo.http import Response, request

from ..models.readiness.sample import SAMPLE

# Neither kept, nor found by a search engine, nor told to the next page.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
# The page is its text, one style sheet, the practice's logo, and the code of Swish,
# which stands in the page itself.
_PAGE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}


def not_found():
    """Return the answer to what nobody mistypes: nothing that could count visitors."""
    return Response("Not found\n", status=404, headers=HEADERS, mimetype="text/plain")


def lost():
    """Return the answer to what is no pay link: kind words, and nothing of anybody."""
    return _render_page({"state": "lost"}, status=404)


def _render_page(values, **options):
    """Return the page of a pay link, or one that looks like it.

    :param values: what it shows; without a company nothing of a practice
    """
    lang = (request.env.lang or "en_US").replace("_", "-")
    return request.render(
        "konfidens_payments.pay_page",
        {"lang_code": lang, **values},
        headers=_PAGE_HEADERS,
        **options,
    )


def as_payer(moves):
    """Return the invoices of a pay link to be read as their payer reads them.

    With all rights on these: the token is the proof. In the payer's language, where
    Odoo has it, and the company's time zone.

    :return: the invoices, and the code of the language or False
    """
    lang = request.env["res.lang"]._get_code(
        moves.partner_id.lang or moves.company_id.partner_id.lang
    )
    if lang:
        request.update_context(lang=lang)
    moves = moves.with_env(request.env(su=True)).with_company(moves.company_id)
    return moves.with_context(tz=moves[0]._get_company_tz()), lang


class PayLink(http.Controller):
    @http.route(
        "/p/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def pay_link(self, token, **_query):
        """Show where the invoices of this pay link stand, and how to pay them.

        Opening it is delivery: a draft whose message has left is completed by it. A
        HEAD request, which comes here too, changes nothing.

        :return: the page; 404 without a word for what is no pay link
        """
        # with all rights on these invoices: the token is the proof
        moves = request.env["account.move"]._find_by_pay_token(token)
        if not moves:
            return lost()
        look_again = request.httprequest.method == "GET" and moves._open_pay_link(
            request.env.user
        )
        moves, lang = as_payer(moves)
        response = _render_page(moves._get_pay_page_values(f"/p/{token}", look_again))
        if lang and request.httprequest.method == "GET":
            # in which Odoo's portal goes on
            response.set_cookie("frontend_lang", lang, samesite="Lax")
        return response

    @http.route(
        SAMPLE,
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def pay_link_of_sample(self, **_query):
        """Say to who opens the link of a sample what a client sees there."""
        return _render_page({"state": "sample"})

    @http.route(
        "/p/<string:token>/<path:_more>",
        type="http",
        auth="public",
        sitemap=False,
        save_session=False,
    )
    def pay_link_and_more(self, **_query):
        """Answer what is no page of ours, though a pay link may stand in its address.

        So that no page of the website does, whose visitors are counted by others.
        """
        return not_found()
