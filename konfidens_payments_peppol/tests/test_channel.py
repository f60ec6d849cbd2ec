from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .peppol_common import MUNICIPALITY
from .sending_common import SendingCommon

EHF = "peppol"


@tagged("post_install", "-at_install")
class TestChannel(SendingCommon):
    """Who gets an electronic invoice, and what the dialog says."""

    given_by = "draft_for_municipality"

    def draft_for_municipality(self):
        return self.draft_for(self.municipality)

    def dialog(self, moves):
        action = moves.action_send_payment_message()
        wizard = self.env["konfidens.payment.message.wizard"]
        return Form(wizard.with_context(**action["context"]))

    def problem(self, payer=None):
        """Return why this payer's invoice cannot go by document, in words."""
        move = self.draft_for(payer) if payer else self.given
        return move._get_message_problem(EHF)

    def test_proposed_for_a_public_body_that_receives_it(self):
        dialog = self.dialog(self.given)
        self.assertEqual(dialog.channel, EHF)
        self.assertEqual(dialog.recipient, f"Bergen kommune (0192:{MUNICIPALITY})")
        self.assertIn("completed first", dialog.document_note)
        self.assertIn("without a pay link", dialog.document_note)
        self.assertIn("Appointment November 10", dialog.document_lines)
        self.assertFalse(dialog.document_problem)
        dialog.channel = "email"
        self.assertFalse(dialog.document_note)

    def test_completed_invoice_is_only_sent(self):
        dialog = self.dialog(self.posted_for(self.municipality))
        self.assertNotIn("completed first", dialog.document_note)

    def test_of_several_payers_the_dialog_says_who_would_get_one(self):
        moves = self.given + self.draft_for(self.client)
        dialog = self.dialog(moves)
        self.assertEqual(dialog.channel, "email")
        self.assertIn("Bergen kommune receives electronic", dialog.document_note)
        moves += self.draft_for(self.employer)
        self.assertIn("2 of these payers", self.dialog(moves).document_note)
        # who chose another way for all of them knows it
        both = moves.filtered(lambda move: move.partner_id != self.client)
        dialog = self.dialog(both)
        dialog.channel = "email"
        self.assertFalse(dialog.document_note)

    def test_not_proposed_for_a_client(self):
        self.assertEqual(self.dialog(self.draft_for(self.client)).channel, "email")

    def test_not_proposed_where_another_way_was_chosen_on_the_contact(self):
        payer = self.municipality.with_company(self.company)
        payer.invoice_sending_method = "email"
        self.assertEqual(self.dialog(self.draft_for(payer)).channel, "email")
        payer.invoice_sending_method = "peppol"
        self.assertEqual(self.dialog(self.draft_for(payer)).channel, EHF)

    def test_proposed_for_the_invoice_address_of_a_public_body(self):
        office = self.env["res.partner"].create(
            {"name": "PPT", "type": "invoice", "parent_id": self.municipality.id}
        )
        self.assertEqual(self.dialog(self.draft_for(office)).channel, EHF)

    def test_not_to_the_employer_of_the_client_who_pays(self):
        self.client.write({"parent_id": self.employer.id, "email": "kari@x.no"})
        move = self.draft_for(self.client)
        self.assertEqual(self.dialog(move).channel, "email")
        self.assertIn("would go to Skipsverftet AS", move._get_message_problem(EHF))

    def test_not_to_the_employer_of_a_parent_who_pays(self):
        parent = self.env["res.partner"].create(
            {"name": "Ola", "email": "o@x.no", "parent_id": self.employer.id}
        )
        move = self.draft_for(parent)
        self.assertEqual(self.dialog(move).channel, "email")
        self.assertIn("would go to Skipsverftet AS", move._get_message_problem(EHF))

    def test_not_to_the_employer_either_whose_invoice_address_the_client_is(self):
        self.client.write(
            {"parent_id": self.employer.id, "email": "k@x.no", "type": "invoice"}
        )
        move = self.draft_for(self.client)
        self.assertEqual(self.dialog(move).channel, "email")
        self.assertIn("would go to Skipsverftet AS", move._get_message_problem(EHF))

    def test_odoos_own_dialog_sends_it_to_no_employer_either(self):
        self.client.write({"parent_id": self.employer.id, "email": "kari@x.no"})
        move = self.posted_for(self.client)
        send = self.env["account.move.send"]
        self.assertFalse(send._is_applicable_to_move(EHF, move))
        self.assertNotIn(EHF, send._get_default_sending_methods(move))
        with self.mock_mail_gateway():
            send._generate_and_send_invoices(move, sending_methods={EHF})
        self.assertFalse(move.peppol_message_uuid)
        office = self.env["res.partner"].create(
            {"name": "Pay office", "type": "invoice", "parent_id": self.employer.id}
        )
        self.assertTrue(send._is_applicable_to_move(EHF, self.posted_for(office)))

    def test_not_proposed_where_the_document_has_left_by_odoos_own_dialog(self):
        move = self.posted_for(self.municipality)
        self.env["account.move.send"]._generate_and_send_invoices(
            move, sending_methods={EHF}
        )
        self.assertEqual(self.dialog(move).channel, "email")

    def test_automatic_message_goes_by_it(self):
        move = self.given
        [message] = move.sudo()._schedule_payment_message(False)
        self.assertEqual(message.channel, EHF)

    def channels(self):
        wizard = self.env["konfidens.payment.message.wizard"]
        return [name for name, _label in wizard.fields_get()["channel"]["selection"]]

    def test_practice_that_is_not_registered(self):
        self.assertIn(EHF, self.channels())
        self.company.account_peppol_proxy_state = "not_registered"
        self.assertEqual(self.dialog(self.given).channel, "email")
        self.assertIn("not registered to send", self.problem())
        self.assertEqual(self.channels(), ["email", "sms", "both"])

    def test_payer_without_an_address(self):
        self.municipality.write(
            {"l10n_no_bronnoysund_number": False, "peppol_endpoint": False}
        )
        self.assertIn("no electronic address", self.problem())

    def test_payer_nobody_has_looked_for(self):
        payer = self.municipality.with_company(self.company)
        payer.peppol_verification_state = False
        self.assertIn("Press Verify", self.problem())

    def test_payer_who_is_not_on_peppol(self):
        payer = self.municipality.with_company(self.company)
        payer.peppol_verification_state = "not_valid"
        self.assertIn("does not receive electronic invoices", self.problem())
        payer.peppol_verification_state = "not_valid_format"
        self.assertIn("does not receive invoices there", self.problem())

    def test_client_cannot_get_one(self):
        self.assertIn("no country", self.problem(self.client))

    def test_missing_reference_is_said_before_anything_is_completed(self):
        self.municipality.payments_needs_reference = True
        move = self.given
        dialog = self.dialog(move)
        self.assertIn("needs a buyer's reference", dialog.document_problem)
        wizard = dialog.save()
        with self.assertRaisesRegex(UserError, "needs a buyer's reference"):
            wizard.action_confirm()
        self.assertEqual(move.state, "draft")

    def test_reference_that_is_gone_when_its_time_comes(self):
        move = self.given
        message = self.send(move)
        self.municipality.payments_needs_reference = True
        self.company.payments_failover = True
        self.send_due()
        # nothing was completed, and the other channel takes over
        self.assertEqual(message.state, "failed")
        self.assertIn("needs a buyer's reference", message.failure_reason)
        self.assertEqual(move.state, "draft")
        self.assertEqual(self.message_of(move).channel, "email")

    def test_locked_period(self):
        move = self.given
        message = self.send(move)
        self.company.fiscalyear_lock_date = self.now().date() + timedelta(days=1)
        self.send_due()
        self.assertEqual((message.state, move.state), ("failed", "draft"))
        self.assertTrue(move.activity_ids)

    def test_each_invoice_is_a_document(self):
        self.company.payments_together = True
        moves = self.given + self.draft_for(self.municipality)
        messages = self.send(moves)
        self.send_due()
        self.assertEqual(len(messages.exists()), 2)
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_taxed_appointment_to_come_waits_until_it_begins(self):
        self.register_for_vat()
        start = self.now().replace(microsecond=0) + timedelta(days=3)
        move = self.draft_for(
            self.municipality, start=start, stop=start + timedelta(hours=1)
        )
        message = self.send(move)
        self.send_due()
        self.assertEqual((message.state, move.state), ("scheduled", "draft"))
        self.assertEqual(message.scheduled_date, start)

    # === BILLING RUNS === #

    def run_for(self, *payers, **values):
        bookings = self.env["konfidens.payment.booking"]
        for payer in payers:
            bookings += self.booking(payer)
        action = bookings.action_prepare_billing_run()
        run = self.env["konfidens.payment.run"].browse(action["res_id"])
        run.write({"send_mode": "now", "channel": "email", **values})
        return bookings, run

    def test_run_gives_each_payer_what_it_receives(self):
        self.municipality.email = False  # reached all the same
        bookings, run = self.run_for(self.municipality, self.client)
        self.assertEqual(run.billable_count, 2)
        self.assertIn("electronic invoices", run.sending_summary)
        run.action_run()
        self.run_cron("run")
        messages = bookings.invoice_id.payment_message_ids
        self.assertEqual(
            {message.partner_id: message.channel for message in messages},
            {self.municipality: EHF, self.client: "email"},
        )

    def test_run_without_them(self):
        self.municipality.email = False
        _bookings, run = self.run_for(self.municipality, electronic=False)
        self.assertEqual(run.billable_count, 0)

    def test_run_reaches_nobody_by_her_employer(self):
        self.employer.email = False
        person, office = self.env["res.partner"].create(
            [
                {"name": "Ola", "parent_id": self.employer.id},
                {"name": "Pay", "parent_id": self.employer.id, "type": "invoice"},
            ]
        )
        (person + office).email = False
        _bookings, run = self.run_for(person)
        self.assertEqual(run.billable_count, 0)
        _bookings, run = self.run_for(office, self.employer)
        self.assertEqual(run.billable_count, 2)

    def test_run_that_was_started_is_not_changed(self):
        _bookings, run = self.run_for(self.municipality)
        run.action_run()
        with self.assertRaisesRegex(UserError, "started already"):
            run.electronic = False

    def test_are_we_ready_where_companies_pay(self):
        def look():
            readiness = self.env["konfidens.payment.readiness"]
            return readiness._look_at_electronic_invoices(self.company)

        self.given.booking_ids.event_id.unlink()
        self.booking(self.client)
        self.env.flush_all()
        self.assertIsNone(look())
        self.booking(self.municipality)
        self.env.flush_all()
        self.assertEqual(look()["state"], "ready")
        self.company.account_peppol_proxy_state = "not_registered"
        line = look()
        self.assertEqual(line["state"], "advised")
        self.assertIn("not registered", line["said"])

    def test_scheduled_message_follows_another_payer(self):
        for first, second, chosen, channel in (
            (self.municipality, self.client, None, "email"),
            (self.client, self.municipality, None, EHF),
            (self.municipality, self.employer, None, EHF),
            (self.client, self.municipality, "sms", EHF),
            (self.municipality, self.client, "email", "email"),
        ):
            for by_draft in (False, True):
                with self.subTest(
                    first=first.name, second=second.name, chosen=chosen, draft=by_draft
                ):
                    self.municipality.phone = False
                    move = self.draft_for(first)
                    later = self.now() + timedelta(hours=1)
                    move.sudo()._schedule_payment_message(later, chosen)
                    if by_draft:
                        move.partner_id = second
                    else:
                        move.booking_ids.payer_id = second
                    message = self.message_of(move)
                    self.assertEqual(message.partner_id, second)
                    self.assertEqual(message.channel, channel)

    def test_way_that_somebody_chose_stays_where_it_reaches_the_other_payer(self):
        move = self.given
        later = self.now() + timedelta(hours=1)
        move.sudo()._schedule_payment_message(later, "email")
        move.booking_ids.payer_id = self.employer
        self.assertEqual(self.message_of(move).channel, "email")
