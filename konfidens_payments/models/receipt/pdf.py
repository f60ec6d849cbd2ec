import logging

import psycopg2

from odoo import api, fields, models

from ...tools import quietly

_logger = logging.getLogger(__name__)

# How often making a PDF may end with the server's process; then the receipt goes
# without.
MOST_TRIES = 3


class AccountMove(models.Model):
    """The PDF that a receipt brings, made before and outside of what sends it."""

    _inherit = "account.move"

    receipt_pdf_id = fields.Many2one(
        "ir.attachment",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        export_string_translation=False,
    )
    receipt_pdf_since = fields.Datetime(
        copy=False,
        readonly=True,
        groups="base.group_system",
        export_string_translation=False,
        help="Since when the invoice was paid when that PDF was made.",
    )
    receipt_attempts = fields.Integer(
        copy=False,
        readonly=True,
        groups="base.group_system",
        export_string_translation=False,
        help="How often it was begun to make the PDF of its receipt.",
    )

    def _make_receipt_pdf(self):
        """Make the PDF of this paid invoice, if need be, in steps that are committed.

        Each try is counted before, so that one that kills the process is not made for
        ever. What Odoo keeps of the invoice already is taken as it is.
        """
        self.ensure_one()
        if (
            self._get_receipt_pdf()
            or not self._can_print_pdf()
            or self.receipt_attempts >= MOST_TRIES
        ):
            return
        quietly(self).receipt_attempts += 1
        self.env["ir.cron"]._commit_progress()
        try:
            with self.env.cr.savepoint():
                self._keep_receipt_pdf(self._render_completed_pdf())
        except psycopg2.Error:
            raise
        except Exception:
            _logger.warning("The PDF of %s could not be made", self, exc_info=True)
            quietly(self).receipt_attempts = MOST_TRIES
        self.env["ir.cron"]._commit_progress(1)

    def _keep_receipt_pdf(self, content):
        """Keep a PDF of this invoice with it, for who may read the invoice.

        :param content: bytes
        """
        made = self.env["ir.attachment"].create(
            {
                "name": self._get_invoice_report_filename(),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        quietly(self).write(
            {"receipt_pdf_id": made.id, "receipt_pdf_since": self.paid_since}
        )

    def _get_receipt_pdf(self):
        """Return the attachment that a receipt brings, or none.

        Not one that was made before the invoice was paid as it is paid now.
        """
        self.ensure_one()
        made = self.receipt_pdf_id
        if self.receipt_pdf_since != self.paid_since:
            made = made.browse()
        return self.invoice_pdf_report_id or made

    def _get_pdf_problem(self):
        """Return why a receipt goes without a PDF: a choice of its line, or False."""
        self.ensure_one()
        if self._get_receipt_pdf():
            return False
        return "failed" if self._can_print_pdf() else "missing"

    def _get_completed_pdf(self):
        """Override: what was made for the receipt need not be made again."""
        made = self._is_receivable() and self._get_receipt_pdf().raw
        return made or super()._get_completed_pdf()

    def _can_show_pdf(self):
        """Override: what was made once can be shown."""
        return super()._can_show_pdf() or bool(
            self._is_receivable() and self._get_receipt_pdf()
        )


class KonfidensPaymentMessage(models.Model):
    """Which files go along with a receipt."""

    _inherit = "konfidens.payment.message"

    has_pdf = fields.Boolean(
        compute="_compute_has_pdf",
        compute_sudo=True,
        export_string_translation=False,
        help="The completed invoices go along.",
    )

    @api.depends("all_line_ids.pdf_id")
    def _compute_has_pdf(self):
        for message in self:
            message.has_pdf = bool(message._get_mail_attachments())

    def _get_mail_attachments(self):
        """Override: a receipt brings the invoices that it tells of."""
        if self.kind != "receipt":
            return super()._get_mail_attachments()
        return self.all_line_ids.pdf_id

    def _get_pdf_note(self):
        """Return that a receipt goes without a PDF, and why, in words, or False."""
        self.ensure_one()
        if self.kind != "receipt" or self.channel == "sms":
            return False
        problems = set(self.line_ids.mapped("pdf_problem"))
        if "missing" in problems:
            return self.env._(
                "It goes without the PDF of the invoice: the server has no wkhtmltopdf "
                "that works. Ask your administrator to install it."
            )
        if "failed" in problems:
            return self.env._(
                "It goes without the PDF of the invoice, which could not be made: the "
                "server's log says why."
            )
        return False
