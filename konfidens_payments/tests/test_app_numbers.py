from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestAppNumbers(PaymentsCommon):
    """The practice's numbers at Swish and Vipps, as its head writes them."""

    def test_numbers_as_people_write_them(self):
        for number in ("1234567890", "123-456 78 90", "123.456.78.90", "123 4567890"):
            self.company.payments_swish_number = number
            self.assertEqual(
                self.company._get_app_number(self.env.ref("base.SEK")),
                ("Swish", "123 456 78 90"),
            )
        for number, shown in (("12345", "12345"), ("12 3456", "123456")):
            self.company.payments_vipps_number = number
            self.assertEqual(
                self.company._get_app_number(self.env.ref("base.NOK")),
                ("Vipps", shown),
            )

    def test_what_cannot_be_such_a_number(self):
        for number in ("070-123 45 67", "123 456 78 9", "12345678901", "123 456 78 9O"):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(ValidationError, "begins with 123"),
            ):
                self.company.payments_swish_number = number
        self.company.payments_swish_number = False
        for number in ("1234", "1234567", "912 34 567", "Vipps 12345"):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(ValidationError, "five or six digits"),
            ):
                self.company.payments_vipps_number = number

    def test_head_of_the_practice_writes_them(self):
        head = self.hire(
            "head", "base.group_user", "konfidens_payments.group_payments_manager"
        )
        model = self.env["konfidens.payment.settings"].with_company(self.company)
        model.with_user(head).create({"payments_swish_number": "1239876543"})
        self.assertEqual(self.company.payments_swish_number, "1239876543")
        with self.assertRaisesRegex(ValidationError, "begins with 123"):
            model.with_user(head).create({"payments_swish_number": "0701234567"})
        with self.assertRaises(AccessError):
            model.with_user(self.practitioner).create(
                {"payments_swish_number": "1239876543"}
            )
