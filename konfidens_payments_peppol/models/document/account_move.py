from odoo import models

# For who receives no format of its own.
FORMAT = "ubl_bis3"


class AccountMove(models.Model):
    """The invoice's electronic document: what it is about, and whether it is valid."""

    _inherit = "account.move"

    def _get_buyer_references(self):
        """Return the buyer's reference and order number for the document, or False.

        Of an invoice for several appointments with different ones, all of them.

        :return: tuple of two
        """
        bookings = self._get_documented_bookings()
        payer = self.partner_id
        return tuple(
            ", ".join(
                dict.fromkeys(
                    value
                    for booking in bookings
                    if (value := booking[name] or payer._get_reference(name))
                )
            )
            or False
            for name in ("buyer_reference", "order_number")
        )

    def _get_reference_problem(self):
        """Return that the buyer needs a reference that nobody has entered, or False."""
        self.ensure_one()
        if (
            not self._get_documented_bookings()
            or not self.partner_id._needs_reference()
            or any(self._get_buyer_references())
        ):
            return False
        return self.env._(
            "%(payer)s needs a buyer's reference or an order number. Enter it on the "
            "appointment's booking, or on the contact for all of them.",
            payer=self.partner_id.display_name,
        )

    def _get_credited_day(self, bookings):
        """Return the day of delivery that Odoo does not know (`date`), or False.

        :param bookings: those that this is about
        """
        credited = self.move_type == "out_refund" and self.reversed_entry_id
        if credited and credited.delivery_date:
            return credited.delivery_date
        if self.delivery_date:
            return False
        return max(booking._get_local_day() for booking in bookings)

    def _get_matched_credits(self):
        """Return how much of this is matched with its own credit notes, or invoice.

        :return: in its currency
        """
        self.ensure_one()
        if self.move_type == "out_refund":
            return sum(
                partial.credit_amount_currency
                for partial in self.line_ids.matched_debit_ids
                if partial.debit_move_id.move_id == self.reversed_entry_id
            )
        return sum(
            partial.debit_amount_currency
            for partial in self.line_ids.matched_credit_ids
            if partial.credit_move_id.move_id.reversed_entry_id == self
        )

    def _get_document_format(self):
        """Return the format in which this payer gets documents, as Odoo names it."""
        payer = self.partner_id.commercial_partner_id.with_company(self.company_id)
        return payer._get_peppol_edi_format() or FORMAT

    def _get_document_problem(self):
        """Return why the document would not be valid, in words, or False.

        By the rules that ship with Odoo. Also of a draft, of which it is asked before
        it is completed.
        """
        self.ensure_one()
        builder = self.env["res.partner"]._get_edi_builder(self._get_document_format())
        _document, errors = builder._export_invoice(self)
        return "\n".join(sorted(map(str, errors))) or False
