import base64
from datetime import timedelta

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged

from .sending_common import AccessPointCommon


@tagged("post_install", "-at_install")
class TestCredit(AccessPointCommon):
    """Credit notes of electronic invoices."""

    given_by = "sent_document"

    def messages_of(self, note):
        return note.payment_message_ids

    def test_it_goes_the_same_way(self):
        move = self.given
        note = self.credit(move)
        message = self.messages_of(note)
        self.assertEqual((message.kind, message.channel), ("credit", "peppol"))
        self.send_due()
        self.send_documents()
        for change in (
            note.button_draft,
            note.button_cancel,
            lambda: note.write({"state": "draft"}),
        ):
            with self.assertRaisesRegex(UserError, "make a new"), self.cr.savepoint():
                change()
        _invoice, taken = self.point.taken
        document = etree.fromstring(base64.b64decode(taken["ubl"]))
        self.assertEqual(etree.QName(document).localname, "CreditNote")
        self.assertEqual(document.findtext("{*}ID"), note.name)
        self.assertIn(move.name, etree.tostring(document).decode())
        self.assertNotIn(b"Nordmann", etree.tostring(document))
        # the print goes along; without wkhtmltopdf, as in tests, it is a page
        [print_] = document.findall(".//{*}EmbeddedDocumentBinaryObject")
        page = base64.b64decode(print_.text).decode(errors="replace")
        self.assertIn(note.name, page)
        self.assertIn(move.name, page)
        for secret in ("Nordmann", "was ill"):
            self.assertNotIn(secret, page)
        self.point.states[note.peppol_message_uuid] = {"state": "done"}
        self.point.states[move.peppol_message_uuid] = {"state": "done"}
        self.ask_for_documents()
        self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        self.assertIn(
            "Credit note delivered", " ".join(note.message_ids.mapped("body"))
        )

    def test_not_where_the_invoice_went_by_email(self):
        move = self.draft_for(self.municipality)
        self.send(move, channel="email")
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        self.assertFalse(self.messages_of(self.credit(move)))

    def test_refused(self):
        move = self.given
        self.point.answer = "refuse"
        note = self.credit(move)
        message = self.messages_of(note)
        self.send_due()
        self.send_documents()
        self.complete_delivered()
        self.assertEqual(message.state, "failed")
        # no e-mail could take its place
        self.assertEqual(self.messages_of(note), message)
        [activity] = note.activity_ids
        self.assertIn("was refused", str(activity.note))
        self.point.answer = "take"
        message.with_user(self.accountant_of()).action_retry()
        self.send_due()
        self.send_documents()
        self.assertEqual(note.peppol_move_state, "processing")

    def test_refused_and_sent_with_odoo_s_button(self):
        move = self.given
        self.point.answer = "refuse"
        note = self.credit(move)
        self.work()
        self.assertTrue(note.activity_ids)
        self.point.answer = "take"
        self.env["account.move.send"]._generate_and_send_invoices(
            note, sending_methods={"peppol"}
        )
        self.assertFalse(note.activity_ids)
        self.assertEqual(self.messages_of(note).state, "sent")
        self.assertFalse(self.messages_of(note).is_unsolved)

    def test_confirmed_after_the_limit(self):
        move = self.given
        note = self.credit(move)
        self.work()
        message = self.messages_of(note)
        message.sudo().give_up_date = self.now() - timedelta(minutes=1)
        self.complete_delivered()
        self.assertEqual(message.state, "failed")
        self.assertTrue(note.activity_ids)
        self.point.states[note.peppol_message_uuid] = {"state": "done"}
        self.ask_for_documents()
        self.complete_delivered()
        self.assertEqual(message.state, "delivered")
        self.assertFalse(note.activity_ids)

    def test_nightly_proof_finds_nothing(self):
        move = self.given
        proofs = self.env["konfidens.payment.proof"].sudo()
        for state in ("under way", "credited"):
            self.env.flush_all()
            with self.subTest(state):
                proof = proofs._prove(self.company)
                self.assertEqual(proof.line_ids.mapped("words"), [])
            if state == "under way":
                self.credit(move)

    def accountant_of(self):
        return self.hire(
            "books", "base.group_user", "account.group_account_invoice", name="Bea"
        )

    def test_it_is_sent_once(self):
        move = self.given
        note = self.credit(move)
        self.send_due()
        self.send_documents()
        for _time in range(2):
            self.send_due()
            self.send_documents()
        self.assertEqual(len(self.point.taken), 2)
        self.assertEqual(len(self.messages_of(note)), 1)


@tagged("post_install", "-at_install")
class TestCreditInTime(AccessPointCommon):
    """Credit notes of what has not left yet, or of which nobody knows."""

    given_by = "handed_over"

    def credit_part(self, move):
        """Credit a part of an invoice; return the credit note."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model=move._name, active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        note = wizard.new_move_ids
        note.invoice_line_ids.price_unit = 250
        note.action_post()
        return note

    def work_on(self, note):
        """Let the jobs look, also at a credit note that waits for its invoice."""
        waiting = note.payment_message_ids.filtered(
            lambda one: one.state == "scheduled"
        )
        waiting.sudo().scheduled_date = self.now()
        self.work()

    def assert_sent(self, *moves):
        """Check that the access point has these documents, in this order."""
        documents = [
            etree.fromstring(base64.b64decode(taken["ubl"]))
            for taken in self.point.taken
        ]
        self.assertEqual(
            [document.findtext("{*}ID") for document in documents],
            [move.name for move in moves],
        )

    def assert_asked(self, note):
        """Check that somebody is asked whether the buyer has the invoice."""
        [activity] = note.activity_ids
        self.assertIn("Nobody knows whether", str(activity.note))
        self.assertIn("Ask the buyer whether it has the invoice", str(activity.note))
        self.assertEqual(note.payment_message_ids.mapped("state"), ["failed"])

    def test_neither_leaves_where_the_invoice_has_not(self):
        move = self.given
        message = self.message_of(move)
        note = self.credit(move)
        self.send_documents()
        self.send_due()
        self.send_documents()
        self.assertFalse(self.point.taken)
        self.assertEqual(message.state, "cancelled")
        waiting = note.payment_message_ids
        waiting.sudo().scheduled_date = self.now()
        self.send_due()
        self.assertEqual(waiting.state, "cancelled")

    def test_nobody_knows_of_the_invoice(self):
        self.point.answer = "break"
        move = self.given_sent()
        self.complete_delivered()
        self.point.answer = "take"
        note = self.credit(move)
        self.work_on(note)
        self.assert_asked(note)
        self.assert_sent(move)
        # the buyer has it
        note.payment_message_ids.action_retry()
        self.work_on(note)
        self.assert_sent(move, note)

    def test_answer_is_lost_after_it_was_credited(self):
        move = self.given
        self.part_of(move).write(
            {
                "notification_status": "process",
                "peppol_asked_date": self.now() - timedelta(minutes=11),
            }
        )
        note = self.credit(move)
        self.send_due()
        self.send_documents()
        self.complete_delivered()
        self.work_on(note)
        self.assert_asked(note)
        self.assert_sent()

    def test_invoice_waits_for_its_next_try(self):
        self.point.answer = "busy"
        move = self.given
        self.send_documents()
        self.assertEqual(self.part_of(move).notification_status, "exception")
        note = self.credit_part(move)
        self.send_due()
        self.complete_delivered()
        self.point.answer = "take"
        self.message_of(move).sudo().next_try_date = self.now() - timedelta(minutes=1)
        self.work()
        self.work_on(note)
        self.assert_sent(move, note)

    def test_invoice_is_mended_and_sent_again(self):
        self.point.answer = "refuse"
        move = self.given
        note = self.credit_part(move)
        self.work()
        self.work_on(note)
        self.assertEqual(note.payment_message_ids.mapped("state"), ["cancelled"])
        self.assertIn("did not leave", note.payment_message_ids.story)
        self.point.answer = "take"
        move.action_send_again()
        self.work()
        self.work_on(note)
        self.assert_sent(move, note)

    def test_taken_back_and_posted_again(self):
        move = self.given_sent()
        note = self.credit(move)
        note.button_draft()
        self.work()
        self.assertEqual(note.payment_message_ids.mapped("state"), ["cancelled"])
        self.assertNotIn("did not leave", note.payment_message_ids.story)
        note.action_post()
        self.work()
        self.assert_sent(move, note)

    def test_what_a_person_called_off_stays_so(self):
        move = self.given_sent()
        note = self.credit(move)
        note.payment_message_ids.action_cancel()
        move.peppol_move_state = "done"
        self.work()
        self.assertEqual(note.payment_message_ids.mapped("state"), ["cancelled"])
        self.assert_sent(move)

    def test_nightly_proof_finds_what_nothing_sends(self):
        move = self.given_sent()
        note = self.credit(move)
        note.payment_message_ids.action_cancel()
        proofs = self.env["konfidens.payment.proof"].sudo()
        self.env.flush_all()
        [row] = proofs._prove(self.company).line_ids
        self.assertEqual((row.reason, row.invoice_id), ("credit_note", note))
        self.assertIn("nothing sends it the credit note", row.words)
        self.assertIn("Mend sends it", row.advice)
        row.action_mend()
        self.work()
        self.assert_sent(move, note)
        self.env.flush_all()
        self.assertFalse(proofs._prove(self.company).line_ids)
