from .common import PaymentsCommon


class ChangesCommon(PaymentsCommon):
    """Another payer and another service, for a booking or a draft to change to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Ola Hansen", "email": "ola@example.com", "lang": "en_US"}
        )
        cls.short = cls.env["product.product"].create(
            {
                "name": "Short talk",
                "type": "service",
                "list_price": 600.0,
                "taxes_id": False,
            }
        )
