from ast import literal_eval

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestClients(PaymentsCommon):
    """Payments, Clients: who has appointments, and owes what."""

    def clients(self, user=None):
        """Return whom the list shows this user."""
        action = self.env.ref("konfidens_payments.action_clients")
        partners = self.env["res.partner"].with_user(user or self.practitioner)
        return partners.with_company(self.company).search(literal_eval(action.domain))

    def test_who_has_appointments_that_the_user_sees(self):
        self.assertNotIn(self.client, self.clients())
        self.book(service_id=self.service.id)
        self.env.flush_all()
        self.assertIn(self.client, self.clients())
        colleague = self.practitioner.sudo().copy(
            {"login": "clients_colleague", "name": "Colleague"}
        )
        self.assertNotIn(self.client, self.clients(colleague))

    def test_what_each_owes_in_two_queries_for_many(self):
        self.posted()
        self.posted()
        other = self.env["res.partner"].create({"name": "Nora", "email": "n@x.test"})
        both = self.client + other
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(both.mapped("booking_amount_due"), [2500.0, 0.0])
        owing = both.search([("booking_amount_due", ">", 0), ("id", "in", both.ids)])
        self.assertEqual(owing, self.client)
        many = both + self.env["res.partner"].create(
            [{"name": f"Client {number}"} for number in range(20)]
        )
        counts = []
        for some in (both, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("booking_amount_due")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_one_invoice_for_two_of_whom_each_owes_a_part(self):
        first = self.draft()
        other = self.env["res.partner"].create({"name": "Nora", "email": "n@x.test"})
        event = self.book(partner_ids=[Command.set(other.ids)], price=750.0)
        booking = event.booking_ids
        values = {"booking_id": booking.id, "price_unit": 750.0, "tax_ids": False}
        first.invoice_line_ids = [Command.create(values)]
        first.action_complete_invoice()
        self.assertEqual(first.amount_total, 2000.0)
        both = self.client + other
        self.env.flush_all()
        self.assertEqual(both.mapped("booking_amount_due"), [1250.0, 750.0])
        self.pay(first, amount=1000.0)
        self.env.flush_all()
        both.invalidate_recordset()
        self.assertEqual(both.mapped("booking_amount_due"), [625.0, 375.0])

    def test_list_form_and_filter(self):
        partners = self.env["res.partner"].with_user(self.practitioner)
        for xml_id, view_type in (
            ("view_client_list", "list"),
            ("view_client_search", "search"),
        ):
            view = self.env.ref(f"konfidens_payments.{xml_id}")
            self.assertTrue(partners.get_view(view.id, view_type)["arch"])


@tagged("post_install", "-at_install")
class TestServices(PaymentsCommon):
    """Payments, Services: what a practice needs of a service, on one page."""

    def new_service(self):
        services = self.env["product.product"].with_company(self.company)
        services = services.with_context(
            default_type="service", konfidens_payments_services=True
        )
        return Form(services, view="konfidens_payments.view_service_form")

    def test_new_service_has_no_tax_that_nobody_chose(self):
        self.company.write({"payments_tax_kind": False, "payments_tax_id": False})
        with self.new_service() as form:
            form.name = "Talk"
            form.lst_price = 900.0
        service = form.record
        self.assertFalse(service.taxes_id)
        self.assertEqual((service.type, service.list_price), ("service", 900.0))

    def test_new_service_has_the_tax_of_services(self):
        self.company.payments_tax_kind = "taxable"
        with self.new_service() as form:
            form.name = "Talk"
        self.assertEqual(form.record.taxes_id, self.company.payments_tax_id)

    def test_page_speaks_of_no_shop(self):
        view = self.env.ref("konfidens_payments.view_service_form")
        arch = self.env["product.product"].get_view(view.id, "form")["arch"]
        self.assertNotIn("Burger", arch)


@tagged("post_install", "-at_install")
class TestMarks(PaymentsCommon):
    """The colours of payment in the calendar."""

    def marks(self, events, user=None):
        model = self.env["calendar.event"].with_user(user or self.practitioner)
        return model.get_payment_marks(events.ids)

    def test_status_of_each_appointment(self):
        self.company.payments_create_draft = False
        waiting = self.book(service_id=self.service.id)
        meeting = self.book()
        paid = self.posted()
        self.pay(paid)
        self.env.flush_all()
        events = waiting + meeting + paid.booking_ids.event_id
        self.assertEqual(
            self.marks(events),
            {waiting.id: ["to_invoice"], paid.booking_ids.event_id.id: ["paid"]},
        )

    def test_none_of_others(self):
        event = self.book(service_id=self.service.id)
        employee = self.env.ref("base.user_demo", raise_if_not_found=False)
        nobody = self.practitioner.sudo().copy(
            {
                "login": "marks_nobody",
                "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )
        for user in (nobody, employee or nobody):
            self.assertEqual(self.marks(event, user), {})
