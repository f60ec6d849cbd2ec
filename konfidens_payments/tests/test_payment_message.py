from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PaymentsCommon


@tagged("post_install", "-at_install")
class TestPaymentMessage(PaymentsCommon):
    """A scheduled message, until it has left."""

    given_by = "draft"

    # === BEFORE IT LEAVES === #

    def test_call_off(self):
        move = self.given
        message = self.send(move)
        message.action_cancel()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "cancelled")
        self.assertEqual(move.booking_ids.payment_status, "draft")
        self.assertNotSentEmail()

    def test_send_now_instead_of_later(self):
        message = self.send(
            self.draft(), send_mode="later", scheduled_date=self.now() + timedelta(1)
        )
        message.action_send_now()
        self.assertLessEqual(message.scheduled_date, self.now())

    def test_what_has_left_cannot_be_called_off(self):
        message = self.send(self.given)
        with self.mock_mail_gateway():
            self.send_due()
        for action in (message.action_cancel, message.action_send_now):
            with self.assertRaisesRegex(UserError, "has changed meanwhile"):
                action()
        self.assertEqual(message.state, "sent")

    def test_cancelled_draft_takes_its_message_along(self):
        move = self.given
        message = self.send(move)
        move.button_cancel()
        self.assertEqual(message.state, "cancelled")

    def test_externally_billed_draft_calls_its_message_off(self):
        move = self.given
        message = self.send(move)
        move.externally_billed = True
        self.assertEqual(message.state, "cancelled")

    def test_message_goes_out_also_when_completed_by_hand(self):
        move = self.given
        message = self.send(move)
        move.action_complete_invoice()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "sent")
        self.assertSentEmail(
            self.company.email_formatted, [self.client.email_formatted]
        )

    def test_message_of_an_invoice_paid_meanwhile_is_called_off(self):
        move = self.given
        message = self.send(move)
        move.action_complete_invoice()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "cancelled")
        self.assertNotSentEmail()

    def test_switching_payments_off_calls_messages_off(self):
        move = self.given
        message = self.send(move)
        self.company.payments_active = False
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "cancelled")
        self.assertEqual(move.booking_ids.payment_status, "draft")
        self.assertNotSentEmail()

    # === WHAT LEAVES === #

    def test_mail_says_nothing_about_the_treatment(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        everything = " ".join(
            str(mail[part])
            for part in ("subject", "body", "headers", "email_from", "reply_to")
        )
        self.assertIn("November 10, 2026 at 10:00 AM", mail["subject"])
        self.assertIn("1,250.00", everything)
        for secret in ("Depression", "private", "Trauma", "therapy"):
            self.assertNotIn(secret, everything)

    def test_mail_has_the_pay_link(self):
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertTrue(move.access_token)
        self.assertEqual(move.pay_url, f"{move.get_base_url()}/p/{move.pay_token}")
        self.assertIn(f'href="{move.pay_url}"', mail["body"])
        # the QR code of it, which every mail program may fetch
        self.assertIn(
            f'src="{move.get_base_url()}/report/barcode/?barcode_type=QR', mail["body"]
        )
        self.assertIn(f"&amp;value={move.pay_url}", mail["body"])

    def test_mail_goes_to_the_payer_and_not_to_followers(self):
        move = self.given
        move.message_subscribe(self.accountant.partner_id.ids)
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [self.client.email_formatted])
        self.assertFalse(mail["email_cc"])

    def test_mail_is_in_the_clients_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        template = self.env.ref("konfidens_payments.mail_template_payment").sudo()
        template.with_context(lang="nb_NO").subject = "Betaling for timen"
        self.client.lang = "nb_NO"
        self.send(self.draft())
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(mail["subject"], "Betaling for timen")

    def test_address_lost_meanwhile_fails_and_others_go(self):
        lost, fine = self.given, self.draft()
        self.send(lost)
        self.send(fine)
        orphan = self.env["res.partner"].create({"name": "No address"})
        lost.partner_id = orphan
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(lost.payment_message_ids.state, "failed")
        self.assertIn("no e-mail address", lost.payment_message_ids.failure_reason)
        self.assertEqual(lost.booking_ids.payment_status, "attention")
        self.assertEqual(fine.payment_message_ids.state, "sent")
        self.assertEqual(len(self._mails), 1)

    def test_broken_template_fails_with_its_reason(self):
        template = self.env.ref("konfidens_payments.mail_template_payment").sudo()
        template.body_html = '<p t-out="object.no_such_field"/>'
        move = self.draft()
        message = move.sudo()._schedule_payment_message(self.now())
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(message.state, "failed")
        self.assertTrue(message.failure_reason)
        self.assertEqual(move.state, "draft")

    def test_running_again_sends_nothing_twice(self):
        self.send(self.given)
        with self.mock_mail_gateway():
            self.send_due()
            self.send_due()
        self.assertEqual(len(self._mails), 1)

    def test_number_of_queries_does_not_grow_with_messages(self):
        def queries(count):
            moves = self.env["account.move"]
            for _i in range(count):
                moves += self.draft()
            messages = moves.sudo()._schedule_payment_message(self.now())
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            messages._hand_over()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(1)  # warm
        few, many = queries(2), queries(12)
        self.assertLess((many - few) / 10, 6, f"{few} for 2, {many} for 12")
