from odoo.tests import tagged

from .peppol_common import PeppolCommon


@tagged("post_install", "-at_install")
class TestReferences(PeppolCommon):
    """The buyer's reference and order number."""

    def references(self, move):
        document, errors = self.export(move)
        self.assertEqual(errors, set())
        return (
            self.texts(document, "cbc:BuyerReference"),
            self.texts(document, "cac:OrderReference/cbc:ID"),
        )

    def test_from_the_contact(self):
        self.municipality.write(
            {"payments_buyer_reference": "4711", "payments_order_number": "PO-9"}
        )
        move = self.posted_for(self.municipality)
        self.assertEqual(self.references(move), (["4711"], ["PO-9"]))
        self.assertEqual(self.references(self.credit(move)), (["4711"], ["PO-9"]))

    def test_from_the_company_of_a_contact(self):
        self.municipality.payments_buyer_reference = "4711"
        office = self.env["res.partner"].create(
            {"name": "Barnevernet", "parent_id": self.municipality.id}
        )
        self.assertEqual(self.references(self.posted_for(office)), (["4711"], []))

    def test_booking_has_another(self):
        self.municipality.payments_buyer_reference = "4711"
        booking = self.booking(self.municipality)
        booking.write({"buyer_reference": "Sak 12", "order_number": "PO-1"})
        booking.action_create_invoice()
        booking.invoice_id.action_complete_invoice()
        self.assertEqual(self.references(booking.invoice_id), (["Sak 12"], ["PO-1"]))

    def test_number_in_our_books_is_not_the_buyers(self):
        self.municipality.ref = "K-100"
        move = self.posted_for(self.municipality)
        # one of the two has to be there
        self.assertEqual(self.references(move), ([], [move.name]))

    def test_missing_where_the_buyer_needs_one(self):
        self.municipality.payments_needs_reference = True
        move = self.draft_for(self.municipality)
        self.assertIn(
            "Bergen kommune needs a buyer's reference", move._get_document_problem()
        )
        self.booking_of(move.booking_ids.event_id).buyer_reference = "4711"
        self.assertFalse(move._get_document_problem())

    def test_other_invoices_are_as_odoo_makes_them(self):
        self.municipality.ref = "K-100"
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": self.municipality.id,
                "ref": "PO-5",
                "invoice_line_ids": [
                    (0, 0, {"product_id": self.service.id, "price_unit": 10})
                ],
            }
        )
        move.action_post()
        self.assertEqual(self.references(move), (["K-100"], ["PO-5"]))
