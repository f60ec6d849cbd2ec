import smtplib
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.models import Index
from odoo.modules.registry import Registry
from odoo.tests import new_test_user
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.mail.tests.common import MailCase

from .kept import read_practice, unpack
from .kept_caches import keep_caches


class _Undo(Exception):
    """What is done is to be undone."""


class PaymentsCommon(AccountTestInvoicingCommon, MailCase, CronMixinCase):
    """A practice with payments activated, a practitioner, and a client.

    :cvar given_by: name of the method that makes what many tests of a class begin with
    :ivar given: what it made, once for all of them
    """

    given_by = None

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(keep_caches(Registry(get_db_name())))
        practice = read_practice()
        if practice:
            super(BaseCommon, cls).setUpClass()
            cls._take_practice(practice)
        else:
            # Of what Odoo's classes make for each class of tests what some test here
            # uses: all of it takes longer than many a test.
            super(AccountTestInvoicingCommon, cls).setUpClass()
            cls._make_practice()
        # No job runs in the database of these tests, and that is no trouble however
        # long they take.
        cls.env.cr.execute(
            "UPDATE ir_cron SET lastcall = now() AT TIME ZONE 'UTC',"
            " nextcall = '2099-01-01'"
        )

    @classmethod
    def _take_practice(cls, practice):
        """Take the practice made for all classes, as one that is activated just now."""
        user = unpack(cls.env, practice["user"])
        cls.env = cls.env(user=user, context=cls.default_env_context())
        for name, value in practice.items():
            setattr(cls, name, unpack(cls.env, value))
        cls.env.cr.execute(
            "UPDATE res_company SET payments_activated_on = now() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [cls.company.id],
        )

    @classmethod
    def _make_practice(cls):
        cls._set_up_accounting()
        cls._init_mail_gateway()
        cls._init_mail_servers()
        cls.env["ir.config_parameter"].set_param(
            "mail.restrict.template.rendering", False
        )
        cls.company = cls.company_data["company"]
        cls.company.write(
            {"name": "Praksis Vest", "email": "post@praksisvest.example.com"}
        )
        cls.company.write(
            {
                "payments_active": True,
                "payments_create_draft": False,
                "payments_quiet_channels": "none",  # tests are at any hour
            }
        )
        cls.practitioner = cls.hire(
            "practitioner",
            "base.group_user",
            "base.group_partner_manager",
            "konfidens_payments.group_payments_user",
            name="Per Practitioner",
            email="per@praksisvest.example.com",
            tz="Europe/Oslo",
        )
        cls.accountant = cls.hire(
            "accountant",
            "base.group_user",
            "account.group_account_invoice",
            name="Anne Accountant",
        )
        cls.client = cls.env["res.partner"].create(
            {"name": "Kari Nordmann", "email": "kari@example.com", "lang": "en_US"}
        )
        cls.service = cls.env["product.product"].create(
            {
                "name": "Trauma therapy",
                "type": "service",
                "list_price": 1250.0,
                "taxes_id": False,
            }
        )

    def setUp(self):
        if self.given_by and "_given" not in vars(type(self)):
            # before the savepoint to which each test goes back
            type(self)._given = getattr(self, self.given_by)()
            self.env.flush_all()
            self.env.invalidate_all()
        # what was invalidated for all tests of the class is so until its end
        self.registry.signal_changes()
        with keep_caches(self.registry):
            super().setUp()
        if self.given_by:
            self.given = self._given

    @classmethod
    def _set_up_accounting(cls):
        """As `AccountTestInvoicingCommon` does, for sales in one company."""
        cls.company_data = cls.collect_company_accounting_data(cls.env.company)
        cls.tax_sale_a = cls.company_data["default_tax_sale"]
        income = cls.company_data["default_account_revenue"]
        category = cls.product_category.with_company(cls.env.company)
        category.property_account_income_categ_id = income
        cls.product_a = cls._create_product(
            name="product_a", lst_price=1000.0, uom_id=cls.uom_unit.id
        )
        cls.partner_a = cls.env["res.partner"].create({"name": "partner_a"})
        accounts = cls.env["account.chart.template"]
        journal = cls.company_data["default_journal_bank"]
        for lines, name in (
            (journal.inbound_payment_method_line_ids, "debit"),
            (journal.outbound_payment_method_line_ids, "credit"),
        ):
            lines[:1].payment_account_id = accounts.ref(
                f"account_journal_payment_{name}_account_id", raise_if_not_found=False
            )

    @classmethod
    def hire(cls, login, *groups, company=None, **values):
        """Return a new user who works in this company: in the practice."""
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=",".join(groups),
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **values,
        )

    @classmethod
    def book(cls, **values):
        """Return an appointment of the practitioner's with a client, not yet billed."""
        return cls.book_each([values])

    @classmethod
    def book_hourly(cls, count, start, **values):
        """Return so many appointments, one for each hour from `start` on."""
        starts = [start + timedelta(hours=number) for number in range(count)]
        return cls.book_each(
            [
                {"start": start, "stop": start + timedelta(hours=1), **values}
                for start in starts
            ]
        )

    @classmethod
    def book_weekly(cls, count, **values):
        """Return the first appointment of a weekly series."""
        return cls.book(
            recurrency=True,
            rrule_type="weekly",
            tue=True,
            end_type="count",
            count=count,
            **values,
        )

    @classmethod
    def book_each(cls, vals_list):
        """Return appointments with these values, made in one call."""
        guests = cls.client + cls.practitioner.partner_id
        # sudo: also with fields that a practitioner does not write
        events = (
            cls.env["calendar.event"]
            .with_user(cls.practitioner)
            .sudo()
            .with_context(no_mail_to_attendees=True)
            .create(
                [
                    {
                        "name": "Depression, third talk",
                        "description": "Very private",
                        "start": datetime(2026, 11, 10, 9, 0),
                        "stop": datetime(2026, 11, 10, 10, 0),
                        "user_id": cls.practitioner.id,
                        "partner_ids": [Command.set(guests.ids)],
                        **values,
                    }
                    for values in vals_list
                ]
            )
        )
        cls.env.flush_all()  # as at the end of a request
        return events.with_env(cls.env)

    @classmethod
    def booking_of(cls, events):
        """Return the bookings of appointments, in the order of their making."""
        return (
            cls.env["konfidens.payment.booking"]
            .with_context(active_test=False)
            .search([("event_id", "in", events.ids)], order="id")
        )

    @classmethod
    def book_externally(cls, **values):
        """Return an appointment as those made before payments were activated."""
        return cls.book(invoicing_method="external", **values)

    @classmethod
    def draft(cls, **values):
        """Return the draft invoice of a new booking."""
        return cls.draft_each([values])

    @classmethod
    def draft_each(cls, vals_list):
        """Return the draft invoices of new bookings with these values, in their order.

        Several payers of one appointment have one each.
        """
        events = cls.book_each(
            [{"service_id": cls.service.id, **values} for values in vals_list]
        )
        events.action_create_invoice()
        return cls.booking_of(events).invoice_id.with_env(cls.env)

    @classmethod
    def send(cls, moves, **values):
        """Confirm the dialog *Send Payment Message*; return the messages."""
        action = moves.action_send_payment_message()
        moves.env["konfidens.payment.message.wizard"].with_context(
            **action["context"]
        ).create(values).action_confirm()
        return moves.payment_message_ids.filtered(
            lambda message: message.state == "scheduled"
        )

    def run_cron(self, name):
        """Run one of our crons as the cron worker does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"konfidens_payments.ir_cron_{name}").method_direct_trigger()
        self.env.invalidate_all()

    def send_due(self):
        self.run_cron("send_due")

    def complete_delivered(self):
        self.run_cron("complete_delivered")

    @contextmanager
    def mail_server(self, error):
        """Send through a mail server that answers with an exception."""
        with (
            self.mock_mail_gateway(),
            patch.object(
                type(self.env["ir.mail_server"]), "send_email", side_effect=error
            ),
            self.assertLogs("odoo.addons", "WARNING"),
        ):
            yield

    def refuse(self, code, answer):
        """Return how a mail server refuses the client's address, for `mail_server`."""
        return smtplib.SMTPRecipientsRefused({"kari@example.com": (code, answer)})

    def posted(self):
        """Return the completed invoice of a new booking."""
        move = self.draft()
        move.action_complete_invoice()
        return move

    def pay(self, move, **values):
        """Register the payment of an invoice, as an accountant does."""
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create(values)._create_payments()

    def write_off(self, move, amount):
        """Write off some of an invoice by an entry, as a loss."""
        receivable = move.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        ).account_id
        loss = self.company_data["default_account_expense"]
        partner = {"partner_id": move.partner_id.id}
        lines = [
            Command.create({"account_id": account.id, side: amount, **partner})
            for account, side in ((receivable, "credit"), (loss, "debit"))
        ]
        entry = self.env["account.move"].create({"line_ids": lines})
        entry.action_post()
        (move + entry).line_ids.filtered(
            lambda line: line.account_id == receivable
        ).reconcile()
        self.env.flush_all()

    @contextmanager
    def undone(self):
        """Undo what is done inside, so that each of many begins with the same."""
        try:
            with self.env.cr.savepoint():
                yield
                raise _Undo
        except _Undo:
            self.env.invalidate_all()

    @contextmanager
    def assert_nothing_changes(self, *records):
        """Check that what is inside leaves the records as they were."""
        names = {
            record: [
                name
                for name, field in record._fields.items()
                if field.store and field.type not in ("binary",)
            ]
            for record in records
        }

        def snapshot():
            self.env.flush_all()
            self.env.invalidate_all()
            return [record.read(names[record]) for record in records]

        before = snapshot()
        yield
        self.assertEqual(snapshot(), before)

    def make_indexes(self):
        """Make those that ./dev drops for other tests, before this one has any rows."""
        models = "account.move", "konfidens.payment.message", "mail.notification"
        self.registry.check_indexes(self.cr, models)
        for model in models:
            for part in self.env[model]._table_objects.values():
                if isinstance(part, Index):
                    part.apply_to_database(self.env[model])

    def assert_looks_in(self, look, *names):
        """Check that a query (`SQL`) finds what it looks for in these indexes.

        :return: PostgreSQL's plan
        """
        # with few rows PostgreSQL would read them all
        self.cr.execute("SET LOCAL enable_seqscan = off")
        self.cr.execute("SET LOCAL enable_bitmapscan = off")
        self.cr.execute(SQL("EXPLAIN %s", look))
        plan = "\n".join(line for (line,) in self.cr.fetchall())
        for name in names:
            self.assertIn(f"using {name}", plan)
        return plan

    def as_practitioner(self, records):
        return records.with_user(self.practitioner)

    def now(self):
        return fields.Datetime.now()
