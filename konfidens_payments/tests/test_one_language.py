import re
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from .sms_common import SmsCommon

MODULE = "konfidens_payments"
REFUSAL = "The tax report is being made."
# What in a sentence is nobody's language: names, numbers, addresses, times.
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MARK = "§"


class MarkedTerms(dict):
    """A translation in which each word of a source is marked; nothing is missing."""

    def get(self, source, default=None):
        parts = PLACEHOLDER.split(source)
        # every second one is a placeholder's name
        return "".join(
            f"%({part})s" if number % 2 else re.sub(r"([^\W\d_]+)", rf"{MARK}\1", part)
            for number, part in enumerate(parts)
        )


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestOneLanguage(SmsCommon):
    """Nobody reads a sentence that is half in another language than their own.

    In nb_NO each word of our sources is marked here, so that a word without a mark is
    one that stayed English.
    """

    given_by = "draft"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("nb_NO")
        cls.company.payments_channel = "email"
        original = type(code_translations).get_python_translations

        def get_python_translations(translations, module_name, lang):
            if module_name == MODULE and lang == "nb_NO":
                return MarkedTerms()
            return original(translations, module_name, lang)

        cls.startClassPatcher(
            patch.object(
                type(code_translations),
                "get_python_translations",
                get_python_translations,
            )
        )
        cls.client.name = "1"  # no word of any language

    def each_pair(self):
        """Yield the language of the practice, with that of its responsible reader."""
        for practice, reader in (("nb_NO", "en_US"), ("en_US", "nb_NO")):
            self.company.partner_id.lang = practice
            self.practitioner.lang = reader
            yield practice, reader

    def what_is_read(self, move, lang):
        """Return all that a practitioner with this language reads of an invoice."""
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = self.as_practitioner(move).with_context(lang=lang)
        message = theirs.payment_message_ids[:1]
        return [
            theirs.payment_message_story,
            theirs.payment_message_earlier,
            theirs.payment_completion_problem,
            theirs.booking_ids.payment_next_step,
            message.story,
            message.evidence,
            message.failure_reason,
        ]

    def assert_one_language(self, texts, lang, quoted=()):
        """Check that what is read has no word of another language.

        :param quoted: what others said, which stays as it is
        """
        texts = [text for text in texts if text]
        self.assertTrue(texts)
        for text in texts:
            for words in quoted:
                text = text.replace(words, "")
            # a channel, a masked address or number, a time of day
            text = re.sub(r"\((E-mail|E-post|SMS)\)", "", text)
            text = re.sub(r"\S*@\S*|\S*…\S*|\d+[:./]\d\S*|\b[AP]M\b|\$", "", text)
            words = re.findall(rf"{MARK}?[^\W\d_]+", text)
            if lang == "en_US":
                strange = [word for word in words if word.startswith(MARK)]
            else:
                strange = [word for word in words if not word.startswith(MARK)]
            self.assertEqual(strange, [], text)

    def assert_each_reads_one_language(self, move, quoted=()):
        for lang in ("en_US", "nb_NO"):
            self.assert_one_language(self.what_is_read(move, lang), lang, quoted)
        for activity in move.activity_ids:
            paragraphs = re.sub(r"<[^>]+>", "\n", activity.note or "").split("\n")
            reader = activity.user_id.lang
            self.assert_one_language([*paragraphs, activity.summary], reader, quoted)

    def assert_log_is_the_practices(self, move, practice, quoted=()):
        # what our own notes say, not Odoo's
        notes = [re.sub(r"<[^>]+>", " ", note.body) for note in move.message_ids]
        notes = [note for note in notes if "message" in note or MARK in note]
        self.assert_one_language(notes, practice, quoted)

    # === REASONS === #

    def refusals(self):
        """Yield each way in which a message does not arrive: name, quoted words.

        Until the next one, that has become of what is given.
        """
        for name, error, quoted in (
            ("refused", self.refuse(550, b"5.1.1 No such mailbox"), "No such mailbox"),
            ("not now", self.refuse(451, b"Try later"), "Try later"),
            ("broken", OSError("Broken pipe"), "Broken pipe"),
        ):
            with self.undone():
                self.send(self.given)
                with self.mail_server(error):
                    self.send_due()
                self.complete_delivered()
                yield name, [quoted]
        for error in (
            "jsonrpc_exception",
            "insufficient_credit",
            "wrong_number_format",
            "unregistered",
            "server_error",
            "country_not_supported",
            "registration_needed",
        ):
            with self.undone():
                self.send(self.given, channel="sms")
                self.send_all(sim_error=error)
                yield error, ["server_error", "registration_needed", "SMS"]
        for error in ("invalid_destination", "not_delivered", "rejected", "strange"):
            with self.undone():
                self.send(self.given, channel="sms")
                self.send_all()
                self.report(self.given, error)
                yield error, ["strange"]

    @mute_logger("odoo.addons.konfidens_payments.models.sending.sms_sms")
    def test_messages_that_do_not_arrive(self):
        for practice, _reader in self.each_pair():
            for name, quoted in self.refusals():
                with self.subTest(name):
                    self.assertTrue(self.given.payment_message_story)
                    self.assert_each_reads_one_language(self.given, quoted)
                    self.assert_log_is_the_practices(self.given, practice, quoted)

    def test_sms_of_unknown_fate(self):
        for practice, _reader in self.each_pair():
            move = self.draft()
            self.send(move, channel="sms")
            with self.gateways():
                self.send_due()
            notification = move.sudo().payment_message_ids.notification_ids
            notification.notification_status = "process"
            with freeze_time(self.now() + timedelta(hours=1)):
                with self.gateways():
                    self.run_cron("send_sms")
                self.complete_delivered()
            message = move.payment_message_ids
            self.assertEqual(message.state, "failed")
            self.assertTrue(message.failure_reason.startswith("Nobody knows"))
            self.assert_each_reads_one_language(move)
            self.assert_log_is_the_practices(move, practice)

    def test_nobody_confirmed(self):
        for practice, _reader in self.each_pair():
            move = self.draft()
            self.send(move, channel="sms")
            self.send_all()
            with freeze_time(self.now() + timedelta(hours=25)):
                self.complete_delivered()
            self.assertEqual(move.payment_message_ids.state, "failed")
            self.assert_each_reads_one_language(move)
            self.assert_log_is_the_practices(move, practice)

    def test_reason_stays_when_it_is_given_up(self):
        for practice, _reader in self.each_pair():
            move = self.draft()
            self.send(move)
            with self.mail_server(self.refuse(451, b"Try later")):
                self.send_due()
            self.complete_delivered()
            with freeze_time(self.now() + timedelta(hours=25)):
                self.complete_delivered()
            self.assertEqual(move.payment_message_ids.state, "failed")
            self.assert_each_reads_one_language(move, ["Try later"])
            self.assert_log_is_the_practices(move, practice, ["Try later"])

    def test_no_word_of_an_earlier_reason_stays(self):
        """Also where it is written in one language only, by another addon say."""
        move = self.draft()
        message = self.send(move).sudo()
        message.failure_reason = {"en_US": "Old", "nb_NO": "Gammel"}
        message.with_context(lang="nb_NO").failure_reason = "Ny"
        for lang in ("en_US", "nb_NO"):
            self.assertEqual(message.with_context(lang=lang).failure_reason, "Ny.")
        message.failure_reason = False
        for lang in ("en_US", "nb_NO"):
            self.assertFalse(message.with_context(lang=lang).failure_reason)

    def test_what_cannot_leave(self):
        for practice, _reader in self.each_pair():
            for write in (
                lambda: self.client.write({"email": False}),
                lambda: self.client.write({"email": "no address"}),
            ):
                self.client.email = "kari@example.com"
                move = self.draft()
                self.send(move)
                write()
                self.send_due()
                self.assertEqual(move.payment_message_ids.state, "failed")
                self.assert_each_reads_one_language(move, ["no address"])
                self.assert_log_is_the_practices(move, practice, ["no address"])
            self.client.email = "kari@example.com"

    def test_waits_for_an_online_payment(self):
        for _practice, _reader in self.each_pair():
            move = self.draft()
            self.send(move).sudo()._wait_for_payment()
            self.assert_each_reads_one_language(move)

    def test_came_back(self):
        for practice, _reader in self.each_pair():
            for wait in (0, 30):
                self.company.payments_bounce_wait_minutes = wait
                move = self.draft()
                self.send(move)
                with self.mock_mail_gateway():
                    self.send_due()
                self.complete_delivered()
                move.sudo().payment_message_ids.notification_ids.write(
                    {"notification_status": "bounce", "failure_type": "mail_bounce"}
                )
                self.complete_delivered()
                self.assertTrue(move.payment_message_ids.failure_reason)
                self.assert_each_reads_one_language(move)
                self.assert_log_is_the_practices(move, practice)
            self.company.payments_bounce_wait_minutes = 0

    # === EVIDENCE === #

    def test_evidence(self):
        for practice, _reader in self.each_pair():
            mailed, texted, opened = self.draft(), self.draft(), self.draft()
            self.send(mailed)
            self.send(texted, channel="sms")
            self.send(opened, channel="sms")
            self.send_all()
            self.report(texted, "delivered")
            opened._open_pay_link(self.env.ref("base.public_user"))
            for move in (mailed, texted, opened):
                self.assertEqual(move.state, "posted")
                self.assertTrue(move.payment_message_ids.evidence)
                self.assert_each_reads_one_language(move)
                self.assert_log_is_the_practices(move, practice)

    # === COMPLETING === #

    def not_completed(self, error, tries=1):
        """Return the draft, whose message arrived, and that Odoo will not post."""
        move = self.given
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()

        def _post(records, soft=True):
            raise error

        with (
            patch.object(type(self.env["account.move"]), "_post", _post),
            mute_logger("odoo.addons.konfidens_payments.tools"),
        ):
            for _number in range(tries):
                with freeze_time(move.payment_completion_date or self.now()):
                    self.complete_delivered()
        self.assertTrue(move.payment_completion_problem)
        return move

    def test_invoice_that_cannot_be_completed(self):
        for practice, _reader in self.each_pair():
            for error, quoted in (
                (UserError(REFUSAL), [REFUSAL]),
                (ValueError("machine"), []),
            ):
                for tries in (1, 5):
                    with self.undone():
                        move = self.not_completed(error, tries)
                        self.assertEqual(bool(move.activity_ids), tries == 5)
                        self.assert_each_reads_one_language(move, quoted)
                        self.assert_log_is_the_practices(move, practice, quoted)

    def test_what_odoo_says_in_another_language_is_quoted(self):
        self.company.partner_id.lang = "en_US"
        move = self.not_completed(UserError(REFUSAL))
        [said, quoted] = (
            move.with_context(lang=lang).payment_completion_problem
            for lang in ("en_US", "nb_NO")
        )
        self.assertTrue(said.endswith(f"could not be completed: {REFUSAL}"), said)
        self.assertTrue(quoted.endswith(f"§completed: “{REFUSAL}”"), quoted)

    def test_invoice_other_than_told(self):
        for practice, _reader in self.each_pair():
            move = self.draft()
            self.send(move)
            with self.mock_mail_gateway():
                self.send_due()
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE konfidens_payment_message_line SET amount_total = 1"
                " WHERE move_id = %s",
                (move.id,),
            )
            self.env.invalidate_all()
            self.complete_delivered()
            self.assertTrue(move.payment_completion_problem)
            self.assert_each_reads_one_language(move)
            self.assert_log_is_the_practices(move, practice)

    # === BILLING RUNS, AND WHAT PRACTITIONERS ARE TOLD === #

    def test_results_of_a_run_are_in_the_language_of_who_started_it(self):
        for practice, reader in self.each_pair():
            booking = self.booking_of(self.book_externally(service_id=self.service.id))
            run = self.env["konfidens.payment.run"].with_user(self.practitioner)
            run = run.with_context(lang=practice).create(
                {"booking_ids": [(6, 0, booking.ids)], "send_mode": "now"}
            )
            account = self.company_data["default_account_revenue"].sudo()
            account.active = False
            with mute_logger("odoo.addons.konfidens_payments.tools"):
                run.action_run()
            account.active = True
            [words] = run.sudo().line_ids.mapped("details")
            self.assertIn("§archived" if reader == "nb_NO" else " archived", words)

    def test_practitioner_is_told_in_the_own_language(self):
        for _practice, reader in self.each_pair():
            booking = self.booking_of(self.book(service_id=self.service.id))
            booking.sudo()._note_billing_failure(UserError(REFUSAL))
            note = self.env["mail.message"].search(
                [("partner_ids", "in", self.practitioner.partner_id.ids)],
                order="id desc",
                limit=1,
            )
            [words] = re.findall(r"<p>(.*?)</p><p>", note.sudo().body)
            self.assert_one_language([words, note.sudo().subject], reader, [REFUSAL])
