from odoo.tests import tagged

from ..controllers import health
from .pay_link_common import PayLinkCommon
from .sms_common import SmsCommon

QUEUES = ("mail.ir_cron_mail_scheduler_action", "sms.ir_cron_sms_scheduler_action")


@tagged("post_install", "-at_install")
class TestCopy(SmsCommon, PayLinkCommon):
    """Nothing leaves a copy for tests, whoever switches its jobs on again."""

    given_by = "handed_over"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_channel = "email"

    def neutralize(self):
        """Let this database be a copy, on which somebody switched everything on."""
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "true")

    def run_all_jobs(self):
        """Run our jobs and Odoo's own queues; return how many mails and SMS left."""
        with self.gateways():
            for name in ("send_due", "send_sms", "complete_delivered", "run"):
                self.run_cron(name)
            with self.enter_registry_test_mode():
                for queue in QUEUES:
                    self.env.ref(queue).method_direct_trigger()
            self.env.invalidate_all()
            return len(self._mails), len(self._sms)

    def handed_over(self, **values):
        """Return a draft whose message was handed over, and has not left."""
        move = self.draft()
        message = self.send(move, **values).sudo()
        with self.gateways():
            message._hand_over()
        return move

    # === SENDING === #

    def test_scheduled_message_stays_scheduled(self):
        messages = self.send(self.draft()) + self.send(self.draft(), channel="both")
        self.neutralize()
        self.assertEqual(self.run_all_jobs(), (0, 0))
        self.assertEqual(set(messages.mapped("state")), {"scheduled"})

    def test_what_was_handed_over_stays(self):
        moves = self.handed_over() + self.handed_over(channel="sms")
        notifications = moves.payment_message_ids.sudo().notification_ids
        mail = notifications.mail_mail_id
        mail.scheduled_date = False  # Odoo's common queue takes it over
        sms = self.env["sms.sms"].sudo().browse(sum(notifications.mapped("sms_id_int")))
        sms.state = "outgoing"
        self.neutralize()
        self.assertEqual(self.run_all_jobs(), (0, 0))
        with self.gateways():
            mail.send()
            sms.send()
        self.assertFalse(self._mails or self._sms)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(set(notifications.mapped("notification_status")), {"ready"})

    def test_other_mails_are_odoos_own_to_stop(self):
        other = self.env["mail.mail"].create(
            {"body_html": "Hello", "email_to": "ola@example.com"}
        )
        self.neutralize()
        with self.gateways():
            other.send()
        self.assertEqual(
            [mail["email_to"] for mail in self._mails], [["ola@example.com"]]
        )

    def test_original_sends_all_of_it(self):
        self.handed_over(channel="sms")
        self.send(self.draft())
        self.assertEqual(self.run_all_jobs(), (2, 1))

    def test_delivered_message_completes_nothing(self):
        move = self.given
        message = move.payment_message_ids.sudo()
        message.notification_ids.notification_status = "sent"
        self.neutralize()
        self.run_all_jobs()
        self.assertEqual((message.state, move.state), ("sent", "draft"))

    def test_billing_run_makes_drafts_only(self):
        bookings = self.booking_of(self.book_externally(service_id=self.service.id))
        self.neutralize()
        run = self.env["konfidens.payment.run"].browse(
            bookings.action_prepare_billing_run()["res_id"]
        )
        run.send_mode = "now"
        run.action_run()
        self.assertEqual(self.run_all_jobs(), (0, 0))
        self.assertEqual(bookings.invoice_id.state, "draft")
        self.assertEqual(bookings.payment_status, "scheduled")

    # === WHAT PEOPLE READ === #

    def test_send_now_says_that_it_is_a_copy(self):
        self.neutralize()
        move = self.draft()
        dialog = self.env["konfidens.payment.message.wizard"].with_user(
            self.practitioner
        )
        context = self.as_practitioner(move).action_send_payment_message()["context"]
        action = dialog.with_context(**context).create({}).action_confirm()
        self.assertIn("is a copy for tests", action["params"]["message"])
        message = move.payment_message_ids
        action = self.as_practitioner(message).action_send_now()
        self.assertIn("is a copy for tests", action["params"]["message"])
        self.assertEqual(message.state, "scheduled")

    def test_nobody_is_called_for_help(self):
        message = self.send(self.draft())
        message.sudo().scheduled_date = "2026-01-01 10:00:00"
        self.env.cr.execute(
            "UPDATE ir_cron SET active = false, nextcall = '2026-01-01'"
        )
        self.neutralize()
        bookings = self.as_practitioner(self.env["konfidens.payment.booking"])
        (notice,) = bookings.get_payment_notices()
        self.assertEqual(notice["level"], "info")
        self.assertIn("is a copy for tests", notice["text"])
        health._answers.clear()
        answer = self.url_open("/konfidens_payments/health")
        self.assertEqual(answer.status_code, 200)

    # === THE PAY LINK === #

    def assert_copy(self, move):
        text = self.assert_page(move, "copy", "This is a copy for tests", "Do not pay")
        for word in ("1,250.00", "November 10", 'class="button"', "INV/"):
            self.assertNotIn(word, text)

    def test_link_of_a_message_that_was_sent(self):
        move = self.sent_by_mail()
        self.neutralize()
        self.assert_copy(move)
        message = move.payment_message_ids
        self.assertEqual((message.state, move.state), ("sent", "draft"))
        self.assertFalse(message.evidence)

    def sent_by_mail(self):
        move = self.draft()
        self.send(move)
        with self.gateways():
            self.send_due()
        return move

    def test_link_of_a_completed_invoice_takes_no_payment(self):
        move = self.posted()
        self.assert_page(move, "to_pay")
        self.assertTrue(move._has_to_be_paid())
        self.neutralize()
        self.assert_copy(move)
        self.assertFalse(move._has_to_be_paid())

    def test_link_of_several(self):
        self.company.payments_together = True
        moves = self.draft() + self.draft()
        self.send(moves)
        with self.gateways():
            self.send_due()
        message = moves.payment_message_ids
        self.assertEqual(len(message.line_ids), 2)
        self.neutralize()
        self.assert_copy(message)
        self.assertEqual(set(moves.mapped("state")), {"draft"})

    def test_other_invoices_are_odoos_own_to_stop(self):
        invoice = self.init_invoice("out_invoice", amounts=[100], post=True)
        self.neutralize()
        self.assertTrue(invoice._has_to_be_paid())
