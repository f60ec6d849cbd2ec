from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.sms.tests.common import MockSMS

from .group_common import GroupCommon

NAMES = {
    "Kari Nordmann": ("Nordmann", "kari@example.com", "912 34 567", "91234567"),
    "Berit Sollie": ("Sollie", "berit@example.com", "912 34 568", "91234568"),
    "Ola Hansen": ("Hansen", "ola@example.com", "912 34 569", "91234569"),
}
TREATMENT = ("Depression", "third talk", "Very private", "Grief")


@tagged("post_install", "-at_install")
class TestGroupSecrecy(GroupCommon, MockSMS, HttpCase):
    """Nobody of a group learns of another, and nothing leaves of what it is about."""

    given_by = "gather"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = (cls.env.cr.now() + timedelta(days=30)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        cls.company.payments_channel = "both"

    def gather(self, **values):
        stop = self.start + timedelta(hours=1)
        return super().gather(start=self.start, stop=stop, **values)

    def assert_secret(self, client, text, *words):
        """Check that a text for this client holds no other one, but these words."""
        for name, secrets in NAMES.items():
            if name == client.name:
                continue
            for secret in secrets:
                self.assertNotIn(secret, text, f"to {client.name}")
        for secret in TREATMENT:
            self.assertNotIn(secret, text, f"to {client.name}")
        for word in words:
            self.assertIn(word, text)

    def invoiced(self):
        """Return the completed invoices of a group."""
        event = self.gather()
        event.with_user(self.practitioner).action_create_invoice()
        moves = self.booking_of(event).invoice_id
        moves.action_complete_invoice()
        return moves

    def texts_of(self, mails):
        """Return all that each mail holds, by whom it goes to; no mail to several."""
        texts = {}
        for mail in mails:
            [address] = mail["email_to"]
            files = [
                content if isinstance(content, str) else content.decode("latin-1")
                for _name, content, _type in mail["attachments"]
            ]
            parts = [mail["subject"], mail["body"], mail["email_from"], *files]
            parts += [address, str(mail["headers"]), str(mail.get("email_cc") or "")]
            texts.setdefault(address, []).append("\n".join(parts))
        return texts

    def assert_mails(self, *words):
        """Check the one mail that each of the group got."""
        texts = self.texts_of(self._mails)
        for client in self.strangers:
            [text] = [
                text
                for address, theirs in texts.items()
                if client.email in address
                for text in theirs
            ]
            self.assert_secret(client, text.replace("\r\n ", ""), *words)

    # === MESSAGES === #

    def test_payment_message_and_sms(self):
        event = self.given
        event.with_user(self.practitioner).action_create_invoice()
        moves = self.booking_of(event).invoice_id
        self.send(moves, channel="both")
        with self.mock_mail_gateway(), self.mockSMSGateway(sms_allow_unlink=True):
            self.send_due()
            self.run_cron("send_sms")
            messages = list(self._sms)
        self.assert_mails("400.00")
        self.assertEqual(len(messages), 3)
        for move in moves:
            [text] = [sms["body"] for sms in messages if move.pay_token in sms["body"]]
            self.assert_secret(move.partner_id, text, "400.00")

    def test_dialog_shows_of_one_only(self):
        event = self.given
        event.with_user(self.practitioner).action_create_invoice()
        for booking in self.booking_of(event):
            action = self.as_practitioner(booking).action_send_payment_message()
            wizard = (
                self.env[action["res_model"]]
                .with_user(self.practitioner)
                .with_context(**action["context"])
                .create({})
            )
            shown = f"{wizard.subject} {wizard.body} {wizard.sms_body}"
            self.assert_secret(booking.payer_id, shown, "400.00")

    def test_invitation_with_its_calendar_file(self):
        with self.mock_mail_gateway():
            events = self.env["calendar.event"].with_user(self.practitioner)
            guests = self.strangers + self.practitioner.partner_id
            event = events.with_context(mail_notify_author=False).create(
                {
                    "name": "Depression, third talk",
                    "description": "<p>Very private</p>",
                    "start": self.start,
                    "stop": self.start + timedelta(hours=1),
                    "partner_ids": [Command.set(guests.ids)],
                    "service_id": self.group_service.id,
                }
            )
        self.assert_mails("BEGIN:VCALENDAR", "SUMMARY:Appointment at Praksis Vest")
        with self.mock_mail_gateway():
            start = self.start + timedelta(days=1)
            event.write({"start": start, "stop": start + timedelta(hours=1)})
        self.assert_mails("BEGIN:VCALENDAR")

    def test_file_behind_the_invitation(self):
        event = self.given
        for attendee in event.attendee_ids:
            if attendee.partner_id not in self.strangers:
                continue
            self.env.flush_all()
            for page in ("view", "accept", "decline"):
                answer = self.url_open(
                    f"/calendar/meeting/{page}?token={attendee.access_token}"
                    f"&id={event.id}"
                )
                self.assertEqual(answer.status_code, 200)
                self.assert_secret(attendee.partner_id, answer.text)

    # === WHAT IS TO BE PAID === #

    def test_pay_page(self):
        for move in self.invoiced():
            answer = self.url_open(f"/p/{move.pay_token}")
            self.assertEqual(answer.status_code, 200)
            self.assert_secret(move.partner_id, answer.text, "400.00")

    def test_portal_page_and_document(self):
        for move in self.invoiced():
            for url in (
                move.get_portal_url(),
                move.get_portal_url(report_type="html"),
            ):
                answer = self.url_open(url)
                self.assertEqual(answer.status_code, 200)
                self.assert_secret(move.partner_id, answer.text, move.name)
            report = self.env["ir.actions.report"].sudo()
            html, _type = report._render_qweb_html("account.report_invoice", move.ids)
            self.assert_secret(move.partner_id, html.decode(), move.name)

    def test_electronic_invoice(self):
        module = self.env["ir.module.module"]._get("konfidens_payments_ubl")
        if module.state != "installed":
            self.skipTest("electronic invoices are not installed")
        for move in self.invoiced():
            xml, _errors = self.env["account.edi.xml.ubl_bis3"]._export_invoice(move)
            self.assert_secret(move.partner_id, xml.decode(), move.name)

    def test_what_a_payer_with_a_login_reads_over_rpc(self):
        event = self.given
        portal = self.env["res.users"].create(
            {
                "name": "Kari Nordmann",
                "login": "kari",
                "partner_id": self.client.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        event.action_create_invoice()
        moves = self.booking_of(event).invoice_id
        moves.action_complete_invoice()
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = self.env["account.move"].with_user(portal)
        self.assertEqual(theirs.search([("id", "in", moves.ids)]), moves[0])
        own = theirs.browse(moves[0].id)
        shown = ""
        for record in (own, own.invoice_line_ids):
            for name, field in record._fields.items():
                if field.store and record._has_field_access(field, "read"):
                    try:
                        shown += str(record.read([name]))
                    except AccessError:
                        continue  # of accounting, closed to the portal
        self.assert_secret(self.client, shown, "Kari Nordmann", "400.0")
