from odoo import http
from odoo.http import content_disposition, request

RECEIPT = "account.action_report_payment_receipt"


class Receipt(http.Controller):
    @http.route(
        "/konfidens_payments/receipt/<int:payment_id>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def receipt(self, payment_id, **_query):
        """Show Odoo's receipt of a payment to who may bill all that it pays.

        :return: a file, where Odoo can make one, else the page
        :raises NotFound: there is none that the user may see
        """
        payment = request.env["account.payment"]._find_for_receipt(payment_id)
        if not payment:
            raise request.not_found()
        # sudo: access was checked
        report = request.env["ir.actions.report"].sudo()
        if report.get_wkhtmltopdf_state() != "ok":
            page, _type = report._render_qweb_html(RECEIPT, payment.ids)
            return request.make_response(page, headers=[("Cache-Control", "no-store")])
        file, _type = report._render_qweb_pdf(RECEIPT, payment.ids)
        name = f"{payment.display_name.replace('/', '_')}.pdf"
        return request.make_response(
            file,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(name, "inline")),
                ("Cache-Control", "no-store"),
            ],
        )
