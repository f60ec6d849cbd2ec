from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .changes_common import ChangesCommon


class OtherPayerCommon(ChangesCommon):
    """Payers with pricelists and fiscal positions of their own."""

    @classmethod
    def payer(cls, name, pricelist=None, position=None):
        payer = cls.env["res.partner"].create(
            {"name": name, "email": "payer@example.com", "lang": "en_US"}
        )
        payer = payer.with_company(cls.company)
        if pricelist:
            payer.property_product_pricelist = pricelist
        if position:
            payer.property_account_position_id = position
        return payer


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestOtherPayer(OtherPayerCommon):
    """Another payer: the draft is as if it had been made for that payer at first."""

    given_by = "draft"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pricelists = cls.env.ref("product.group_product_pricelist")
        # as the settings switch them on
        cls.env.ref("base.group_user").sudo().implied_ids += pricelists
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": cls.euro.id,
                "rate": 0.1,
                "company_id": cls.company.id,
            }
        )
        cls.agreed = cls.payer("Agreement", cls.price_of_500())
        cls.abroad = cls.payer("Abroad", cls.price_of_500(currency_id=cls.euro.id))
        cls.guest = cls.payer("Somebody else")

    @classmethod
    def price_of_500(cls, **values):
        return cls.env["product.pricelist"].create(
            {
                "name": "Agreement",
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 500.0})
                ],
                **values,
            }
        )

    def assert_billed(self, booking, payer, price, service=None, currency=None):
        move = booking.invoice_id
        service = service or self.service
        currency = currency or self.company.currency_id
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((booking.payer_id, move.partner_id), (payer, payer))
        line = move.invoice_line_ids
        self.assertEqual((booking.service_id, line.product_id), (service, service))
        self.assertEqual((booking.price, move.amount_total), (price, price))
        self.assertEqual((booking.currency_id, move.currency_id), (currency, currency))
        self.assertFalse(move.draft_leads)

    # === PAYER, PRICE, SERVICE, GUESTS IN ONE SAVE === #

    def test_in_one_save(self):
        for payer, given, price in (
            (self.agreed, {}, 500.0),
            (self.agreed, {"price": 650.0}, 650.0),
            (self.agreed, {"service_id": self.short.id}, 500.0),
            (self.agreed, {"service_id": self.short.id, "price": 650.0}, 650.0),
            (self.other, {}, 1250.0),
            (self.other, {"price": 650.0}, 650.0),
            (self.other, {"service_id": self.short.id}, 600.0),
            (self.other, {"service_id": self.short.id, "price": 650.0}, 650.0),
        ):
            for who in ("payer_id", "client_id"):
                first, last = {who: payer.id, **given}, {**given, who: payer.id}
                for way, values in (("booking", first), ("appointment", last)):
                    with self.subTest(values=values, way=way), self.undone():
                        booking = self.given.booking_ids
                        record = booking if way == "booking" else booking.event_id
                        record.with_user(self.practitioner).write(values)
                        service = self.short if "service_id" in given else None
                        self.assert_billed(booking, payer, price, service)

    def test_another_guest_together_with_the_payer(self):
        guests = [Command.set((self.guest + self.practitioner.partner_id).ids)]
        for method in ("manual", "automatic"):
            for given, payer, price in (
                ({"payer_id": self.other.id}, self.other, 1250.0),
                ({"payer_id": self.agreed.id}, self.agreed, 500.0),
                ({"payer_id": self.agreed.id, "price": 650.0}, self.agreed, 650.0),
                ({"price": 650.0}, self.guest, 650.0),
            ):
                with self.subTest(given=given, method=method):
                    event = self.book(
                        service_id=self.service.id, invoicing_method=method
                    )
                    if method == "manual":
                        event.action_create_invoice()
                    event.with_user(self.practitioner).write(
                        {"partner_ids": guests, **given}
                    )
                    booking = self.booking_of(event)
                    self.assertEqual(booking.client_id, self.guest)
                    self.assert_billed(booking, payer, price)
                    messages = booking.invoice_id.payment_message_ids
                    self.assertEqual(messages.partner_id, payer & messages.partner_id)

    def test_typed_price_stays_when_the_payer_changes(self):
        for draft in (True, False):
            with self.subTest(draft=draft):
                booking = (
                    self.draft().booking_ids
                    if draft
                    else self.book(service_id=self.service.id).booking_ids
                )
                booking.price = 700.0
                for payer in (self.other, self.agreed, self.client):
                    booking.payer_id = payer
                    self.assertEqual(booking.price, 700.0)
                if not draft:
                    booking.action_create_invoice()
                self.assert_billed(booking, self.client, 700.0)

    # === IN ANOTHER CURRENCY === #

    def test_payer_in_another_currency_and_back(self):
        booking = self.given.booking_ids
        booking.payer_id = self.abroad
        self.assert_billed(booking, self.abroad, 500.0, currency=self.euro)
        booking.payer_id = self.other
        self.assert_billed(booking, self.other, 1250.0)

    def test_following_again_converts_what_the_draft_said(self):
        booking, move = self.given.booking_ids, self.given
        krone = self.company.currency_id
        for changes, price, back in (
            ({"partner_id": self.abroad.id}, 1250.0, (self.abroad, 125.0, self.euro)),
            ({"currency_id": self.euro.id}, 1250.0, (self.client, 12500.0, krone)),
        ):
            with self.subTest(changes), self.undone():
                move.write(changes)
                self.assertEqual((booking.price, move.amount_total), (price, price))
                self.assertEqual(booking.currency_id, move.currency_id)
                self.as_practitioner(move).action_follow_appointment()
                payer, amount, currency = back
                self.assert_billed(booking, payer, amount, currency=currency)
                booking.event_id.write({"duration": 2.0})
                self.assert_billed(booking, payer, amount, currency=currency)

    def test_agreed_price_is_converted_with_its_currency(self):
        booking = self.given.booking_ids
        booking.price = 700.0
        booking.payer_id = self.abroad
        self.assert_billed(booking, self.abroad, 70.0, currency=self.euro)

    def test_currency_that_an_accountant_chose_gives_the_draft_the_lead(self):
        move = self.given
        move.with_user(self.accountant).currency_id = self.euro
        self.assertTrue(move.draft_leads)
        self.assertEqual(move.booking_ids.currency_id, self.euro)


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestTaxesFollow(OtherPayerCommon):
    """Taxes and accounts follow the payer, and a price that includes tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.company_data["default_account_revenue"]
        cls.abroad_account = cls.account.copy({"name": "Sales abroad"})

    def position(self, tax, amount, kind):
        """Return a fiscal position that maps a tax and the income account."""
        mapped = self.env["account.tax"].create(
            {
                "name": f"{tax.name} to {amount} {kind}",
                "amount": amount,
                "type_tax_use": "sale",
                "price_include_override": kind,
                "company_id": self.company.id,
                "original_tax_ids": [Command.set(tax.ids)],
            }
        )
        return self.env["account.fiscal.position"].create(
            {
                "name": mapped.name,
                "tax_ids": [Command.set(mapped.ids)],
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": self.account.id,
                            "account_dest_id": self.abroad_account.id,
                        }
                    )
                ],
            }
        )

    def of_odoo(self, payer):
        """Return the invoice that Odoo itself makes for this payer and service."""
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": payer.id,
                "invoice_line_ids": [Command.create({"product_id": self.service.id})],
            }
        )

    def assert_as_of_odoo(self, booking, expected):
        move = booking.invoice_id
        self.assertEqual(move.fiscal_position_id, expected.fiscal_position_id)
        for name in ("tax_ids", "account_id", "price_unit"):
            self.assertEqual(
                move.invoice_line_ids[name], expected.invoice_line_ids[name], name
            )
        self.assertEqual(move.amount_total, expected.amount_total)
        # the booking shows its own price: that of the service
        self.assertEqual(booking.price, 1250.0)

    def test_draft_is_as_one_of_odoo_for_this_payer(self):
        for included in ("tax_included", "tax_excluded"):
            tax = self.env["account.tax"].create(
                {
                    "name": f"25 {included}",
                    "amount": 25,
                    "type_tax_use": "sale",
                    "price_include_override": included,
                    "company_id": self.company.id,
                }
            )
            self.service.taxes_id = tax
            for amount, kind in (
                (0, "tax_excluded"),
                (12, "tax_excluded"),
                (12, "tax_included"),
            ):
                with self.subTest(included=included, amount=amount, kind=kind):
                    position = self.position(tax, amount, kind)
                    payer = self.payer("Abroad", position=position)
                    expected = self.of_odoo(payer)
                    # from the start
                    made = self.draft(payer_id=payer.id).booking_ids
                    self.assert_as_of_odoo(made, expected)
                    # of an old appointment
                    old = self.book_externally(
                        service_id=self.service.id, payer_id=payer.id
                    ).booking_ids
                    old.action_create_invoice()
                    self.assert_as_of_odoo(old, expected)
                    # another payer, and back
                    booking = self.draft().booking_ids
                    before = booking.invoice_id.amount_total
                    booking.payer_id = payer
                    self.assert_as_of_odoo(booking, expected)
                    booking.payer_id = self.client
                    self.assert_as_of_odoo(booking, self.of_odoo(self.client))
                    self.assertEqual(booking.invoice_id.amount_total, before)

    def test_drafts_follow_the_tax_of_services(self):
        """Also for a payer to whom the service's tax was mapped, or is now."""
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        exempt = tax.copy({"name": "Exempt", "amount": 0})
        payer = self.payer("Abroad", position=self.position(tax, 0, "tax_excluded"))
        self.service.taxes_id = tax
        booking = self.draft(payer_id=payer.id).booking_ids
        typed = self.draft(payer_id=payer.id)
        typed.invoice_line_ids.price_unit = 900.0
        self.assertEqual(booking.invoice_id.amount_total, 1000.0)
        for new, total in ((exempt, 1250.0), (tax, 1000.0)):
            self.company.payments_tax_id = new
            self.service.action_use_tax_of_services()
            self.assert_as_of_odoo(booking, self.of_odoo(payer))
            self.assertEqual(booking.invoice_id.amount_total, total)
            self.assertEqual(typed.amount_untaxed, 900.0)

    def test_price_typed_on_the_draft_is_taxed_once(self):
        """The booking shows it as its other prices: with the tax that these include."""
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        self.service.taxes_id = tax
        for kind, typed, shown in (
            ("tax_excluded", 900.0, 1125.0),
            ("tax_included", 1008.0, 1125.0),
        ):
            position = self.position(tax, 12, kind)
            payer = self.payer("Abroad", position=position)
            move = self.draft(payer_id=payer.id)
            booking, line = move.booking_ids, move.invoice_line_ids
            line.quantity = 2.0
            self.assertEqual(booking.price, 2500.0)
            line.write({"price_unit": typed, "quantity": 1.0})
            self.assertEqual(booking.price, shown)
            for again in ("follow", "anew", "fee"):
                with self.subTest(kind, typed=typed, again=again), self.undone():
                    if again == "follow":
                        move.action_follow_appointment()
                    elif again == "anew":
                        move.button_cancel()
                        booking.action_create_invoice()
                        self.assertNotEqual(booking.invoice_id, move)
                    else:
                        fees = {booking.id: shown / 2}
                        booking.sudo()._mark("late_cancelled", fees)
                        line = booking.invoice_id.invoice_line_ids
                        self.assertEqual(line.price_unit, typed / 2)
                        booking.action_planned()
                    line = booking.invoice_id.invoice_line_ids
                    self.assertEqual((line.price_unit, booking.price), (typed, shown))

    def test_another_service_typed_on_the_draft_brings_its_own_tax(self):
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        plain = self.service.copy({"name": "Report", "taxes_id": False})
        self.service.taxes_id = tax
        payer = self.payer("Abroad", position=self.position(tax, 0, "tax_excluded"))
        move = self.draft(payer_id=payer.id)
        booking, line = move.booking_ids, move.invoice_line_ids
        line.write({"product_id": plain.id, "price_unit": 1000.0})
        self.assertEqual(booking.price, 1000.0)
        line.write({"product_id": self.service.id, "price_unit": 1000.0})
        self.assertEqual(booking.price, 1250.0)

    def test_told_is_what_odoo_asks_for(self):
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        self.service.taxes_id = tax
        payer = self.payer("Abroad", position=self.position(tax, 0, "tax_excluded"))
        booking = self.draft().booking_ids
        booking.payer_id = payer
        self.send(booking.invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        move = booking.invoice_id
        self.assertEqual(move.payment_message_ids.amount, 1000.0)
        self.assertEqual((move.state, move.amount_total), ("posted", 1000.0))

    def test_typed_price_and_further_lines(self):
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "25", "amount": 25, "price_include_override": "tax_included"}
        )
        self.service.taxes_id = tax
        payer = self.payer("Abroad", position=self.position(tax, 0, "tax_excluded"))
        move = self.draft()
        move.write(
            {
                "invoice_line_ids": [
                    Command.update(move.invoice_line_ids.id, {"discount": 10.0}),
                    Command.create(
                        {
                            "name": "Report",
                            "price_unit": 250.0,
                            "tax_ids": [Command.set(tax.ids)],
                            "product_id": self.service.id,
                        }
                    ),
                ]
            }
        )
        booking = move.booking_ids
        booking.write({"payer_id": payer.id, "price": 500.0})
        billed = move.invoice_line_ids.filtered("booking_id")
        report = move.invoice_line_ids - billed
        self.assertEqual((billed.price_unit, billed.discount), (400.0, 10.0))
        self.assertEqual((report.name, report.price_unit), ("Report", 200.0))
        self.assertEqual(move.amount_total, 400.0 * 0.9 + 200.0)
        self.assertEqual(booking.price, 500.0)
