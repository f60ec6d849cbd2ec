from odoo.addons.account_payment.controllers.portal import PortalAccount


class PaymentsPortalAccount(PortalAccount):
    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        """Override of `account_payment`: who has paid comes back to the pay link."""
        values = super()._invoice_get_page_view_values(invoice, access_token, **kwargs)
        # sudo: the invoice's access was checked by the caller
        invoice_sudo = invoice.sudo()
        if (
            "landing_route" in values
            and invoice_sudo.booking_ids
            and invoice_sudo.pay_token
        ):
            values["landing_route"] = invoice_sudo._get_pay_path()
        return values
