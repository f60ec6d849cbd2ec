import base64

from lxml import etree

from odoo.tests import tagged

from .sending_common import SendingCommon


@tagged("post_install", "-at_install")
class TestCredit(SendingCommon):
    """Credit notes of electronic invoices."""

    def setUp(self):
        super().setUp()
        self.point = self.use_access_point()

    def messages_of(self, note):
        return note.payment_message_ids

    def test_it_goes_the_same_way(self):
        move = self.sent_document()
        note = self.credit(move)
        message = self.messages_of(note)
        self.assertEqual((message.kind, message.channel), ("credit", "peppol"))
        self.send_due()
        self.send_documents()
        _invoice, taken = self.point.taken
        document = etree.fromstring(base64.b64decode(taken["ubl"]))
        self.assertEqual(etree.QName(document).localname, "CreditNote")
        self.assertEqual(document.findtext("{*}ID"), note.name)
        self.assertIn(move.name, etree.tostring(document).decode())
        self.assertNotIn(b"Nordmann", etree.tostring(document))
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

    def test_neither_leaves_where_the_invoice_has_not(self):
        move = self.handed_over()
        message = self.message_of(move)
        note = self.credit(move)
        self.send_documents()
        self.send_due()
        self.send_documents()
        self.assertFalse(self.point.taken)
        self.assertEqual(message.state, "cancelled")
        waiting = self.messages_of(note)
        waiting.sudo().scheduled_date = self.now()
        self.send_due()
        self.assertEqual(waiting.state, "cancelled")

    def test_refused(self):
        move = self.sent_document()
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

    def test_nightly_proof_finds_nothing(self):
        move = self.sent_document()
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
        move = self.sent_document()
        note = self.credit(move)
        self.send_due()
        self.send_documents()
        for _time in range(2):
            self.send_due()
            self.send_documents()
        self.assertEqual(len(self.point.taken), 2)
        self.assertEqual(len(self.messages_of(note)), 1)
