from odoo import models

from .konfidens_payment_message import CHANNEL

# With these, Odoo's access point has the document, or is about to get it.
TAKEN = ("processing", "done")
LEFT = (*TAKEN, "to_send")


class AccountMove(models.Model):
    """By which way an invoice goes to a company, and what keeps it from that."""

    _inherit = "account.move"

    def _get_wanted_channel(self):
        """Override: whoever receives electronic invoices gets one."""
        company = self.company_id
        if (
            self.peppol_move_state not in LEFT
            and not company._get_peppol_sender_problem()
            and self.partner_id._receives_peppol(company)
            and not self._get_employer_problem()
        ):
            return CHANNEL
        return super()._get_wanted_channel()

    def _get_follow_up_channel(self):
        """Override: reminders and receipts of such invoices go by e-mail."""
        channel = super()._get_follow_up_channel()
        return "email" if channel == CHANNEL else channel

    def _get_address_problem(self, channel):
        """Override: what an electronic invoice needs."""
        if channel != CHANNEL:
            return super()._get_address_problem(channel)
        payer = self.partner_id.with_env(self.env)
        return self._get_employer_problem() or payer._get_peppol_problem(
            self.company_id
        )

    def _get_employer_problem(self):
        """Return that somebody else would read a person's invoice, in words, or False.

        Odoo sends the document to the company that a contact belongs to. That is for
        who pays for it: the company, or its invoice address; not for a client, nor for
        her parent, who pay themselves.
        """
        self.ensure_one()
        bookings = self._get_documented_bookings()
        payer = self.partner_id.with_env(self.env)
        company = payer.commercial_partner_id
        if (
            not bookings
            or payer in (company, company.browse())
            or (payer.type == "invoice" and payer not in bookings.client_id)
        ):
            return False
        return self.env._(
            "%(payer)s is a person: an electronic invoice would go to %(company)s. "
            "Choose another way; or, where %(company)s pays, enter it, or its invoice "
            "address, as the payer.",
            payer=payer.name,
            company=company.display_name,
        )

    def _get_sender_problem(self, channel):
        """Override: who sends electronic invoices is registered for it."""
        if channel != CHANNEL:
            return super()._get_sender_problem(channel)
        return self.company_id.with_env(self.env)._get_peppol_sender_problem()

    def _check_can_be_messaged(self, channel=None):
        """Override: what a document lacks is said in the dialog.

        There it can be read beside the other channels, one of which may be chosen.
        """
        moves = self
        if not channel:
            # sudo: the callers checked the access
            moves = self.filtered(lambda move: not move.sudo()._lacks_document_only())
        return super(AccountMove, moves)._check_can_be_messaged(channel)

    def _lacks_document_only(self):
        """Return whether a document is proposed, and its content is all that lacks."""
        return self._get_default_channel() == CHANNEL and bool(
            (problem := self._get_message_problem(CHANNEL))
            and problem == self._get_document_words()
        )

    def _get_sending_problem(self, channel):
        """Override: the document has to be valid, and is not sent twice."""
        problem = super()._get_sending_problem(channel)
        if problem or channel != CHANNEL:
            return problem
        return self._get_second_document_words() or self._get_document_words()

    def _get_second_document_words(self):
        """Return that the document has left already, in words, or False."""
        if self.peppol_move_state not in LEFT and not self._was_delivered_by_document():
            return False
        return self.env._(
            "The access point has the electronic invoice %(invoice)s already, or is "
            "about to get it: it is not sent twice.",
            invoice=self.display_name,
        )

    def _get_document_words(self):
        """Return that the document would not be valid, and why, or False."""
        problem = self._get_document_problem()
        return problem and self.env._(
            "The electronic invoice would not be valid: %(problem)s", problem=problem
        )
