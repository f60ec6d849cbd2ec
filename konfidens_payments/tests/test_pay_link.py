import smtplib
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .pay_link_common import PayLinkCommon


@tagged("post_install", "-at_install")
class TestPayLink(PayLinkCommon):
    given_by = "sent"

    # === THE LINK === #

    def test_short_random_and_one_for_the_whole_life(self):
        move = self.draft()
        token = move.pay_token
        self.assertRegex(token, r"^[A-Za-z0-9]{22}$")
        self.assertEqual(move.pay_url, f"{move.get_base_url()}/p/{token}")
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.pay(move)
        self.assertEqual(move.pay_token, token)
        self.assertNotEqual(self.draft().pay_token, token)
        self.assertFalse(move.copy().pay_token)

    def test_older_draft_gets_its_link_when_its_message_leaves(self):
        move = self.draft()
        move.sudo().pay_token = False
        self.assertFalse(move.pay_url)
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.assertTrue(move.pay_token)
        self.assertIn(move.pay_url, self._mails[0]["body"])

    def test_only_readers_of_invoices_read_the_link(self):
        move = self.draft()
        reader = new_test_user(self.env, "other", groups="base.group_user")
        for user in (self.practitioner, self.accountant):
            self.assertTrue(move.with_user(user).pay_url)
        for name in ("pay_token", "pay_url"):
            with self.assertRaises(AccessError):
                move.with_user(reader).read([name])

    # === OPENING IT === #

    def test_opening_is_delivery(self):
        move = self.given
        self.assert_page(move, "to_pay", "To pay", "$ 1,250.00", "Praksis Vest")
        self.assertEqual(move.state, "posted")
        self.assertTrue(move.name)
        self.assertTrue(move.is_move_sent)
        message = move.payment_message_ids
        self.assertEqual(message.state, "delivered")
        self.assertIn("Pay link opened", message.evidence)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        # once
        with self.assert_nothing_changes(move, message, move.booking_ids):
            self.assert_page(move, "to_pay")
        self.complete_delivered()
        self.assertIn("Pay link opened", message.evidence)

    def test_completed_by_nobody_in_particular(self):
        move = self.given
        before = move.message_ids
        self.open(move)
        root = self.env.ref("base.partner_root")
        self.assertEqual((move.message_ids - before).author_id, root)

    def test_opening_wakes_the_open_form(self):
        move = self.given
        self._reset_bus()
        self.open(move)
        self.assertIn(
            "konfidens_payments/invoice_changed",
            "".join(self.env["bus.bus"].sudo().search([]).mapped("message")),
        )

    def test_draft_without_message_stays_a_draft(self):
        move = self.draft()
        with self.assert_nothing_changes(move, move.booking_ids):
            self.assert_page(move, "preparing", "Your invoice is being prepared")
        message = self.send(
            move, send_mode="later", scheduled_date=self.now() + timedelta(1)
        )
        with self.assert_nothing_changes(move, message, move.booking_ids):
            self.assert_page(move, "preparing")

    def test_head_request_changes_nothing(self):
        move = self.given
        with self.assert_nothing_changes(
            move, move.payment_message_ids, move.booking_ids
        ):
            answer = self.open(move, "HEAD")
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(answer.content)
        for method in ("POST", "PUT", "DELETE"):
            self.assertEqual(self.open(move, method).status_code, 405)
        self.assertEqual(move.state, "draft")

    def test_staff_that_looks_is_no_delivery(self):
        move = self.given
        self.authenticate("practitioner", "practitioner")
        with self.assert_nothing_changes(move, move.payment_message_ids):
            self.assert_page(move, "preparing")

    def test_what_cannot_be_completed_is_being_prepared(self):
        move = self.given
        account = move.invoice_line_ids.account_id.sudo().copy()
        move.invoice_line_ids.account_id = account
        account.active = False
        with mute_logger("odoo.addons.konfidens_payments.tools"):
            page = self.assert_page(move, "preparing")
        self.assertNotIn("http-equiv", page)
        message = move.payment_message_ids
        self.assertEqual((move.state, message.state), ("draft", "delivered"))
        self.assertIn("is archived", move.payment_completion_problem)
        self.assertIn("It is tried again", move.payment_message_story)
        # mended: the next opening completes it
        account.active = True
        self.assert_page(move, "to_pay")
        self.assertFalse(move.payment_completion_problem)

    def test_what_nobody_confirmed_arrived_after_all(self):
        move = self.given
        message = move.payment_message_ids
        message.sudo()._fail("Nobody confirmed that it arrived.")
        self.assertTrue(move.activity_ids)
        self.assert_page(move, "to_pay")
        self.assertEqual((move.state, message.state), ("posted", "delivered"))
        self.assertFalse(message.failure_reason)
        self.assertFalse(move.activity_ids)

    def test_mail_still_leaves_where_the_link_was_opened_before_it(self):
        move = self.draft()
        message = self.send(move)
        with self.mock_mail_gateway():
            message.sudo()._hand_over()  # handed over, and not sent yet
        self.assert_page(move, "to_pay")
        self.assertEqual((move.state, message.state), ("posted", "delivered"))
        with self.mock_mail_gateway():
            self.send_due()
            self.send_due()
        self.assertEqual(len(self._mails), 1)
        self.assertIn(move.pay_url, self._mails[0]["body"])
        self.assertEqual(message.state, "delivered")

    def test_server_that_hangs_up_on_such_a_mail_asks_nobody(self):
        move = self.draft()
        message = self.send(move)
        with self.mock_mail_gateway():
            message.sudo()._hand_over()
        self.assert_page(move, "to_pay")
        with (
            self.mock_mail_gateway(),
            patch.object(
                type(self.env["ir.mail_server"]),
                "send_email",
                side_effect=smtplib.SMTPServerDisconnected("gone"),
            ),
            mute_logger(
                "odoo.addons.konfidens_payments.models.sending.hand_over",
                "odoo.addons.mail.models.mail_mail",
            ),
        ):
            self.send_due()
        self.assertEqual(message.state, "delivered")
        self.assertFalse(message.failure_reason)
        self.assertEqual(move.booking_ids.payment_status, "unpaid")
        self.complete_delivered()
        with freeze_time(message.next_try_date), self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(len(self._mails), 1)
        self.assertFalse(message.failure_reason or message.next_try_date)
        self.assertFalse(move.activity_ids.filtered("automated"))

    def test_opened_at_the_moment_at_which_its_mail_is_put_off(self):
        for opened_first in (True, False):
            with self.subTest(opened_first=opened_first):
                move = self.draft()
                message = self.send(move).sudo()
                with self.mock_mail_gateway():
                    message._hand_over()
                if opened_first:
                    self.assert_page(move, "to_pay")
                    # the job began before, and does not see it
                    with patch.object(type(message), "_wake_for_parts"):
                        self.put_off(message)
                else:
                    self.put_off(message)
                    self.assert_page(move, "to_pay")
                self.assertEqual(message.state, "delivered")
                self.complete_delivered()
                with freeze_time(message.next_try_date), self.mock_mail_gateway():
                    self.send_due()
                self.assertEqual(len(self._mails), 1)
                self.assertEqual(message.state, "delivered")
                self.assertFalse(message.failure_reason or message.next_try_date)

    def put_off(self, message):
        """A mail server says that it will take this message's mail later."""
        message.notification_ids.mail_mail_id._note_failure(
            "unknown", f"{{'{self.client.email}': (451, b'4.2.1 Try again later')}}"
        )

    def test_failed_message_that_told_another_amount(self):
        move = self.given
        move.payment_message_ids.sudo()._fail("Nobody confirmed that it arrived.")
        move.invoice_line_ids.price_unit = 900.0
        with self.assert_nothing_changes(move, move.payment_message_ids):
            self.assert_page(move, "preparing")

    def test_message_that_never_left(self):
        move = self.draft()
        message = self.send(move)
        message.sudo()._fail("No address.")
        with self.assert_nothing_changes(move, message):
            self.assert_page(move, "preparing")

    def test_somebody_else_is_at_it(self):
        move = self.given
        model = self.env.registry["account.move"]
        with patch.object(
            model, "try_lock_for_update", lambda self, **_options: self.browse()
        ):
            page = self.assert_page(move, "preparing", "One moment")
        self.assertIn('<meta http-equiv="refresh" content="3"', page)
        self.assertEqual(move.payment_message_ids.state, "sent")

    def test_taken_back_to_draft_by_the_accountant(self):
        move = self.given
        self.open(move)
        move.button_draft()
        with self.assert_nothing_changes(move):
            self.assert_page(move, "preparing")

    # === STRANGERS === #

    def test_what_is_no_pay_link_is_not_found(self):
        move = self.given
        right = move.pay_token
        wrong = "A" * len(right) if right[0] != "A" else "B" * len(right)
        bodies = set()
        with self.assertNoLogs("odoo", "WARNING"):
            for token in (wrong, right[:-1], f"{right}x", "x", "%00", "%27", "é" * 22):
                answer = self.url_open(f"/p/{token}")
                self.assertEqual(answer.status_code, 404)
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                bodies.add(answer.text)
        # the same for all, and nothing of anybody
        [body] = bodies
        self.assertIn("This link does not work", body)
        for words in (self.company.name, self.client.name, move.name or "INV"):
            self.assertNotIn(words, body)
        # an old one, of a draft that was deleted
        with self.assert_nothing_changes(self.draft()):
            gone = self.draft()
            token = gone.pay_token
            gone.unlink()
            self.assertEqual(self.url_open(f"/p/{token}").text, body)

    def test_what_is_no_pay_link_is_said_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        answer = self.url_open("/p/x", headers={"Accept-Language": "nb-NO"})
        self.assertIn('lang="nb-NO"', answer.text)
        self.assertIn("virker ikke", answer.text)

    def test_link_of_a_sample(self):
        answer = self.url_open("/p/sample")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("This was a sample", answer.text)
        self.assertNotIn(self.company.name, answer.text)

    def test_neither_kept_nor_indexed_nor_told_to_others(self):
        answer = self.open(self.posted())
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", answer.headers["X-Robots-Tag"])
        self.assertNotIn("session_id", answer.cookies)
        self.assertNotIn("<script", answer.text)
