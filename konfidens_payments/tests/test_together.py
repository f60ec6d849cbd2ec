from unittest.mock import patch

from odoo import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sms.tests.common import MockSMS

from .together_common import TogetherCommon


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestTogether(TogetherCommon, MockSMS):
    given_by = "three_drafts"

    # === WHAT GOES OUT === #

    def test_one_message_for_all_and_an_invoice_for_each(self):
        # in the order of the appointments, not of the drafts
        later, moves = self.draft_on(20), self.given[:2]
        moves[1].invoice_line_ids.price_unit = 900.0
        moves += later
        (mail,) = self.deliver(later + moves[:2])
        self.assertEqual(mail["subject"], "Payment for your 3 appointments")
        body = mail["body"]
        for text in (
            "November 10, 2026 at 10:00",
            "November 11, 2026 at 10:00",
            "November 20, 2026 at 10:00",
            "$\xa0900.00",
            "$\xa03,400.00",
            moves.payment_message_ids.pay_url,
        ):
            self.assertIn(text, body)
        self.assertLess(body.index("November 11"), body.index("November 20"))
        for secret in ("Depression", "private", "Trauma", *moves.mapped("pay_url")):
            self.assertNotIn(secret, body)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(len(set(moves.mapped("name"))), 3)
        message = moves.payment_message_ids
        self.assertEqual(message.state, "delivered", "one, with a line for each")
        self.assertEqual(message.amount, 3400.0)
        self.assertEqual(message.line_ids.move_id, moves, "in this order")
        self.assertEqual(message.line_ids.mapped("amount"), [1250.0, 900.0, 1250.0])
        # one thing in Odoo's mail, on none of them: they say where it is
        self.assertFalse(self.mails_of(moves).res_id)
        self.assertIn("November 20", message.told_text)
        for move in moves:
            (note,) = move.message_ids.filtered(
                lambda note: "several appointments together" in note.body
            )
            self.assertIn(f'data-oe-id="{message.id}"', note.body)

    def test_one_message_each_unless_the_company_wants_it(self):
        self.company.payments_together = False
        moves = self.given[:2]
        mails = self.deliver(moves)
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertIn("your appointment November", mail["subject"])
        for move in moves:
            self.assertEqual(sum(move.pay_url in mail["body"] for mail in mails), 1)

    def test_a_single_one_reads_as_ever(self):
        (mail,) = self.deliver(self.drafts(1))
        self.assertEqual(
            mail["subject"],
            "Payment for your appointment November 10, 2026 at 10:00 AM",
        )
        self.assertIn("here you can pay for your appointment on", mail["body"])
        self.assertNotIn("<table", mail["body"])

    def test_not_with_what_differs(self):
        self.client.invoice_recipient_id = False
        other = self.env["res.partner"].create(
            {"name": "Ola", "email": "ola@example.com"}
        )
        mine = self.given[:2]
        theirs = self.drafts(2, first=15, payer_id=other.id)
        foreign = self.draft_on(18)
        foreign.currency_id = self.setup_other_currency("EUR")
        self.send(mine[0] + theirs + foreign)
        self.send(mine[1], channel="sms")  # another channel
        with self.mock_mail_gateway():
            self.send_due()
        self.assertEqual(
            sorted(mail["subject"] for mail in self._mails),
            [
                "Payment for your 2 appointments",
                "Payment for your appointment November 10, 2026 at 10:00 AM",
                "Payment for your appointment November 18, 2026 at 10:00 AM",
            ],
        )
        self.assertFalse(self.mails_of(mine) & self.mails_of(theirs))

    def test_practitioners_do_not_read_of_each_others_appointments(self):
        self.company.payments_reply_to = "practitioner"
        colleague = self.practitioner.copy({"login": "colleague", "email": "c@x.no"})
        moves = self.draft_on(10) + self.draft_on(11, user_id=colleague.id)
        self.send(moves, channel="both")
        with self.mock_mail_gateway(), self.mockSMSGateway(sms_allow_unlink=True):
            self.send_due()
        (mail,) = self._mails
        self.assertIn("November 11", mail["body"])
        self.assertIn("post@praksisvest.example.com", mail["reply_to"])
        for move, others in ((moves[0], "November 11"), (moves[1], "November 10")):
            notes = move.message_ids
            chatter = "".join(filter(None, notes.mapped("subject")))
            chatter += "".join(notes.mapped("body"))
            self.assertNotIn(others, chatter)
            self.assertNotIn("2 appointments", chatter)
            self.assertIn("several appointments together", chatter)

    def test_sms_and_both_channels(self):
        moves = self.given
        self.send(moves, channel="both")
        with self.mock_mail_gateway(), self.mockSMSGateway(sms_allow_unlink=True):
            self.send_due()
            self.run_cron("send_sms")
            (sms,) = self._sms
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(
            sms["body"].replace("\xa0", " "),
            "Praksis Vest: pay $ 3,750.00 for your 3 appointments: "
            f"{moves.payment_message_ids.pay_url}",
        )
        self.complete_delivered()
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_in_the_payers_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        template = self.env.ref("konfidens_payments.mail_template_payment")
        template.with_context(lang="nb_NO").subject = "Til: {{ object.amount }}"
        self.client.lang = "nb_NO"
        (mail,) = self.deliver(self.given[:2])
        self.assertEqual(mail["subject"], "Til: 2500.0")
        self.assertIn("10. november 2026", mail["body"])

    # === WHICH GO TOGETHER === #

    def test_batch_does_not_part_them(self):
        other = self.env["res.partner"].create(
            {"name": "Ola", "email": "ola@example.com"}
        )
        moves = self.given[:2]
        theirs = self.draft_on(18, payer_id=other.id)
        moves += self.draft_on(19)
        for move in (moves[0], theirs, moves[1], moves[2]):
            self.send(move)
        path = "odoo.addons.konfidens_payments.models."
        with (
            patch(f"{path}sending.mails.MOST", 2),
            patch(f"{path}sending.mails.FEWEST", 2),
            self.mock_mail_gateway(),
        ):
            self.send_due()
        self.assertEqual(
            sorted(len(m.line_ids) for m in (moves + theirs).payment_message_ids),
            [1, 3],
        )
        self.assertEqual(len(self._mails), 2)

    def test_one_message_tells_of_so_many_at_most(self):
        moves = self.given
        path = "odoo.addons.konfidens_payments.models."
        with patch(f"{path}sending.joining.MOST", 2):
            mails = self.deliver(moves)
        self.assertEqual(len(mails), 2)
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_bad_one_does_not_stop_the_others(self):
        moves = self.given
        self.send(moves)
        account = moves[1].invoice_line_ids.account_id.sudo().copy()
        moves[1].invoice_line_ids.account_id = account
        account.active = False
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        (mail,) = self._mails
        self.assertIn("your 2 appointments", mail["subject"])
        self.assertEqual(moves.mapped("state"), ["posted", "draft", "posted"])
        self.assertEqual(moves[1].booking_ids.payment_status, "attention")

    def test_who_works_on_one_holds_back_all_for_a_moment(self):
        moves = self.given
        messages = self.send(moves).sudo()
        locked = messages[:2]
        self.assertEqual(messages._only_whole(locked), messages.browse())
        self.company.payments_together = False
        self.assertEqual(messages._only_whole(locked), locked)

    def test_unexpected_fault_of_one_bundle(self):
        """What fails unexpectedly is parted no more than it must be."""
        other = self.env["res.partner"].create(
            {"name": "Ola", "email": "ola@example.com"}
        )
        moves = self.drafts(2) + self.drafts(2, first=15, payer_id=other.id)
        self.send(moves)
        create = self.env.registry["mail.message"].create

        def refuse(model, values_list):
            link = Command.link(other.id)
            if any(link in (values["partner_ids"] or []) for values in values_list):
                raise ValueError("No")
            return create(model, values_list)

        with (
            self.mock_mail_gateway(),
            patch.object(self.env.registry["mail.message"], "create", refuse),
            mute_logger("odoo.addons.konfidens_payments.tools"),
        ):
            self.send_due()
        subjects = [mail["subject"] for mail in self._mails]
        self.assertEqual(subjects.count("Payment for your 2 appointments"), 1)
        self.assertEqual(
            moves.mapped("payment_message_state"), ["sent", "sent", "failed", "failed"]
        )

    # === BEFORE IT GOES === #

    def dialog(self, moves):
        action = self.as_practitioner(moves).action_send_payment_message()
        return Form(
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
        )

    def test_dialog_shows_what_is_sent(self):
        moves = self.given
        dialog = self.dialog(moves[::-1])
        self.assertEqual(dialog.count_note, "One message for 3 invoices")
        shown = (dialog.subject, dialog.body, dialog.sms_body)
        (mail,) = self.deliver(moves)
        self.assertEqual(mail["subject"], shown[0])
        self.assertIn("November 12, 2026", shown[1])
        self.assertTrue(shown[2].endswith("/p/…"), "it gets its own link later")
        self.assertIn("your 3 appointments", shown[2])

    def test_dialog_says_that_there_are_several(self):
        self.company.payments_together = False
        dialog = self.dialog(self.given[:2])
        self.assertEqual(dialog.count_note, "2 messages. This is the first:")
        self.assertIn("your appointment November 10", dialog.subject)
        self.assertFalse(self.dialog(self.drafts(1, first=20)).count_note)

    def test_dialog_by_the_practices_timing(self):
        self.company.write({"payments_timing_moment": "after_end"})
        moves = self.given[:2] + self.draft_on(25)
        dialog = self.dialog(moves)
        self.assertEqual(dialog.count_note, "One message for 3 invoices")
        dialog.send_mode = "timing"
        self.assertEqual(dialog.count_note, "2 messages. This is the first:")
        self.assertIn("your 2 appointments", dialog.subject)

    # === COST === #

    def test_as_many_queries_for_many(self):
        def queries(count, first):
            clients = self.env["res.partner"].create(
                [
                    {"name": f"{number}", "email": f"{number}@example.com"}
                    for number in range(count)
                ]
            )
            moves = self.env["account.move"].concat(
                *(self.drafts(2, first=first, payer_id=payer.id) for payer in clients)
            )
            messages = self.send(moves).sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            messages._with_others_due(messages._get_due_domain(), 100)
            messages._split_by_payer()
            messages.mapped("summary")
            messages.mapped("amount")
            return self.cr.sql_log_count - before

        queries(2, 5)  # warm
        self.assertEqual(queries(6, 10), queries(2, 15))
