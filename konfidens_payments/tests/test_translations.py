import io
import re

import polib

from odoo.tests import tagged
from odoo.tools import file_path
from odoo.tools.translate import trans_export

from .common import PaymentsCommon

LANGUAGES = ("nb_NO", "sv_SE", "da_DK")


@tagged("post_install", "-at_install")
class TestTranslations(PaymentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Where the languages were there before the addon, as in the databases of ./dev,
        # its installation has loaded its translations.
        langs = cls.env["res.lang"]
        missing = [lang for lang in LANGUAGES if not langs._lang_get(lang)]
        for lang in missing:
            langs._activate_lang(lang)
        cls.env["ir.module.module"]._load_module_terms(["konfidens_payments"], missing)

    def assert_client_gets(self, lang, subject, text, line):
        """Check the mail and the invoice line of a client with this language."""
        self.client.lang = lang
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        [mail] = self._mails
        self.assertEqual(mail["subject"], subject)
        words = re.sub(r"<[^>]*>", " ", mail["body"]).split()
        self.assertEqual(" ".join(words), text)
        self.assertEqual(move.invoice_line_ids.name, line)

    def test_client_in_norwegian(self):
        self.assert_client_gets(
            "nb_NO",
            "Betaling for timen din 10. november 2026 kl. 10:00",
            "Hei, Kari Nordmann! Her kan du betale for timen din 10. november 2026 "
            "kl. 10:00 hos Praksis Vest. $ 1 250,00 Se og betal Eller skann koden "
            "med telefonen. Har du spørsmål? Bare svar på denne e-posten. Praksis Vest",
            "Timeavtale 10. november 2026 kl. 10:00",
        )

    def test_client_in_swedish(self):
        self.assert_client_gets(
            "sv_SE",
            "Betalning för din bokade tid den 10 november 2026 kl. 10:00",
            "Hej Kari Nordmann! Här kan du betala för din bokade tid den 10 november "
            "2026 kl. 10:00 hos Praksis Vest. $ 1 250,00 Visa och betala Eller skanna "
            "koden med telefonen. Har du en fråga? Svara bara på det här "
            "mejlet. Praksis Vest",
            "Bokad tid den 10 november 2026 kl. 10:00",
        )

    def test_client_in_danish(self):
        self.assert_client_gets(
            "da_DK",
            "Betaling for din aftale den 10. november 2026 kl. 10.00",
            "Hej Kari Nordmann Her kan du betale for din aftale den 10. november 2026 "
            "kl. 10.00 hos Praksis Vest. $ 1.250,00 Se og betal Eller scan koden "
            "med telefonen. Har du spørgsmål? Svar blot på denne e-mail. Praksis Vest",
            "Aftale den 10. november 2026 kl. 10.00",
        )

    def test_forms_in_norwegian(self):
        for model, view_type, words in (
            ("calendar.event", "form", ("Betaling", "Opprett faktura")),
            ("res.partner", "form", ("Fakturaer", "Oppgjorte", "Som klinikken har")),
            ("konfidens.payment.message.wizard", "form", ("Send nå", "Send senere")),
        ):
            arch = (
                self.env[model]
                .with_context(lang="nb_NO")
                .get_view(view_type=view_type)["arch"]
            )
            for word in words:
                self.assertIn(word, arch)

    def test_statuses_in_norwegian(self):
        labels = dict(
            self.env["calendar.event"]
            .with_context(lang="nb_NO")
            .fields_get(["payment_status"])["payment_status"]["selection"]
        )
        self.assertEqual(labels["external"], "Eksternt fakturert")
        self.assertEqual(labels["attention"], "Må følges opp")

    def test_every_choice_is_in_the_users_language(self):
        for lang in LANGUAGES:
            file = file_path(f"konfidens_payments/i18n/{lang[:2]}.po")
            words = {entry.msgid: entry.msgstr for entry in polib.pofile(file)}
            for name, model in self.env.items():
                ours = [
                    field.name
                    for field in model._fields.values()
                    if field._module == "konfidens_payments"
                    and field.type == "selection"
                ]
                if not ours or model._abstract:
                    continue
                model = model.sudo()
                english, theirs = (
                    model.with_context(lang=one).fields_get(ours, ["selection"])
                    for one in ("en_US", lang)
                )
                for field in english:
                    found = dict(theirs[field]["selection"])
                    for value, label in english[field]["selection"]:
                        with self.subTest(lang=lang, field=f"{name}.{field}"):
                            # what Odoo has translated itself is not in our file
                            expected = words.get(label) or found[value]
                            self.assertEqual(found[value], expected)

    def test_errors_in_norwegian(self):
        move = self.draft().with_context(lang="nb_NO")
        self.client.email = False
        self.assertEqual(
            move._get_message_problem("email"),
            "Kari Nordmann har ingen e-postadresse. Legg den inn på kontakten først.",
        )

    def test_every_term_of_the_sources_is_in_the_files(self):
        """After a change of words: ./dev translations, then translate what it lists."""
        exported = io.BytesIO()
        trans_export(False, ["konfidens_payments"], exported, "po", self.env)
        sources = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
        for name in ("konfidens_payments.pot", "nb.po", "sv.po", "da.po"):
            file = polib.pofile(file_path(f"konfidens_payments/i18n/{name}"))
            terms = file if name.endswith(".pot") else file.translated_entries()
            self.assertEqual(sources, {entry.msgid for entry in terms}, name)
