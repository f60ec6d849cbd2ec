from odoo import http
from odoo.http import content_disposition, request

from .pay_link import HEADERS, as_payer, not_found


class PayPdf(http.Controller):
    @http.route(
        "/p/<string:token>/pdf",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def pay_pdf(self, token, **_query):
        """Give the completed invoices of this pay link as PDF.

        Nothing changes by that: it is no delivery.

        :return: the file; 404 for what is no pay link, and where none of its invoices
            is completed and in force
        """
        # with all rights on these invoices: the token is the proof
        moves = request.env["account.move"]._find_by_pay_token(token)
        if not moves:
            return not_found()
        moves, _lang = as_payer(moves)
        name, content = moves._get_pay_pdf()
        if not content:
            return not_found()
        return request.make_response(
            content,
            headers=[
                *HEADERS.items(),
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
