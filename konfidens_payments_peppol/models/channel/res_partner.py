from odoo import models

from odoo.addons.account.models.company import PEPPOL_LIST


class ResPartner(models.Model):
    """Whether this payer receives electronic invoices, as far as Odoo knows."""

    _inherit = "res.partner"

    def _receives_peppol(self, company):
        """Return whether it is proposed to send electronic invoices to this payer.

        A company or public body that receives them, or its invoice address, unless
        somebody chose another way for it, as Odoo's own dialog for invoices does. Not
        a person who belongs to it: the company would read that person's invoice.

        :param company: `res.company` that sends
        """
        self.ensure_one()
        # sudo: what the contact's form tells of it, for whoever may bill it
        contact = self.sudo()
        payer = contact.commercial_partner_id.with_company(company)
        return (
            payer.is_company
            and (contact.is_company or contact.type == "invoice")
            and payer.invoice_sending_method in (False, "peppol")
            and not payer._get_peppol_problem(company)
        )

    def _get_peppol_problem(self, company):
        """Return why this payer cannot get an electronic invoice, or False.

        By what Odoo found out when it looked last: nobody is asked now.

        :param company: `res.company` that sends
        """
        self.ensure_one()
        payer = self.sudo().commercial_partner_id.with_company(
            company
        )  # sudo: as above
        name = payer.with_env(self.env).display_name
        if payer.country_code not in PEPPOL_LIST:
            return self.env._(
                "%(payer)s has no country in which electronic invoices are sent by "
                "Peppol. Enter the country on the contact first.",
                payer=name,
            )
        if not payer.peppol_eas or not payer.peppol_endpoint:
            return self.env._(
                "%(payer)s has no electronic address. Enter the organisation number on "
                "the contact first.",
                payer=name,
            )
        match payer.peppol_verification_state:
            case "valid":
                return False
            case "not_valid":
                return self.env._(
                    "%(payer)s does not receive electronic invoices: nobody of that "
                    "number is on Peppol.",
                    payer=name,
                )
            case "not_valid_format":
                return self.env._(
                    "%(payer)s is on Peppol, but does not receive invoices there.",
                    payer=name,
                )
        return self.env._(
            "Nobody has looked yet whether %(payer)s receives electronic invoices. "
            "Press Verify on the contact, on the page Invoices.",
            payer=name,
        )

    def _get_peppol_address(self):
        """Return the address at which this payer gets documents: "0192:987654325"."""
        payer = self.sudo().commercial_partner_id  # sudo: as above
        return f"{payer.peppol_eas}:{payer.peppol_endpoint}"
