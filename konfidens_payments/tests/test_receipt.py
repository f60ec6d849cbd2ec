from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.watch import jobs
from .jobs_common import JobsCommon
from .receipt_common import ReceiptCommon


@tagged("post_install", "-at_install")
class TestReceipt(ReceiptCommon):
    """Whoever has paid gets a receipt, once."""

    given_by = "posted"

    # === WHEN === #

    def test_who_has_paid_gets_one_with_the_invoice(self):
        move = self.given
        self.pay(move)
        [mail] = self.work()
        self.assertIn("kari@example.com", mail["email_to"][0])
        self.assertEqual(
            mail["subject"], "Receipt: your appointment November 10, 2026 at 10:00 AM"
        )
        for words in (move.name, "1,250.00", move.pay_url, "The invoice is attached"):
            self.assertIn(words, mail["body"])
        [(name, content, mimetype)] = mail["attachments"]
        self.assertEqual(name, f"{move.name.replace('/', '_')}.pdf")
        self.assertEqual(mimetype, "application/pdf")
        self.assertIn(move.name.encode(), content)
        receipt = self.receipts(move)
        self.assertEqual(receipt.state, "delivered")
        self.assertIn("accepted by the mail server", receipt.story)
        # once
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move), receipt)

    def test_off_at_first(self):
        company = self.env["res.company"].sudo().create({"name": "New practice"})
        self.assertEqual(company.payments_receipt, "none")
        self.assertFalse(company.payments_receipt_since)
        self.company.payments_receipt = "none"
        self.pay(move := self.posted())
        self.assertEqual(self.work(), [])
        self.assertFalse(self.receipts(move))

    def test_none_until_all_is_paid(self):
        move = self.given
        self.pay(move, amount=1000.0)
        self.assertEqual(self.work(), [])
        self.pay(move)
        self.assertEqual(len(self.work()), 1)

    def test_none_until_all_that_waits_for_the_statement_is_paid(self):
        move = self.posted_of(self.client)
        method = self.company_data["default_journal_bank"]
        method.inbound_payment_method_line_ids.payment_account_id = False
        # as in Odoo Enterprise, which books nothing until the statement is there
        with patch.object(
            type(move), "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            self.pay(move, amount=500.0)
            self.assertEqual(move.payment_state, "in_payment")
            self.assertEqual(move._get_received_amount(), 500.0)
            self.assertEqual(move.booking_ids.amount_paid, 500.0)
            self.assertFalse(self.work())
            self.pay(move, amount=750.0)
            self.assertEqual(move.amount_residual, 1250.0)
            self.assertEqual(move._get_received_amount(), 1250.0)
            self.assertEqual(move.booking_ids.amount_paid, 1250.0)
            (mail,) = self.work()
            self.assertIn("1,250.00", mail["body"])

    def test_several_paid_at_once_are_one(self):
        moves = self.given + self.posted() + self.posted()
        theirs = self.posted_of(self.other_client)
        self.pay(moves + theirs)
        mails = self.work()
        self.assertEqual(len(mails), 2)
        [mail] = [mail for mail in mails if "kari" in mail["email_to"][0]]
        receipt = self.receipts(moves)
        self.assertEqual(len(receipt), 1)
        self.assertEqual(receipt.move_ids, moves)
        self.assertEqual(len(mail["attachments"]), 3)
        for words in ("your 3 appointments", "3,750.00", receipt.pay_url):
            self.assertIn(words, mail["subject"] + mail["body"])
        for move in moves:
            self.assertIn(move.name, mail["body"])
            self.assertNotIn(move.pay_url, mail["body"])
        self.assertNotIn(theirs.name, mail["body"])

    def test_paid_one_after_the_other_are_two(self):
        moves = self.given + self.posted()
        for move in moves:
            self.pay(move)
            self.assertEqual(len(self.work()), 1)
        self.assertEqual(len(self.receipts(moves)), 2)

    def test_draft_paid_in_full_gets_it_once_it_is_completed(self):
        move = self.draft()
        self.pay(move)
        self.assertEqual(self.work(), [])  # it is completed meanwhile
        self.assertEqual(move.state, "posted")
        [mail] = self.work()
        self.assertIn(move.name, mail["body"])
        self.assertEqual(move.payment_message_ids, self.receipts(move))

    def test_by_the_message_of_who_told(self):
        self.company.payments_receipt = "message"
        move = self.draft()
        self.send(move, channel="sms")
        move.action_complete_invoice()
        self.pay(move)
        self.make_receipts()
        receipt = self.receipts(move)
        self.assertEqual(receipt.channel, "sms")
        body = receipt._render_sms()[receipt.id]
        for words in ("Praksis Vest: thank you", "1,250.00", "is paid", move.pay_url):
            self.assertIn(words, body)

    def test_by_another_channel_where_only_that_reaches_the_payer(self):
        move = self.given
        self.client.email = False
        self.pay(move)
        self.make_receipts()
        self.assertEqual(self.receipts(move).channel, "sms")

    # === WHAT IS NOT PAID === #

    def test_credited_is_not_paid(self):
        whole, partly = self.given, self.posted()
        whole._reverse_moves(cancel=True)
        self.pay(partly)
        partly._reverse_moves(cancel=True)
        self.assertEqual(self.work(), [])

    def test_the_rest_after_a_credit(self):
        move = self.given
        credit = move._reverse_moves(cancel=False)
        credit.invoice_line_ids.price_unit = 250.0
        credit.action_post()
        lines = (credit + move).line_ids
        lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(self.work(), [])
        self.pay(move)
        [mail] = self.work()
        self.assertIn("1,000.00", mail["body"])
        self.assertNotIn("1,250.00", mail["body"])

    def test_what_is_written_off_with_a_payment_is_not_paid(self):
        move = self.given
        self.pay(
            move,
            amount=850.0,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        [mail] = self.work()
        self.assertIn("850.00", mail["body"])
        self.assertNotIn("1,250.00", mail["body"])

    def test_written_off_is_not_paid(self):
        move = self.given
        self.write_off(move, 1250.0)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.work(), [])
        self.assertFalse(move.receipt_date)
        self.assertIn("No payment came for", move._get_receipt_obstacle())

    def test_invoice_of_no_appointment(self):
        move = self.init_invoice("out_invoice", partner=self.client, amounts=[100])
        move.action_post()
        self.pay(move)
        self.assertEqual(self.work(), [])

    # === ONCE FOR EVER === #

    def test_paid_taken_back_and_paid_again(self):
        move = self.given
        self.pay(move)
        self.assertEqual(len(self.work()), 1)
        self.undo_payment(move)
        self.assertEqual(move.payment_state, "not_paid")
        self.pay_again(move)
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.work(), [])
        self.assertEqual(len(self.receipts(move)), 1)

    def test_taken_back_before_it_left(self):
        move = self.given
        self.pay(move)
        self.make_receipts()
        self.undo_payment(move)
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move).state, "cancelled")
        self.pay_again(move)
        self.assertEqual(len(self.work()), 1)
        states = self.receipts(move).mapped("state")
        self.assertEqual(states, ["cancelled", "delivered"])

    def test_taken_back_while_the_mail_server_is_down(self):
        move = self.given
        self.pay(move)
        self.make_receipts()
        with self.mock_mail_gateway():
            self.receipts(move)._hand_over()
        self.undo_payment(move)
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move).state, "cancelled")
        self.pay_again(move)
        self.assertEqual(len(self.work()), 1)

    def test_called_off_by_hand(self):
        move = self.given
        self.pay(move)
        self.make_receipts()
        self.as_practitioner(self.receipts(move)).action_cancel()
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move).state, "cancelled")
        self.assertIn("Receipt called off", move.message_ids[0].body)

    def test_the_database_takes_no_second(self):
        move = self.given
        self.pay(move)
        self.work()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            move.sudo()._schedule_receipts(self.now())
            self.env.flush_all()

    def test_statement_that_follows_is_no_second_payment(self):
        """What stays paid is paid once, though its state changes."""
        self.company.payments_receipt = "none"
        move = self.posted()
        with patch.object(
            type(move), "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            self.pay(move)
        self.company.payments_receipt = "email"
        self.env.add_to_compute(move._fields["payment_state"], move)
        self.env.add_to_compute(move._fields["receipt_date"], move)
        self.assertEqual(self.work(), [])

    # === SWITCHING ON === #

    def test_what_was_paid_before_gets_none(self):
        self.company.payments_receipt = "none"
        before, again = self.posted(), self.posted()
        self.pay(before)
        self.pay(again, payment_date=self.now().date() - timedelta(3))
        self.company.payments_receipt = "email"
        self.assertEqual(
            self.company.payments_receipt_since, self.company._get_payments_today()
        )
        self.assertEqual(self.work(), [])
        # not either where it is matched anew
        self.undo_payment(again)
        self.pay_again(again)
        self.assertEqual(self.work(), [])
        self.assertFalse(self.receipts(before + again))
        self.pay(after := self.posted())
        self.assertEqual(len(self.work()), 1)
        self.assertTrue(self.receipts(after))

    def test_switched_off_before_it_left(self):
        self.pay(move := self.given)
        self.make_receipts()
        self.company.payments_receipt = "none"
        self.assertEqual(self.work(), [])
        self.assertEqual(self.receipts(move).state, "cancelled")

    def test_a_copy_sends_none(self):
        self.pay(self.given)
        self.env["ir.config_parameter"].sudo().set_param(
            "database.is_neutralized", "True"
        )
        self.assertEqual(self.work(), [])

    # === WHAT IT SAYS === #

    def test_nothing_about_the_treatment(self):
        move = self.given
        self.pay(move)
        [mail] = self.work()
        [(_name, content, _mimetype)] = mail["attachments"]
        for secret in ("Depression", "Very private", "Trauma"):
            self.assertNotIn(secret, mail["body"] + mail["subject"] + content.decode())

    def test_in_the_language_of_the_payer(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        template = self.env.ref("konfidens_payments.mail_template_receipt")
        template.with_context(lang="nb_NO").subject = "Kvittering: {{ object.summary }}"
        self.client.lang = "nb_NO"
        seen = []
        original = self.reports._pre_render_qweb_pdf

        def render(reports, *args, **kwargs):
            seen.append(reports.env.lang)
            return original(reports, *args, **kwargs)

        self.pay(self.posted())
        with patch.object(self.reports, "_pre_render_qweb_pdf", render):
            [mail] = self.work()
        self.assertIn("Kvittering:", mail["subject"])
        self.assertEqual(seen, ["nb_NO"])

    # === WHAT IT LEAVES ALONE === #

    def test_payment_message_and_invoice_stay_as_they_are(self):
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.pay(move)
        names = (
            "state",
            "name",
            "payment_state",
            "payment_message_state",
            "payment_message_status",
            "payment_message_story",
            "payment_message_earlier",
            "is_move_sent",
            "invoice_pdf_report_id",
            "pay_url",
        )
        before = move.read(names)
        self.assertEqual(len(self.work()), 1)
        self.assertEqual(move.read(names), before)
        self.assertEqual(move.booking_ids.payment_status, "paid")

    def test_payment_messages_go_first(self):
        self.pay(paid := self.given)
        self.make_receipts()
        message = self.send(self.draft()).sudo()
        receipt = self.receipts(paid)
        due = message._search_in_turn(message._get_due_domain(), 100)
        ours = due.filtered(lambda one: one in message + receipt)
        self.assertEqual(ours.ids, [message.id, receipt.id])

    def test_payment_message_does_not_wait_for_a_pdf(self):
        self.pay(self.given)
        self.send(move := self.draft())
        with self.mock_mail_gateway():
            self.send_due()  # the job that makes receipts has not run
        self.complete_delivered()
        self.assertEqual(move.state, "posted")


@tagged("post_install", "-at_install")
class TestReceiptJob(ReceiptCommon, JobsCommon):
    """Who opens Payments is told where nobody makes the receipts."""

    def test_job_that_is_switched_off(self):
        move = self.posted()
        self.pay(move)
        move.sudo().receipt_date = self.now() - timedelta(hours=2)
        self.set_job("send_receipts", active=False)
        self.assert_told(
            "A receipt of what was paid", "make receipts", "is switched off"
        )
        self.set_job("send_receipts")
        self.work()
        for name in jobs.JOBS:
            self.set_job(name)
        self.assert_nothing_told()

    def test_payment_wakes_the_job(self):
        move = self.posted()
        with self.capture_triggers("konfidens_payments.ir_cron_send_receipts") as seen:
            self.pay(move)
        self.assertTrue(seen.records)

    def test_the_look_is_in_the_index(self):
        self.make_indexes()
        look = self.env["konfidens.payment.message"]._get_due_receipts_look()
        plan = self.assert_looks_in(look, "account_move__receipt_date_index")
        self.assertNotIn("Sort", plan)
