from odoo import models
from odoo.tools import get_lang
from odoo.tools.pdf import merge_pdf


class AccountMove(models.Model):
    """The completed invoice as PDF: as Odoo prints it, for who has the pay link."""

    _inherit = "account.move"

    def _get_pay_pdf(self):
        """Return what the link of these invoices gives as PDF, those of several in one.

        Nothing of what is a draft, cancelled, replaced or billed elsewhere, and nothing
        where Odoo can make none.

        :return: the file's name and its content in bytes; False and None for nothing
        """
        shown = self.filtered(lambda move: move._is_shown_as_pdf())
        contents = [move._get_completed_pdf() for move in shown]
        if not contents:
            return False, None
        if len(contents) == 1:
            return shown._get_invoice_report_filename(), contents[0]
        return f"{self.env._('Invoices')}.pdf", merge_pdf(contents)

    def _is_shown_as_pdf(self):
        """Return whether who has the link can have this invoice as PDF."""
        self.ensure_one()
        return (
            self.state == "posted"
            and self._get_pay_page_state() not in ("replaced", "external")
            and self._can_show_pdf()
        )

    def _can_show_pdf(self):
        return bool(self.invoice_pdf_report_id) or self._can_print_pdf()

    def _can_print_pdf(self):
        """Return whether this machine can make a PDF."""
        return self.env["ir.actions.report"].get_wkhtmltopdf_state() == "ok"

    def _get_completed_pdf(self):
        """Return the PDF of this completed invoice: what Odoo keeps, or a new one."""
        self.ensure_one()
        return self.invoice_pdf_report_id.raw or self._render_completed_pdf()

    def _render_completed_pdf(self):
        """Return this completed invoice as Odoo prints it for its payer: bytes.

        It takes about a second, and a process of its own.
        """
        self.ensure_one()
        move = self.with_company(self.company_id)
        report = move.partner_id.invoice_template_pdf_report_id or self.env.ref(
            "account.account_invoices"
        )
        lang = get_lang(self.env, move.partner_id.lang).code
        reports = report.with_company(self.company_id).with_context(lang=lang)
        content, kind = reports._pre_render_qweb_pdf(
            report.report_name, res_ids=self.ids
        )
        return reports._get_splitted_report(report.report_name, content, kind)[self.id]
