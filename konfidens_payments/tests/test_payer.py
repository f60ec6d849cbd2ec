from odoo.tests import Form, freeze_time, tagged

from .common import PaymentsCommon


@freeze_time("2026-11-01 08:00:00")
@tagged("post_install", "-at_install")
class TestPayer(PaymentsCommon):
    """Who gets the invoice, on which terms, and from which company."""

    def test_payer_is_the_clients_invoice_recipient(self):
        parent = self.env["res.partner"].create(
            {"name": "Parent", "email": "parent@example.com", "lang": "en_US"}
        )
        self.client.invoice_recipient_id = parent
        booking = self.book(service_id=self.service.id)
        self.assertEqual(booking.payer_id, parent)
        booking.action_create_invoice()
        self.assertEqual(booking.invoice_id.partner_id, parent)
        self.send(booking.invoice_id)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [parent.email_formatted])
        self.assertNotIn(self.client.name, mail["subject"] + mail["body"])

    def test_invoice_follows_the_payers_terms_and_position(self):
        terms = self.env.ref("account.account_payment_term_30days")
        employer = self.env["res.partner"].create({"name": "Employer"})
        employer.with_company(self.company).property_payment_term_id = terms
        move = self.draft(payer_id=employer.id)
        self.assertEqual(move.invoice_payment_term_id, terms)

    def test_invoice_is_in_the_payers_currency_and_fiscal_position(self):
        euro = self.env.ref("base.EUR")
        euro.sudo().active = True
        pricelist = (
            self.env["product.pricelist"]
            .sudo()
            .create(
                {
                    "name": "Abroad",
                    "currency_id": euro.id,
                    "item_ids": [(0, 0, {"compute_price": "fixed", "fixed_price": 99})],
                }
            )
        )
        position = self.env["account.fiscal.position"].sudo().create({"name": "Abroad"})
        self.env.user.sudo().group_ids += self.env.ref(
            "product.group_product_pricelist"
        )
        self.practitioner.sudo().group_ids += self.env.ref(
            "product.group_product_pricelist"
        )
        employer = (
            self.env["res.partner"]
            .with_company(self.company)
            .create(
                {
                    "name": "Employer",
                    "email": "pay@example.com",
                    "property_product_pricelist": pricelist.id,
                    "property_account_position_id": position.id,
                }
            )
        )
        move = self.draft(payer_id=employer.id)
        self.assertEqual(move.currency_id, euro)
        self.assertEqual(move.amount_total, 99.0)
        self.assertEqual(move.fiscal_position_id, position)
        self.assertEqual(move.booking_ids.price, 99.0)

    def test_each_company_writes_in_its_own_name(self):
        other = self.setup_other_company(name="Other practice")["company"]
        other.sudo().write(
            {
                "email": "post@other.example.com",
                "payments_active": True,
                "payments_create_draft": False,
            }
        )
        self.practitioner.sudo().company_ids += other
        booking = self.booking_of(self.book(service_id=self.service.id)).sudo()
        booking.company_id = other
        booking.action_create_invoice()
        moves = self.draft() + booking.invoice_id.with_env(self.env)
        self.assertEqual(moves.mapped("company_id"), self.company + other)
        self.assertEqual(moves.journal_id.company_id, self.company + other)
        for move in moves:
            self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(
            {mail["email_from"] for mail in self._mails},
            {self.company.email_formatted, other.email_formatted},
        )

    def test_form_proposes_client_payer_and_price(self):
        self.client.invoice_recipient_id = self.env["res.partner"].create(
            {"name": "Parent"}
        )
        form = Form(
            self.env["calendar.event"]
            .with_user(self.practitioner)
            .with_context(default_name="Talk")
        )
        form.partner_ids.add(self.client)
        form.service_id = self.service
        self.assertEqual(form.client_id, self.client)
        self.assertEqual(form.payer_id.name, "Parent")
        self.assertEqual(form.price, 1250.0)
        self.assertEqual(form.invoicing_method, "manual")

    def test_form_with_a_service_from_the_quick_window_can_be_billed(self):
        specification = dict.fromkeys(
            ("client_id", "payer_id", "service_id", "can_write_booking", "user_id"), {}
        )
        events = self.env["calendar.event"].with_user(self.practitioner)
        for defaults in ({}, {"default_service_id": self.service.id}):
            with self.subTest(defaults=defaults):
                shown = events.with_context(**defaults).onchange({}, [], specification)
                self.assertTrue(shown["value"]["can_write_booking"])
                self.assertEqual(
                    shown["value"]["service_id"] or False,
                    defaults.get("default_service_id", False),
                )

    def test_form_for_a_colleague_cannot_be_billed(self):
        colleague = self.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )
        shown = (
            self.env["calendar.event"]
            .with_user(self.practitioner)
            .with_context(
                default_service_id=self.service.id, default_user_id=colleague.id
            )
            .onchange(
                {}, [], {"can_write_booking": {}, "user_id": {}, "service_id": {}}
            )
        )
        self.assertFalse(shown["value"]["can_write_booking"])

    def test_form_proposes_the_names_of_a_group_as_title(self):
        names = ["Henrik Dahl", "Mia Moen", "Nora Ness"]
        clients = self.env["res.partner"].create([{"name": name} for name in names])
        titles = []
        for count in (1, 2, 3):
            form = Form(self.env["calendar.event"].with_user(self.practitioner))
            for client in clients[:count]:
                form.partner_ids.add(client)
            titles.append(form.name)
        self.assertEqual(
            titles,
            ["Henrik Dahl", "Henrik Dahl and 1 more", "Henrik Dahl and 2 more"],
        )

    def test_form_proposes_the_practitioner_for_whom_somebody_plans(self):
        """Who plans everybody's appointments takes the own name off the guests."""
        group = "konfidens_payments.group_payments_user_all"
        reception = self.hire("reception", "base.group_user", group, name="Sonja")
        quick = "calendar.view_calendar_event_form_quick_create"
        for user, expected in (
            (reception, self.practitioner),
            (self.practitioner, self.practitioner),
        ):
            with self.subTest(user=user.name):
                form = Form(self.env["calendar.event"].with_user(user), view=quick)
                form.partner_ids.add(self.client)
                if user == reception:
                    self.assertEqual(form.user_id, user)
                    form.partner_ids.add(self.practitioner.partner_id)
                    form.partner_ids.remove(user.partner_id.id)
                    self.assertEqual(form.user_id, expected)
                form.service_id = self.service
                booking = self.booking_of(form.save())
                self.assertEqual(booking.user_id, expected)
                self.assertEqual(booking.client_id, self.client)
                self.assertEqual(booking.service_id, self.service)

    def test_form_keeps_a_title_that_was_typed(self):
        form = Form(self.env["calendar.event"].with_user(self.practitioner))
        form.partner_ids.add(self.client)
        form.name = "Talk"
        form.partner_ids.add(self.env["res.partner"].create({"name": "Mia Moen"}))
        self.assertEqual(form.name, "Talk")
