"""The scene of the attacks: a practice, people of every kind, and their secrets."""

import gc
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from .attack_rights import may
from .common import PaymentsCommon

ADDON = "konfidens_payments"
_GROUPS = {
    "guest": "konfidens_payments.group_payments_user",
    "stranger": "konfidens_payments.group_payments_user",
    "branch": "konfidens_payments.group_payments_user",
    "secretary": "konfidens_payments.group_payments_user_all",
    "head": "konfidens_payments.group_payments_manager",
    "auditor": "account.group_account_readonly",
    # reception: keeps contacts, and has nothing to do with payments
    "employee": "base.group_partner_manager",
}
# Where this is in an answer, it came from a secret.
_MARK = "Geheim"


@dataclass
class Case:
    """One appointment with all that belongs to it.

    :ivar owner: the kind of user in whose calendar it is
    :ivar guests: kinds of colleagues who take part
    :ivar secrets: the texts that nobody may see who may not see its payment
    :ivar words: the texts that only those see who take part
    :ivar records: by model, the records that tell of its payment
    """

    name: str
    owner: str
    company: object
    event: object
    partners: object
    guests: tuple = ()
    run: object = None
    day: object = None
    proof: object = None
    secrets: list = field(default_factory=list)
    words: list = field(default_factory=list)
    records: dict = field(default_factory=dict)


def is_ours(a_field):
    """Return whether a field is ours, also where another model inherits it."""
    while a_field.inherited:
        a_field = a_field.related_field
    return a_field._modules == (ADDON,)


def get_billing(event):
    """Return, with all rights, the record that holds an appointment's payment."""
    bookings = event.env["konfidens.payment.booking"].sudo()
    return bookings.search([("event_id", "=", event.id)])


class AttackScene(PaymentsCommon):
    """Appointments of every kind in three companies, and users of every kind.

    :cvar users: {kind: `res.users`}
    :cvar cases: {name: `Case`}
    :cvar own_events: {kind: an own appointment without a client}
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = datetime(2026, 11, 10, 9, 0)
        cls.other_company = cls.setup_other_company(name="Praksis Sor")["company"]
        cls.other_company.email = "post@praksissor.example.com"
        cls.branch_company = cls.env["res.company"].create(
            {"name": "Praksis Vest, filial", "parent_id": cls.company.id}
        )
        for company in (cls.other_company, cls.branch_company):
            company.write({"payments_active": True, "payments_create_draft": False})
        cls._make_users()
        cls.cases = {}
        cls._make_cases()
        cls.own_events = {
            kind: cls._book_as(cls.users[kind], partner_ids=False).with_env(cls.env)
            for kind in ("employee", "guest")
        }
        # From here on what is copied or created would be billed at once.
        for company in cls.company + cls.other_company + cls.branch_company:
            company.payments_invoicing_method = "automatic"
        for case in cls.cases.values():
            cls._collect(case)
        cls.env.flush_all()
        # Odoo goes through all environments that are alive whenever it makes one or
        # forgets what was read. Each test keeps those alive that it begins with: let
        # those go in which the scene was made, and hooks before a commit that hold them
        cls.env.cr.clear()
        gc.collect()
        # or PostgreSQL plans for empty tables what is asked of those that were filled
        tables = {cls.env[model]._table for model in cls.get_models()}
        cls.env.cr.execute(
            SQL("ANALYZE %s", SQL(", ").join(map(SQL.identifier, tables)))
        )

    # === PEOPLE === #

    @classmethod
    def _make_users(cls):
        cls.users = {"practitioner": cls.practitioner, "accountant": cls.accountant}
        companies = {"stranger": cls.other_company, "branch": cls.branch_company}
        for kind, group in _GROUPS.items():
            company = companies.get(kind, cls.company)
            cls.users[kind] = new_test_user(
                cls.env,
                f"attack_{kind}",
                groups=f"base.group_user,{group}",
                name=f"Attack {kind}",
                email=f"{kind}@praksisvest.example.com",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
        # Who may export at all must not export this.
        for user in cls.users.values():
            user.sudo().group_ids += cls.env.ref("base.group_allow_export")
        cls.users["portal"] = new_test_user(
            cls.env,
            "attack_portal",
            groups="base.group_portal",
            name=f"Portal {_MARK}",
            email="portal@example.com",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.users["public"] = cls.env.ref("base.public_user")
        # sudo: of another company's users the scene knows the names as well
        cls.users = {kind: user.sudo() for kind, user in cls.users.items()}

    @classmethod
    def _partner(cls, name, **values):
        name = f"{name} {_MARK}"
        email = f"{name.replace(' ', '.').lower()}@example.com"
        return cls.env["res.partner"].create({"name": name, "email": email, **values})

    # === APPOINTMENTS === #

    @classmethod
    def _book_as(cls, user, **values):
        """Return an appointment that this user makes."""
        number = len(cls.cases)
        start = cls.today + timedelta(days=number)
        company = user.company_id
        partners = values.pop("partner_ids", None) or user.partner_id
        event = (
            cls.env["calendar.event"]
            .with_user(user)
            .with_company(company)
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Team meeting",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": user.id,
                    "partner_ids": [Command.set((partners + user.partner_id).ids)],
                    **values,
                }
            )
        )
        cls.env.flush_all()
        return event

    @classmethod
    def _make_case(cls, name, owner="practitioner", guests=(), **values):
        """Make an appointment with a client, a payer and a price of its own."""
        user = cls.users[owner]
        if "client" in values:  # who pays himself
            client = payer = values.pop("client")
        else:
            client, payer = (
                cls._partner(f"{who} {name}") for who in ("Client", "Payer")
            )
            client.invoice_recipient_id = payer
        more = values.pop("more", cls.env["res.partner"])
        colleagues = cls.env["res.partner"].concat(
            *(cls.users[kind].partner_id for kind in guests)
        )
        number = len(cls.cases)
        price = 7341.57 + 100 * number
        title = f"Title {name} {_MARK}"
        event = cls._book_as(
            user,
            partner_ids=client + more + colleagues,
            **{"name": title, "description": f"Notes {name} {_MARK}", **values},
        )
        event.write({"service_id": cls.service.id})
        event.write({"price": price})
        case = Case(
            name, owner, user.company_id, event, client + payer + more, tuple(guests)
        )
        case.words = [title, f"Notes {name} {_MARK}"] if values.get("privacy") else []
        # who comes as a guest is no secret to those who see the calendar, who pays is
        case.secrets = [price, payer.name] if payer != client else [price]
        cls.cases[name] = case
        return case

    @classmethod
    def _make_cases(cls):
        cls._make_case("public", guests=["guest"])
        case = cls._make_case("private", guests=["guest"], privacy="private")
        cls._invoice(case)
        strangers = cls._partner("Second of group") + cls._partner("Third of group")
        cls._make_case("group", more=strangers)
        case = cls._make_case("told", guests=["guest"])
        cls._tell(case, cls._invoice(case), "sent")
        case = cls._make_case("posted", invoicing_method="external")
        cls._bill_in_run(case)
        move = get_billing(case.event).invoice_id
        move.action_complete_invoice()
        cls._tell(case, move, "failed")
        cls._take_at_the_desk(cls._make_case("desk", guests=["guest"]))
        case.proof = cls._prove(case)
        case = cls._make_case("elsewhere", invoicing_method="external")
        get_billing(case.event).external_reference = f"Reference {case.name} {_MARK}"
        case.secrets.append(f"Reference {case.name} {_MARK}")
        case.run = cls._prepare_run(case)
        case = cls._make_case("portal", client=cls.users["portal"].partner_id)
        cls._invoice(case).action_complete_invoice()
        case = cls._make_case("colleague", owner="guest")
        cls._invoice(case)
        case = cls._make_case("stranger", owner="stranger")
        cls._tell(case, cls._invoice(case), "scheduled")
        case.run = cls._prepare_run(
            cls._make_case("elsewhere2", owner="stranger", invoicing_method="external")
        )
        case = cls._make_case("branch", owner="branch")
        cls._invoice(case)

    @classmethod
    def _as_owner(cls, case, records):
        return records.with_user(cls.users[case.owner]).with_company(case.company)

    @classmethod
    def _invoice(cls, case):
        """Return the draft of this case."""
        cls._as_owner(case, case.event).action_create_invoice()
        return cls._as_owner(case, get_billing(case.event).invoice_id)

    @classmethod
    def _take_at_the_desk(cls, case):
        """Take the payment of this case, and open the settlement of the day."""
        cls.env["konfidens.payment.method"].sudo().create(
            {
                "name": "Cash",
                "company_id": case.company.id,
                "journal_id": cls.company_data["default_journal_cash"].id,
            }
        )
        event = cls._as_owner(case, case.event)
        action = event.action_take_payment()
        wizard = event.env[action["res_model"]].browse(action["res_id"])
        wizard.reference = f"Slip {case.name} {_MARK}"
        wizard.action_take()
        days = cls.env["konfidens.payment.day"].with_user(cls.users["secretary"])
        days.action_view_days()
        case.day = days.search([])
        case.secrets.append(wizard.reference)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _prepare_run(cls, case):
        event = cls._as_owner(case, case.event)
        action = event.action_prepare_billing_run()
        return event.env[action["res_model"]].browse(action["res_id"])

    @classmethod
    def _bill_in_run(cls, case):
        case.run = cls._prepare_run(case)
        case.run.action_run()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _prove(cls, case):
        """Return a proof of the case's company, with a row about this case."""
        proof = cls.env["konfidens.payment.proof"].sudo()._prove(case.company)
        billing = get_billing(case.event)
        proof.line_ids = [
            Command.create(
                {
                    "reason": "told",
                    "booking_id": billing.id,
                    "invoice_id": billing.invoice_id.id,
                    "currency_id": billing.currency_id.id,
                    "expected": billing.price,
                    "found": billing.price,
                }
            )
        ]
        return proof

    @classmethod
    def _tell(cls, case, move, state):
        """Give an invoice a payment message in this state, with texts of its own."""
        cls.send(move, send_mode="later", scheduled_date=datetime(2030, 1, 1))
        message = move.sudo().payment_message_ids
        if state != "scheduled":
            message.write({"state": state, "sent_date": datetime(2026, 11, 11)})
        message.write(
            {"delivered_by": "email", "delivered_to": f"Evidence {case.name} {_MARK}"}
        )
        if state == "failed":
            message.write({"failure_reason": f"Reason {case.name} {_MARK}"})
        cls.env.flush_all()

    # === WHAT THERE IS TO STEAL === #

    @classmethod
    def _collect(cls, case):
        """Find all records that tell of a case's payment, and what is secret."""
        # of the environments in which they were made none stays alive
        case.event = case.event.with_env(cls.env)
        case.run = case.run and case.run.with_env(cls.env)
        case.proof = case.proof and case.proof.with_env(cls.env)
        event = case.event.sudo()
        billing = get_billing(event)
        moves = billing.invoice_id
        messages = moves.payment_message_ids
        found = [
            event,
            event.attendee_ids,
            billing,
            moves,
            moves.invoice_line_ids,
            messages,
            messages.all_line_ids,
            messages.mail_message_ids,
            case.partners.sudo(),
            case.partners.sudo().user_ids,
        ]
        if case.run:
            found += [case.run.sudo(), case.run.sudo().line_ids]
        if case.day:
            case.day = case.day.with_env(cls.env)
            found += [case.day.sudo(), case.day.sudo().line_ids]
            found.append(moves.reconciled_payment_ids)
        if case.proof:
            found += [case.proof.sudo(), case.proof.sudo().line_ids]
        case.records = {records._name: records for records in found if records}
        moves._ensure_pay_token()
        case.secrets += [token for token in moves.mapped("pay_token") if token]
        case.secrets += [move.name for move in moves if move.state == "posted"]
        case.secrets += [
            text
            for message in messages
            for text in (message.delivered_to, message.failure_reason)
            if text
        ]

    def get_targets(self, kind, operation, model):
        """Return the records of a model on which this kind may not do this.

        :param operation: "read", "write", or "press" one of our buttons
        """
        return self._select(model, lambda case: not may(kind, operation, model, case))

    @classmethod
    def get_models(cls):
        """Return the names of the models of what there is to steal."""
        return {model for case in cls.cases.values() for model in case.records}

    def get_all(self, model):
        return self._select(model, lambda case: True)

    def get_own(self, kind, operation, model):
        """Return the records of a model on which this kind may do this."""
        own = self._select(model, lambda case: may(kind, operation, model, case))
        if model == "calendar.event" and kind in self.own_events:
            own += self.own_events[kind].sudo()
        return own

    def _select(self, model, predicate):
        none = self.env[model].sudo()
        return none.union(
            *(
                case.records.get(model, none)
                for case in self.cases.values()
                if predicate(case)
            )
        )

    def get_secrets(self, kind):
        """Return the pattern of what must be in no answer to this kind of user."""
        texts = []
        for case in self.cases.values():
            if not may(kind, "read", "calendar.event", case):
                texts += case.secrets
            if kind not in (case.owner, *case.guests):
                texts += case.words
        return re.compile("|".join(_spell(text) for text in texts))


def _spell(text):
    """Return a pattern of the ways in which a secret is written."""
    if isinstance(text, str):
        return re.escape(text)
    whole, cents = divmod(round(text * 100), 100)
    thousands, rest = divmod(whole, 1000)
    return rf"{thousands}[\s.,\u00a0\u202f]?{rest:03}[.,]{cents:02}"
