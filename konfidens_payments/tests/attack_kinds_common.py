import contextlib
import json

from odoo.exceptions import AccessError, UserError

from .attack_common import AttackScene, get_billing

BILLED = ("client_id", "payer_id", "service_id", "price", "invoicing_method")


class KindsCommon(AttackScene):
    """One attack of each kind that once succeeded, and what belongs to it."""

    def as_kind(self, kind, records):
        """Return records as this user has them in a new request."""
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_env(
            self.env(user=self.users[kind].id, su=False, context={"lang": "en_US"})
        )

    def event(self, name, kind):
        return self.as_kind(kind, self.cases[name].event)

    def model(self, name, kind):
        return self.as_kind(kind, self.env[name])

    def move(self, name):
        """Return the invoice of a case, with all rights."""
        return get_billing(self.cases[name].event).invoice_id

    def billed(self, name):
        """Return what is billed for a case, and to whom."""
        self.env.flush_all()
        self.env.invalidate_all()
        billing = get_billing(self.cases[name].event)
        return [billing[field] for field in BILLED]

    @contextlib.contextmanager
    def attack(self):
        """Try something that may be refused; what it did stays otherwise."""
        with contextlib.suppress(AccessError, UserError, ValueError, KeyError):
            with self.env.cr.savepoint():
                yield
                self.env.flush_all()
        self.env.invalidate_all()

    def assert_secret(self, kind, answer):
        text = json.dumps(answer, default=str, ensure_ascii=False)
        self.assertNotRegex(text, self.get_secrets(kind))
