from lxml import etree

from odoo.addons.konfidens_payments.tests.test_countries import CountryCommon

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
# Organisation numbers of nobody, whose last digit is right.
PRACTICE, MUNICIPALITY, EMPLOYER = "987654325", "974760673", "926000018"


class PeppolCommon(CountryCommon):
    """A Norwegian practice, a municipality and an employer that pay for clients."""

    country = "no"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.company = cls.company.with_env(cls.env)
        cls.company.write(
            {
                "name": "Praksis Helse",
                "country_id": cls.env.ref("base.no").id,
                "street": "Storgata 1",
                "zip": "0155",
                "city": "Oslo",
                "company_registry": PRACTICE,
                "payments_active": True,
                "payments_quiet_channels": "none",
                "payments_tax_kind": "exempt",
            }
        )
        cls.company.partner_id.l10n_no_bronnoysund_number = PRACTICE
        cls.env["res.partner.bank"].create(
            {
                "acc_number": "NO9386011117947",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.service = cls.env["product.product"].create(
            {
                "name": "Trauma therapy",
                "type": "service",
                "list_price": 1250.0,
                "taxes_id": cls.company.payments_tax_id.ids,
            }
        )
        cls.municipality = cls.buyer("Bergen kommune", MUNICIPALITY)
        cls.employer = cls.buyer("Skipsverftet AS", EMPLOYER)

    @classmethod
    def buyer(cls, name, number):
        """Return a Norwegian company or public body."""
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "country_id": cls.env.ref("base.no").id,
                "street": "Havnegata 2",
                "zip": "5003",
                "city": "Bergen",
                "email": f"faktura@{number}.example.com",
                "l10n_no_bronnoysund_number": number,
            }
        )

    @classmethod
    def register_for_vat(cls):
        """Let the practice be registered for VAT, and its services be taxed."""
        cls.company.partner_id.vat = f"NO{PRACTICE}MVA"
        cls.company.payments_tax_kind = "taxable"
        cls.service.taxes_id = cls.company.account_sale_tax_id

    def booking(self, payer, **values):
        """Return the booking of a new appointment, which this payer pays."""
        event = self.book(service_id=self.service.id, payer_id=payer.id, **values)
        return self.booking_of(event)

    def draft_for(self, payer, **values):
        """Return the draft invoice of a new appointment that this payer pays."""
        booking = self.booking(payer, **values)
        booking.action_create_invoice()
        return booking.invoice_id

    def posted_for(self, payer, **values):
        move = self.draft_for(payer, **values)
        move.action_complete_invoice()
        return move

    def credit(self, move, amount=None):
        """Credit an invoice, as an accountant does; return the credit note.

        :param amount: how much of it; all, if None
        """
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model=move._name, active_ids=move.ids)
            .create(
                {
                    "journal_id": move.journal_id.id,
                    "reason": "Kari Nordmann was ill",
                }
            )
        )
        wizard.refund_moves()
        note = wizard.new_move_ids
        if amount is not None:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        return note

    def export(self, move):
        """Return the document of an invoice, and what is wrong with it: a set."""
        self.env.invalidate_all()
        builder = self.env["res.partner"]._get_edi_builder("ubl_bis3")
        text, errors = builder._export_invoice(move)
        return etree.fromstring(text), errors

    def texts(self, document, path):
        """Return what stands at a path in a document: a list."""
        return [node.text for node in document.findall(path, NS)]
