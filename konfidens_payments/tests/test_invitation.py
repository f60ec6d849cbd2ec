from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import PaymentsCommon

DIALOG = "calendar.view_event_delete_wizard_form"
SECRETS = ("Depression", "third talk", "Very private", "Trauma", "Berit Other")


@tagged("post_install", "-at_install")
class TestInvitation(PaymentsCommon, HttpCase):
    """What the calendar itself tells clients: when, where, with whom; not what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Berit Other", "email": "berit@example.com", "lang": "en_US"}
        )
        cls.start = (cls.env.cr.now() + timedelta(days=30)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )

    def invite(self, **values):
        """Return a booking with invitations, planned by the practitioner."""
        values = {
            "name": "Depression, third talk",
            "description": "<p>Very private</p>",
            "location": "Storgata 1",
            "start": self.start,
            "stop": self.start + timedelta(hours=1),
            "partner_ids": [(6, 0, (self.client + self.practitioner.partner_id).ids)],
            "service_id": self.service.id,
            **values,
        }
        events = self.env["calendar.event"].with_user(self.practitioner)
        with self.mock_mail_gateway():
            booking = events.with_context(mail_notify_author=False).create([values])
        return booking

    def mails_to(self, partner):
        """Return the mails just sent to this partner: subject, text and .ics in one."""
        texts = []
        for mail in self._mails:
            if partner.email in mail["email_to"][0]:
                files = [
                    content if isinstance(content, str) else content.decode()
                    for _name, content, _type in mail["attachments"]
                ]
                texts.append("\n".join([mail["subject"], mail["body"], *files]))
        return texts

    def assert_neutral(self, partner, *words):
        """Check the one mail that this partner got; return it."""
        [text] = self.mails_to(partner)
        for secret in SECRETS:
            self.assertNotIn(secret, text)
        unfolded = text.replace("\r\n ", "")
        for word in words:
            self.assertIn(word, unfolded)
        return unfolded

    def test_invitation(self):
        booking = self.invite()
        text = self.assert_neutral(
            self.client,
            "Your appointment",
            booking.public_date,
            "With Per Practitioner",
            "Storgata 1",
            "/calendar/meeting/accept",
            "BEGIN:VCALENDAR",
            "SUMMARY:Appointment at Praksis Vest",
            f"DTSTART:{self.start:%Y%m%dT%H%M%SZ}",
        )
        self.assertNotIn("ATTENDEE", text)

    def test_client_reads_it_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        self.client.lang = "nb_NO"
        booking = self.invite()
        date = booking.with_context(lang="nb_NO").public_date
        self.assertNotEqual(date, booking.public_date)
        self.assert_neutral(self.client, date)

    def test_group_does_not_name_its_other_members(self):
        guests = self.client + self.other + self.practitioner.partner_id
        self.invite(partner_ids=[(6, 0, guests.ids)])
        text = self.assert_neutral(self.client)
        self.assertNotIn("berit@example.com", text)
        [text] = self.mails_to(self.other)
        self.assertNotIn("Kari", text)

    def test_colleagues_get_what_odoo_sends(self):
        self.accountant.email = "anne@praksisvest.example.com"
        guests = self.client + self.accountant.partner_id
        self.invite(partner_ids=[(6, 0, guests.ids)])
        [text] = self.mails_to(self.accountant.partner_id)
        self.assertIn("Invitation to Depression, third talk", text)
        self.assert_neutral(self.client)

    def test_practice_without_payments_gets_what_odoo_sends(self):
        self.company.payments_active = False
        self.invite()
        [text] = self.mails_to(self.client)
        self.assertIn("Invitation to Depression, third talk", text)

    def test_moved(self):
        booking = self.invite()
        with self.mock_mail_gateway():
            booking.write(
                {
                    "start": self.start + timedelta(days=1),
                    "stop": self.start + timedelta(days=1, hours=1),
                }
            )
        self.assert_neutral(
            self.client, "New time of your appointment", booking.public_date
        )

    def test_reminder(self):
        alarm = self.env["calendar.alarm"].create(
            {
                "name": "A day before",
                "alarm_type": "email",
                "duration": 1,
                "interval": "days",
            }
        )
        booking = self.invite(alarm_ids=[(6, 0, alarm.ids)])
        with self.mock_mail_gateway():
            booking.attendee_ids.sudo()._notify_attendees(alarm.mail_template_id)
            self.env["mail.mail"].sudo().process_email_queue()
        self.assert_neutral(self.client, "Your appointment")

    def test_reminder_by_sms(self):
        booking = self.invite()
        self.client.phone = "+47 400 00 000"
        booking.sudo()._message_sms_with_template(
            template_fallback="Event reminder: {{ object.name }}",
            partner_ids=self.client.ids,
            put_in_queue=True,
        )
        sms = self.env["sms.sms"].sudo().search([], limit=1, order="id desc")
        self.assertEqual(sms.body, f"Appointment {booking.public_date}")

    def test_cancelled(self):
        booking = self.invite()
        action = booking.action_unlink_event()
        wizard = (
            self.env["calendar.popover.delete.wizard"]
            .with_user(self.practitioner)
            .with_context(**action["context"])
            .create({})
        )
        for secret in SECRETS:
            self.assertNotIn(secret, f"{wizard.subject} {wizard.body}")
        self.assertIn(f"Hello {self.client.name},", wizard.body)
        with self.mock_mail_gateway():
            wizard.action_send_mail_and_delete()
        greeting = f"Hello {self.client.name},"
        self.assert_neutral(self.client, "Cancelled: your appointment", greeting)
        self.assertFalse(booking.exists())

    def cancel(self, booking, change=None, recurrence=False):
        """Delete an appointment in Odoo's dialog, after this function changed it."""
        organizer = booking.partner_id.id
        context = booking.action_unlink_event(organizer, recurrence)["context"]
        wizards = self.env["calendar.popover.delete.wizard"].with_context(**context)
        with Form(wizards.with_user(self.practitioner), DIALOG) as form:
            if change:
                change(form)
        wizard = form.record
        wizard.invalidate_recordset()  # its button is a request of its own
        with self.mock_mail_gateway():
            wizard.action_send_mail_and_delete()
        self.assertFalse(booking.exists())

    def test_cancelled_in_the_words_of_who_cancels(self):
        def write(form):
            form.subject = "I am ill"
            form.body = "<p>I call you on Monday.</p>"

        self.cancel(self.invite(), write)
        text = self.assert_neutral(self.client, "I am ill", "I call you on Monday.")
        self.assertNotIn("this appointment was cancelled", text)

    def test_nothing_is_sent_where_nothing_is_written(self):
        booking = self.invite()
        refused = "Write a subject and a text that Kari Nordmann gets"
        for emptied in ("subject", "body"):
            with self.assertRaisesRegex(UserError, refused), self.cr.savepoint():
                self.cancel(booking, lambda form, name=emptied: setattr(form, name, ""))
            self.assertFalse(self.mails_to(self.client))

    def test_of_a_series_all_that_are_cancelled_are_named(self):
        self.client.lang = "nb_NO"
        weeks = {"recurrency": True, "rrule_type": "weekly", "end_type": "count"}
        day = self.start.strftime("%a").lower()
        for count, skipped, chosen, named in (
            (4, 1, "next", 3),
            (4, 1, "future_events", 3),
            (4, 2, "all", 4),
            (4, 2, "all_events", 4),
            (4, 1, "one", 1),
            (4, 1, "self_only", 1),
            (20, 0, "next", 12),
        ):
            with self.subTest(count=count, chosen=chosen), self.undone():
                first = self.invite(**weeks, count=count, **{day: True})
                series = first.recurrence_id.calendar_event_ids.sorted("start")
                dates = series.with_context(lang="nb_NO").mapped("public_date")
                going = dates if chosen.startswith("all") else dates[skipped:]
                going = going[:1] if chosen in ("one", "self_only") else going
                self.cancel(series[skipped], recurrence=chosen)
                text = self.assert_neutral(self.client, "Avlyst", *going[:named])
                for date in set(dates) - set(going[:named]) - {going[-1]}:
                    self.assertNotIn(date, text)
                rest = f"og {len(going) - named} til, den siste {going[-1]}"
                self.assertEqual(rest in text, len(going) > named)
                more = f"og {len(going) - 1} til" in text.splitlines()[0]
                self.assertEqual(more, len(going) > 1)
                self.assertEqual(len(series.exists()), len(dates) - len(going))

    def test_of_a_series_what_is_over_is_not_named(self):
        weeks = {"recurrency": True, "rrule_type": "weekly", "end_type": "count"}
        start = self.start - timedelta(days=42)
        values = {"start": start, "stop": start + timedelta(hours=1), "count": 8}
        day = start.strftime("%a").lower()
        first = self.invite(**weeks, **values, **{day: True})
        series = first.recurrence_id.calendar_event_ids.sorted("start")
        over = series.filtered(lambda event: event.stop < self.now())
        self.assertTrue(over and series - over)
        dates, gone = (series - over).mapped("public_date"), over.mapped("public_date")
        self.cancel(first, recurrence="all")
        text = self.assert_neutral(self.client, *dates)
        for date in gone:
            self.assertNotIn(date, text)

    def test_who_may_not_delete_it_tells_nobody(self):
        booking = self.invite(privacy="private")
        nobody = self.hire("nobody", "base.group_user")
        wizards = self.env["calendar.popover.delete.wizard"].with_user(nobody)
        wizard = wizards.with_context(
            default_calendar_event_id=booking.id, default_subject="Go away"
        ).create({"body": "<p>Go away</p>"})
        with self.mock_mail_gateway(), self.assertRaises(AccessError):
            wizard.action_send_mail_and_delete()
        self.assertFalse(self._mails)
        self.assertTrue(booking.exists())
        # nor does the dialog say with whom it is
        template = "konfidens_payments.mail_template_appointment_cancelled"
        read = wizards.with_context(
            default_calendar_event_id=booking.id,
            default_template_id=self.env.ref(template).id,
        ).create({})
        self.assertIn("was cancelled", read.body)
        self.assertNotIn(self.client.name, f"{read.subject} {read.body}")

    def test_who_may_not_delete_all_of_a_series_tells_nobody(self):
        weeks = {"recurrency": True, "rrule_type": "weekly", "end_type": "count"}
        first = self.invite(
            **weeks, count=3, **{self.start.strftime("%a").lower(): True}
        )
        series = first.recurrence_id.calendar_event_ids.sorted("start")
        series[2].with_user(self.practitioner).write(
            {"recurrence_update": "self_only", "privacy": "private"}
        )
        nobody = self.hire("nobody", "base.group_user")
        for chosen in ("all", "all_events", "next", "future_events"):
            with self.subTest(chosen), self.mock_mail_gateway():
                wizard = (
                    self.env["calendar.popover.delete.wizard"]
                    .with_user(nobody)
                    .with_context(
                        default_calendar_event_id=first.id, default_recurrence=chosen
                    )
                    .create({"subject": "Go away", "body": "<p>Go away</p>"})
                )
                with self.assertRaises(AccessError):
                    wizard.action_send_mail_and_delete()
                self.assertFalse(self._mails)
                self.assertEqual(len(series.exists()), 3)

    def test_who_is_taken_off_reads_nothing_of_it(self):
        both = (self.client + self.other).ids
        booking = self.invite(partner_ids=[Command.set(both)], service_id=False)
        self.cancel(booking, lambda form: form.recipient_ids.remove(self.client.id))
        self.assertFalse(self.mails_to(self.client))
        self.assertEqual(len(self.mails_to(self.other)), 1)

    def test_several_are_each_written_to_by_name(self):
        both = (self.client + self.other).ids
        booking = self.invite(partner_ids=[Command.set(both)], service_id=False)

        def write(form):
            for name in ("subject", "body"):
                with self.assertRaisesRegex(AssertionError, "readonly"):
                    form[name] = "Dear Kari"

        self.cancel(booking, write)
        [text] = self.mails_to(self.other)
        self.assertIn(f"Hello {self.other.name},", text)

    def test_each_reads_in_the_own_language_that_it_is_cancelled(self):
        self.client.lang = "nb_NO"
        both = (self.client + self.other).ids
        self.cancel(self.invite(partner_ids=[Command.set(both)], service_id=False))
        self.assert_neutral(self.client, f"Hei, {self.client.name}!")
        [text] = self.mails_to(self.other)
        self.assertIn(f"Hello {self.other.name},", text)
        self.assertNotIn(self.client.name, text)

    def test_messages_to_those_who_follow(self):
        booking = self.invite()
        with self.mock_mail_gateway():
            booking.message_post(
                body="See you",
                partner_ids=self.client.ids,
                subtype_xmlid="mail.mt_comment",
            )
        self.assert_neutral(self.client, "See you", booking.public_date)
        composer = booking.action_open_composer()
        self.assertFalse(composer["context"]["default_template_id"])

    def test_addresses_of_the_others(self):
        booking = self.invite(
            partner_ids=[Command.set((self.client + self.other).ids)], service_id=False
        )
        composer = booking.action_open_composer()
        with self.mock_mail_gateway():
            booking.message_post(
                body="See you",
                partner_ids=(self.client + self.other).ids,
                subtype_xmlid="mail.mt_comment",
            )
            self.env["mail.compose.message"].with_user(self.practitioner).with_context(
                **composer["context"]
            ).create(
                {"body": "Bring your papers", "subject": "Papers"}
            )._action_send_mail()
        self.assertEqual(len(self._mails), 4)
        for mail in self._mails:
            self.assertEqual(len(mail["email_to"]), 1)
            self.assertNotIn("X-Msg-To-Add", mail["headers"])

    def test_chatter_is_closed_to_clients_with_a_login(self):
        kari, other = (
            new_test_user(
                self.env,
                partner.email,
                groups="base.group_portal",
                partner_id=partner.id,
                name=partner.name,
                email=partner.email,
            )
            for partner in (self.client, self.other)
        )
        booking = self.invite(partner_ids=[Command.set((kari + other).partner_id.ids)])
        with self.mock_mail_gateway():
            booking.sudo().attendee_ids.filtered(
                lambda attendee: attendee.partner_id == self.other
            ).do_decline()
            booking.message_post(
                body="Berit Other is ill", subtype_xmlid="mail.mt_note"
            )
            booking.message_post(
                body="See you",
                partner_ids=(self.client + self.other).ids,
                subtype_xmlid="mail.mt_comment",
            )
        messages = booking.message_ids
        self.assertIn("Berit Other has declined", " ".join(messages.mapped("body")))
        self.env.flush_all()
        self.env.invalidate_all()
        theirs = messages.with_user(kari)
        self.assertFalse(
            theirs.search_read(
                [("model", "=", "calendar.event")], ["body", "record_name"]
            )
        )
        self.assertFalse(theirs.search([("id", "in", messages.ids)]))
        for message in theirs:
            for name in ("body", "record_name", "display_name"):
                with self.assertRaises(AccessError):
                    message.read([name])
        notices = (
            self.env["mail.notification"]
            .sudo()
            .search([("mail_message_id", "in", messages.ids)])
        )
        self.env.invalidate_all()
        shown = str(
            notices.with_user(kari).sudo().mapped("mail_message_id.record_name")
        )
        self.assertIn("Appointment", shown)
        self.assertNotIn("Depression", shown)
        self.env.invalidate_all()
        colleague = messages.with_user(self.practitioner)
        self.assertEqual(set(colleague.mapped("record_name")), {booking.name})

    def test_page_behind_the_invitation(self):
        booking = self.invite(
            partner_ids=[(6, 0, (self.client + self.other).ids)],
        )
        attendee = booking.sudo().attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.client
        )
        self.env.flush_all()
        page = self.url_open(
            f"/calendar/meeting/accept?token={attendee.access_token}&id={booking.id}"
        ).text
        self.assertIn("Appointment at Praksis Vest", page)
        self.assertIn("Yes I'm going.", page)
        self.assertIn("Storgata 1", page)
        self.assertIn(booking.public_date, page)
        for secret in SECRETS:
            self.assertNotIn(secret, page)

    def test_name_of_the_video_call(self):
        booking = self.invite()
        booking._create_videocall_channel()
        self.assertEqual(
            booking.sudo().videocall_channel_id.name, "Appointment at Praksis Vest"
        )
