from odoo import api, models

from ..channel.account_move import TAKEN
from ..channel.konfidens_payment_message import CHANNEL
from .marks import get_mark

# In the context: what is printed goes along with a document.
NO_PAY_LINK = "konfidens_payments_no_pay_link"
# What Odoo keeps of an invoice as files.
FILES = (
    "invoice_pdf_report_file",
    "invoice_pdf_report_id",
    "ubl_cii_xml_file",
    "ubl_cii_xml_id",
)


class AccountMoveSend(models.AbstractModel):
    """Odoo's own dialogs and jobs for invoices, for documents of appointments.

    A document leaves only once, and what is printed in it has no pay link.
    """

    _inherit = "account.move.send"

    @api.model
    def _is_applicable_to_move(self, method, move, **move_data):
        """Override of `account_peppol`: not what our own job is about to send.

        Nor what a company would get that does not pay it, see `_get_employer_problem`.
        """
        if method == CHANNEL and (
            move._get_employer_problem()
            or (not get_mark(self) and move._has_document_under_way())
        ):
            return False
        return super()._is_applicable_to_move(method, move, **move_data)

    @api.model
    def _get_default_sending_methods(self, move):
        """Override of `account_peppol`: not of itself what the buyer may have already.

        A person who asked the buyer can still choose it.
        """
        methods = super()._get_default_sending_methods(move)
        if move._has_document_of_unknown_fate():
            methods.discard(CHANNEL)
        return methods

    def _generate_invoice_documents(self, invoices_data, allow_fallback_pdf=False):
        """Override of `account`: what was printed with the pay link stays here.

        What was refused is made anew, too, since somebody has mended it.
        """
        for move, data in invoices_data.items():
            if self._goes_as_document(move, data):
                move._detach_attachments()
                move.invalidate_recordset(FILES)
        return super()._generate_invoice_documents(invoices_data, allow_fallback_pdf)

    def _prepare_invoice_pdf_report(self, invoices_data):
        """Override of `account`: print without the pay link what goes by document."""
        documents = {
            move: data
            for move, data in invoices_data.items()
            if self._goes_as_document(move, data)
        }
        others = {
            move: data for move, data in invoices_data.items() if move not in documents
        }
        if documents:
            without = self.with_context(**{NO_PAY_LINK: True})
            super(AccountMoveSend, without)._prepare_invoice_pdf_report(documents)
        return super()._prepare_invoice_pdf_report(others) if others else None

    def _goes_as_document(self, move, data):
        """Return whether an invoice of appointments is sent as a document now.

        :param data: what `account` collected of its sending: a dict
        """
        return (
            CHANNEL in data["sending_methods"]
            and move.peppol_move_state not in TAKEN
            and bool(move._get_documented_bookings())
        )
