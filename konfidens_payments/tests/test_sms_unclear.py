from datetime import timedelta
from unittest.mock import patch

import requests
from urllib3 import exceptions as urllib3_errors

from odoo import modules
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.iap.tools import iap_tools
from odoo.addons.sms.tools.sms_api import SmsApi

from .sms_common import SmsCommon
from .test_sms_answer import HUNG_UP, answer, unconnected

RESULT = '{"jsonrpc": "2.0", "id": 1, "result": %s}'
ERROR = '{"jsonrpc": "2.0", "id": 1, "error": %s}'
# What a provider may answer that has taken the SMS.
SENSELESS = [
    (200, ""),
    (200, "<html>OK</html>"),
    (200, "null"),
    (200, "[]"),
    (200, "7"),
    (200, "{}"),
    (200, RESULT % "null"),
    (200, RESULT % "[]"),
    (200, RESULT % "{}"),
    (200, RESULT % "true"),
    (200, RESULT % "[null]"),
    (200, RESULT % '["success"]'),
    (200, RESULT % '[{"uuid": "UUID"}]'),
    (200, RESULT % '[{"state": "success"}]'),
    (200, RESULT % '[{"uuid": "somebody else", "state": "success"}]'),
    (200, RESULT % '[{"uuid": "UUID", "state": "strange"}]'),
    (200, RESULT % '[{"uuid": "UUID", "state": ["success"]}]'),
    (200, RESULT % '[{"uuid": "UUID", "state": null}]'),
    (200, RESULT % '[{"uuid": "UUID", "state": "success", "failure_reason": {}}]'),
    (200, ERROR % "null"),
    (200, ERROR % '{"data": {"name": null}}'),
    (200, ERROR % '{"data": {"name": "odoo.exceptions.UserError"}}'),
    (400, "Bad Request"),
    (404, "Not found"),
    (500, "Oops"),
    (502, "<html>Bad Gateway</html>"),
    (504, RESULT % '[{"uuid": "UUID", "state": "wrong_number_format"}]'),
]


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestSmsUnclear(SmsCommon):
    """An SMS whose provider gives an answer, and nobody can tell what it did."""

    given_by = "asked"

    def asked(self):
        """Return a draft whose SMS is due."""
        move = self.draft()
        self.send(move)
        return move

    def asked_of_another(self):
        """Return the draft of another client, whose SMS is due."""
        client = self.env["res.partner"].create(
            {
                "name": "Ola",
                "phone": "+47 913 34 567",
                "country_id": self.env.ref("base.no").id,
            }
        )
        guests = client + self.practitioner.partner_id
        move = self.draft(partner_ids=[Command.set(guests.ids)])
        self.send(move)
        return move

    def send_with(self, reply):
        """Send what is due to Odoo's own service, which replies so.

        :param reply: status and text, or an exception; or a function from the number
        :return: the numbers that it was asked to write to
        """
        asked = []

        def post(_url, json, **_options):
            [message] = json["params"]["messages"]
            [number] = message["numbers"]
            asked.append(number["number"])
            said = reply(number["number"]) if callable(reply) else reply
            if isinstance(said, Exception):
                raise said
            status, text = said
            return answer(status, text.replace("UUID", number["uuid"]))

        def contact(local_endpoint, params):
            with (
                patch.object(modules.module, "current_test", None),
                patch.object(iap_tools.requests, "post", post),
            ):
                return iap_tools.iap_jsonrpc(local_endpoint, params=params)

        with self.gateways():
            with patch.object(SmsApi, "_contact_iap", side_effect=contact):
                self.send_due()
                self.run_cron("send_sms")
        self.complete_delivered()
        return asked

    def later(self, reply):
        """Let everything be over; return which numbers were asked for meanwhile."""
        asked = []
        for minutes in (2, 30, 90):
            with freeze_time(self.now() + timedelta(minutes=minutes)):
                if minutes == 30:
                    self.env.cr.execute(
                        "UPDATE sms_sms SET write_date = %s",
                        [self.now() - timedelta(minutes=30)],
                    )
                asked += self.send_with(reply)
        return asked

    def test_it_is_never_sent_again_by_itself_and_a_person_is_told(self):
        lost = requests.ConnectionError(urllib3_errors.ProtocolError("Lost", HUNG_UP))
        replies = [*SENSELESS, lost]
        # two at once: after the third in a row sending would pause
        moves = self.given + self.asked_of_another()
        numbers = [move.partner_id._phone_format(fname="phone") for move in moves]
        for said in zip(replies[::2], replies[1::2], strict=True):
            reply = dict(zip(numbers, said, strict=True)).get
            with self.subTest(replies=said), self.undone():
                self.assertEqual(sorted(self.send_with(reply)), sorted(numbers))
                messages = moves.payment_message_ids
                self.assertEqual(set(messages.mapped("state")), {"sent"})
                self.assertFalse(any(messages.mapped("failure_reason")))
                self.assertEqual(self.later(reply), [])
                for move in moves:
                    self.assert_attention(move, "Nobody knows whether the SMS left")
                for word in ("object", "NoneType", "error", "Error"):
                    self.assertNotIn(word, " ".join(messages.mapped("failure_reason")))
                # they had left after all
                self.report(moves, "delivered")
                self.assertEqual(set(moves.mapped("state")), {"posted"})
                self.assertFalse(moves.activity_ids.filtered("automated"))

    def test_the_other_channel_waits_until_the_limit_is_over(self):
        self.company.payments_failover = True
        move = self.given
        self.send_with((502, "Bad Gateway"))
        self.later((502, "Bad Gateway"))
        self.assertEqual(len(move.payment_message_ids), 1)
        self.assertIn("Nobody knows", move.payment_message_ids.failure_reason)

    def test_what_was_not_taken_is_tried_again(self):
        refused = urllib3_errors.NewConnectionError(None, "Connection refused")
        for reply in (
            unconnected(requests.ConnectionError, refused),
            (429, "Slowly"),
            (503, "Later"),
            (200, RESULT % '[{"uuid": "UUID", "state": "server_error"}]'),
        ):
            with self.subTest(reply=reply), self.undone():
                move = self.given
                self.send_with(reply)
                self.assertIn("cannot be reached", move.payment_message_ids.story)
                taken = RESULT % '[{"uuid": "UUID", "state": "success"}]'
                with freeze_time(self.now() + timedelta(minutes=1)):
                    self.assertEqual(len(self.send_with((200, taken))), 1)
                self.report(move, "delivered")
                self.assertEqual(move.state, "posted")

    def test_refusals_of_each_kind(self):
        for state, words in (
            ("wrong_number_format", "correct the number"),
            ("country_not_supported", "does not send to the country"),
            ("duplicate_message", "duplicate"),
            ("incompatible_content", "incompatible_content"),
        ):
            with self.subTest(state=state), self.undone():
                move = self.given
                refusal = RESULT % f'[{{"uuid": "UUID", "state": "{state}"}}]'
                self.send_with((200, refusal))
                self.assert_attention(move, words)

    def test_no_credit_however_it_is_said(self):
        name = "odoo.addons.iap.models.iap.InsufficientCreditError"
        for text in (
            RESULT % '[{"uuid": "UUID", "state": "insufficient_credit"}]',
            ERROR % f'{{"data": {{"name": "{name}", "message": "No credit"}}}}',
        ):
            with self.subTest(text=text), self.undone():
                move = self.given
                self.send_with((200, text))
                pause = self.env["konfidens.payment.pause"].sudo().search([])
                self.assertIn("no credit left", pause.reason)
                self.assertEqual(move.payment_message_ids.state, "scheduled")

    def test_many_answers_that_make_no_sense_stop_the_job(self):
        """Of as few as possible nobody shall know whether they left."""
        self.send(self.draft_each([{}] * 4))
        self.assertEqual(len(self.send_with((200, "<html>OK</html>"))), 3)
