import re
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import BaseCase, freeze_time, tagged
from odoo.tools import SQL

from ..tools import mask_addresses
from .sms_common import SmsCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestForgotten(SmsCommon):
    """Nothing of ours keeps an address that is gone from the contact."""

    def send_by(self, channel, error=None, **options):
        """Return an invoice whose message left by this channel."""
        move = self.draft()
        self.send(move, channel=channel)
        if error:
            with self.mail_server(error):
                self.send_due()
            self.complete_delivered()
        else:
            self.send_all(**options)
        return move

    def notifications(self, move):
        return move.payment_message_ids.mail_message_ids.notification_ids.sudo()

    def bounce(self, move):
        self.notifications(move).write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )
        self.complete_delivered()

    def refuse_sms(self, move, reason):
        self.notifications(move).sms_tracker_ids._action_update_from_sms_state(
            "error", failure_type="unknown", failure_reason=reason
        )
        self.complete_delivered()

    def assert_said(self, move, *words):
        """Check that the messages of an invoice say so, and where they went."""
        messages = move.payment_message_ids
        said = " ".join(filter(None, messages.mapped("story")))
        for word in words:
            self.assertIn(word, said)

    def all_words(self):
        """Yield where something stands that we wrote down, and what."""
        self.env.flush_all()
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if not field.store or field.type not in ("char", "text", "html"):
                    continue
                ours = (
                    name.startswith("konfidens.")
                    or set(field._modules) == {"konfidens_payments"}
                    or name == "mail.activity"
                )
                if not ours or not field.column_type:
                    continue
                query = SQL(
                    "SELECT id, %s::text FROM %s",
                    SQL.identifier(field.name),
                    SQL.identifier(self.env[name]._table),
                )
                for row_id, value in self.env.execute_query(query):
                    if value:
                        yield f"{name}({row_id}).{field.name}", value
        notes = self.env["mail.message"].search(
            [
                ("message_type", "=", "notification"),
                ("model", "in", ("account.move", "calendar.event")),
            ]
        )
        for note in notes:
            yield f"note on {note.model}({note.res_id})", note.body or ""

    def assert_forgotten(self, *addresses):
        words = dict(self.all_words())
        where = " ".join(words)
        self.assertIn("failure_reason", where)
        self.assertIn("mail.activity", where)
        self.assertIn("note on account.move", where)
        for place, text in words.items():
            digits = re.sub(r"[\s().-]", "", text)
            for address in addresses:
                self.assertNotIn(address, text, place)
                self.assertNotIn(address, digits, place)

    def test_whatever_became_of_the_messages(self):
        passing = self.send_by(
            "email", self.refuse(451, b"4.2.1 <kari@example.com>: try later")
        )
        self.assert_said(passing, "refused k…@example.com: 4.2.1 <k…@example.com>")
        final = self.send_by(
            "email", self.refuse(550, b"5.1.1 kari@example.com: no such mailbox")
        )
        self.assert_said(final, "refused k…@example.com: 5.1.1 k…@example.com: no")
        delivered = self.send_by("email")
        self.assert_said(delivered, "E-mail to k…@example.com accepted")
        self.assertEqual(delivered.state, "posted")
        late = self.send_by("email")
        self.bounce(late)
        self.assertEqual(late.state, "posted")
        self.assert_said(late, "The e-mail to k…@example.com came back after")
        self.company.payments_bounce_wait_minutes = 30
        early = self.send_by("email")
        with freeze_time(self.now() + timedelta(minutes=31)):
            self.bounce(early)
        self.assertEqual(early.state, "draft")
        self.assert_said(early, "The e-mail to k…@example.com came back")

        arrived = self.send_by("sms")
        self.report(arrived, "delivered")
        self.assert_said(arrived, "SMS to +47 … 67 delivered")
        undelivered = self.send_by("sms")
        self.report(undelivered, "not_delivered")
        self.assert_said(undelivered, "The SMS to +47 … 67 could not")
        refused = self.send_by("sms")
        self.refuse_sms(refused, "Recipient 0047 912 34567 is unknown.")
        self.assert_said(refused, "to +47 … 67 was refused: Recipient … 67 is unknown")
        both = self.send_by("both")
        self.report(both, "delivered")
        self.assert_said(both, "SMS to +47 … 67 delivered")

        self.client.write({"name": "Gone", "email": False, "phone": False})
        self.assert_forgotten("kari@example.com", "91234567", "9123456")

    def test_what_cannot_leave(self):
        for values, channel in (
            ({"email": "kari at example"}, "email"),
            ({"phone": "912 34"}, "sms"),
        ):
            move = self.draft()
            self.send(move, channel=channel)
            self.client.write(values)
            self.send_all()
            self.assert_said(move, "cannot be right")
            self.client.write({"email": "kari@example.com", "phone": "+4791234567"})
        self.assert_forgotten("kari at example", "91234")

    def test_contact_that_is_called_by_its_address(self):
        self.client.name = "kari@example.com"
        self.send_by("email")
        self.send_by("email", self.refuse(550, b"No"))
        self.client.write({"name": "Gone", "email": False})
        self.assert_forgotten("kari@example.com")

    def test_number_that_the_contact_has_no_more(self):
        move = self.send_by("sms")
        self.client.phone = "+47 987 65 432"
        self.refuse_sms(move, "4791234567 is unknown.")
        self.assert_said(move, "+47 … 67")
        self.assert_forgotten("91234567")

    def test_errors_of_billing_runs(self):
        line = self.env["konfidens.payment.run.line"].new({"payer_id": self.client.id})
        details = line._get_details(UserError("No way to kari@example.com, 91234567"))
        self.assertEqual(details, "No way to k…@example.com, … 67")


@tagged("post_install", "-at_install")
class TestMask(BaseCase):
    """Which words are taken for an address, and which are not."""

    def test_mask(self):
        class Contacts:
            def mapped(self, name):
                return {
                    "phone_sanitized": ["+4791234567"],
                    "phone": ["12"],
                    "email": ["kari, at home"],
                }[name]

        for text, masked in (
            ("To Kari@Example.COM.", "To K…@Example.COM."),
            ("'k.n+x@mail.example.no' (550)", "'k…@mail.example.no' (550)"),
            ("<kari=x.no@bounces.no>", "<k…@bounces.no>"),
            ("To kari, at home: no", "To k…: no"),
            ("91234567, 912 34 567 or 0047 91 23 45 67", "… 67, … 67 or … 67"),
            ("SMS to +47 912-34-567 left 14:02.", "SMS to +47 … 67 left 14:02."),
            ("+45 12 34 56 78 is unknown", "+45 … 78 is unknown"),
            # no addresses
            ("12 of 12: 5.1.1 (550)", "12 of 12: 5.1.1 (550)"),
            ("INV/2026/00001, 11/22/26, 12:00", "INV/2026/00001, 11/22/26, 12:00"),
            ("2026-11-22 1 250,00 + 2", "2026-11-22 1 250,00 + 2"),
            ("@ home", "@ home"),
        ):
            with self.subTest(text=text):
                result = mask_addresses(text, Contacts())
                self.assertEqual(result, masked)
                self.assertEqual(mask_addresses(result, Contacts()), masked)
