from datetime import date, datetime, timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .run_common import RunCommon

NO_MESSAGE = "Nothing yet: you send them from the drafts."


@tagged("post_install", "-at_install")
class TestRunRehearsal(RunCommon):
    """What the rehearsal counts, and that it changes nothing."""

    def shown(self, run, group):
        """Return the bookings that the button of a group opens."""
        action = run.with_context(konfidens_payments_group=group).action_view_group()
        self.assertEqual(action["res_model"], "konfidens.payment.booking")
        bookings = self.env[action["res_model"]].with_context(**action["context"])
        return bookings.search(action["domain"])

    def book_nobody(self):
        """Return a booking of a meeting of colleagues, without a client."""
        guests = [Command.set(self.practitioner.partner_id.ids)]
        event = self.book(partner_ids=guests, start=datetime(2026, 3, 2, 8))
        return self.env["konfidens.payment.booking"].create(
            {
                "event_id": event.id,
                "service_id": self.service.id,
                "invoicing_method": "external",
            }
        )

    def test_counts_what_will_be_billed(self):
        bookings = self.book_many(2) + self.book_many(1, payer_id=self.other_payer.id)
        run = self.prepare(bookings)
        with self.assert_nothing_changes(*bookings):
            self.assertRecordValues(
                run,
                [
                    {
                        "state": "draft",
                        "booking_count": 3,
                        "billable_count": 3,
                        "payer_count": 2,
                        "skipped_count": 0,
                        "sending_summary": NO_MESSAGE,
                    }
                ],
            )
            self.assertIn("3,750.00", run.amount_summary)
        self.assertEqual(self.shown(run, "billable"), bookings.sorted("start"))

    def test_counts_each_reason_with_its_bookings(self):
        nobody = self.env["res.partner"].create({"name": "Without address"})
        other = self.env["res.company"].create({"name": "Other"})
        (self.env.user + self.practitioner).company_ids += other
        expected = {
            "cancelled": self.book_many(1, active=False),
            "invoiced": self.book_many(1),
            "other_company": self.book_many(1),
            "cutoff": self.book_many(2, datetime(2025, 12, 30, 9, 0)),
            "no_client": self.book_nobody(),
            "no_service": self.book_many(1, service_id=False),
            "no_price": self.book_many(1, price=0.0),
            "no_address": self.book_many(1, payer_id=nobody.id),
            "billable": self.book_many(3),
        }
        expected["invoiced"].action_create_invoice()
        expected["other_company"].company_id = other
        bookings = self.env["konfidens.payment.booking"].concat(*expected.values())
        bookings = bookings.with_context(allowed_company_ids=(self.company + other).ids)
        run = self.prepare(bookings, send_mode="now", cutoff_date=date(2026, 1, 1))
        for group, found in expected.items():
            with self.subTest(group=group):
                self.assertEqual(self.shown(run, group), found.sorted("start", True))
        counts = {group: len(found) for group, found in expected.items()}
        self.assertEqual(run.billable_count, counts.pop("billable"))
        self.assertEqual(self.left_out(run), counts)
        self.assertEqual(run.booking_count, len(bookings))
        self.assertEqual(run.skipped_count, len(bookings) - 3)

    def test_drafts_need_no_address(self):
        self.client.email = False
        run = self.prepare(self.book_many(1))
        self.assertEqual(run.billable_count, 1)
        run.send_mode = "now"
        self.assertEqual(run.billable_count, 0)
        self.assertEqual(self.left_out(run), {"no_address": 1})

    def test_one_address_of_both_channels_is_enough(self):
        by_phone = self.env["res.partner"].create(
            {"name": "Phone", "phone": "+47 900 00 001"}
        )
        mail, phone = self.book_many(1), self.book_many(1, payer_id=by_phone.id)
        run = self.prepare(mail + phone, send_mode="now")
        for channel, unreachable in (
            ("email", phone),
            ("sms", mail),
            ("both", mail.browse()),
        ):
            run.channel = channel
            self.assertEqual(self.shown(run, "no_address"), unreachable, channel)
        run.action_run()
        messages = (mail + phone).invoice_id.payment_message_ids
        self.assertEqual(messages.mapped("channel"), ["both", "both"])

    def test_chosen_service_prices_bookings_without_one(self):
        plain = self.book_many(2, service_id=False)
        typed = self.book_many(1, service_id=False, price=700.0)
        run = self.prepare(plain + typed)
        self.assertEqual(self.left_out(run), {"no_service": 3})
        run.service_id = self.service
        self.assertEqual(run.billable_count, 3)
        self.assertIn("3,200.00", run.amount_summary)

    def test_chosen_service_is_priced_by_the_payers_pricelist_and_day(self):
        self.env["product.pricelist"].search([]).active = False
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Summer",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 0.0,
                            "date_start": datetime(2026, 6, 1),
                        }
                    )
                ],
            }
        )
        self.env.user.group_ids += self.env.ref("product.group_product_pricelist")
        self.client.property_product_pricelist = pricelist
        spring = self.book_many(1, datetime(2026, 5, 4, 9), service_id=False)
        summer = self.book_many(1, datetime(2026, 6, 8, 9), service_id=False)
        run = self.prepare(spring + summer, service_id=self.service.id)
        self.assertEqual(run.billable_count, 1)
        self.assertEqual(self.left_out(run), {"no_price": 1})
        self.assertEqual(self.shown(run, "no_price"), summer)
        run.action_run()
        self.assertEqual(self.results(run)[summer], ("skipped", "no_price"))
        self.assertEqual(spring.invoice_id.amount_total, 1250.0)
        self.assertFalse(summer.service_id)

    def test_first_day_begins_at_the_users_midnight(self):
        self.practitioner.tz = "Europe/Oslo"
        late = self.book_many(1, datetime(2026, 1, 31, 22, 30))  # 23:30 in Oslo
        early = self.book_many(1, datetime(2026, 1, 31, 23, 30))  # 00:30 in Oslo
        run = self.prepare(
            self.as_practitioner(late + early), cutoff_date=date(2026, 2, 1)
        )
        self.assertEqual(self.shown(run, "cutoff"), late)
        self.assertEqual(self.shown(run, "billable"), early)

    def test_amounts_in_each_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        bookings = self.book_many(2)
        bookings[0].sudo().currency_id = euro
        run = self.prepare(bookings)
        self.assertEqual(run.amount_summary.count("1,250.00"), 2)
        self.assertIn("€", run.amount_summary)

    @freeze_time("2026-03-02 10:00:00")
    def test_says_when_messages_go(self):
        self.env.user.tz = "UTC"
        run = self.prepare(self.book_many(4), send_mode="now")
        self.assertEqual(run.sending_summary, "E-mail: 4, at once.")
        run.hourly_limit = 2
        self.assertEqual(run.sending_summary, "E-mail: 4, the last one today 11:30 AM.")
        run.write({"send_mode": "timing", "hourly_limit": 0})
        # the last one ends at 12:00, and its message goes 15 minutes later
        self.assertEqual(run.sending_summary, "E-mail: 4, the last one today 12:15 PM.")
        run.write({"send_mode": "later", "scheduled_date": datetime(2026, 3, 3, 9, 0)})
        self.assertEqual(
            run.sending_summary, "E-mail: 4, the last one tomorrow 9:00 AM."
        )
        self.company.payments_together = True
        run.invalidate_recordset(["sending_summary"])
        self.assertEqual(
            run.sending_summary,
            "E-mail: 4, the last one tomorrow 9:00 AM. "
            "What is due together for one payer is one message.",
        )

    def test_form_shows_what_a_choice_means_before_it_is_saved(self):
        self.client.email = False
        run = self.prepare(self.book_many(1))
        with Form(run) as form:
            self.assertEqual(form.billable_count, 1)
            form.send_mode = "timing"
            self.assertEqual(self.left_out(form), {"no_address": 1})
            self.assertEqual(form.billable_count, 0)

    def test_number_of_queries_does_not_grow_with_bookings(self):
        def queries(count):
            run = self.prepare(self.book_many(count), send_mode="timing")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(run.billable_count, count)
            self.assertTrue(run.sending_summary)
            return self.cr.sql_log_count - before

        queries(1)  # warm
        self.assertEqual(queries(60), queries(2))

    # === WHERE IT BEGINS === #

    def test_from_clients_with_all_their_externally_billed_bookings(self):
        bookings = self.book_many(2)
        self.book_many(1, invoicing_method="manual")
        self.book_many(1, partner_ids=[Command.set(self.other_payer.ids)])
        action = self.client.action_prepare_billing_run()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(run.booking_ids, bookings.sorted("start", True))
        with self.assertRaisesRegex(UserError, "no externally billed booking here"):
            self.env["res.partner"].create({"name": "New"}).action_prepare_billing_run()

    def test_from_all_externally_billed_bookings(self):
        bookings = self.book_many(2)
        action = self.env["konfidens.payment.run"].action_prepare_for_all()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertLessEqual(bookings, run.booking_ids)
        self.assertEqual(set(run.booking_ids.mapped("invoicing_method")), {"external"})

    def test_all_of_them_from_the_activation_until_today(self):
        self.company.payments_activated_on = "2026-11-10 09:00:00"
        for start in (
            datetime(2026, 11, 9, 22, 30),
            datetime(2026, 11, 10, 8),
            datetime(2026, 11, 25, 23, 30),
            datetime(2026, 11, 26, 8),
        ):
            self.book_many(1, start)
        with freeze_time("2026-11-25 09:00:00"):
            runs = self.env["konfidens.payment.run"]
            self.env.user.tz = "Europe/Oslo"  # days are those of who looks
            action = runs.action_prepare_for_all()
            run = runs.browse(action["res_id"])
        self.assertEqual(
            (run.cutoff_date, run.until_date), (date(2026, 11, 10), date(2026, 11, 25))
        )
        left_out = self.left_out(run)
        self.assertEqual((left_out["cutoff"], left_out["until"]), (1, 2))
        run.write({"cutoff_date": False, "until_date": False})
        self.assertFalse(self.left_out(run).keys() & {"cutoff", "until"})

    def test_asks_with_how_many_people_get_a_message_now(self):
        run = self.prepare(self.book_many(2), send_mode="now")
        action = run.action_ask_to_run()
        self.assertEqual(action["target"], "new")
        arch = run.get_view(action["views"][0][0], "form")["arch"]
        for name in ("payer_count", "action_run"):
            self.assertIn(f'name="{name}"', arch)
        self.assertEqual(run.state, "draft")

    def test_server_actions_open_the_rehearsal(self):
        bookings = self.book_many(2)
        for name, records in (("bookings", bookings), ("clients", self.client)):
            server_action = self.env.ref(
                f"konfidens_payments.action_prepare_billing_run_{name}"
            )
            action = server_action.with_context(
                active_model=records._name, active_ids=records.ids
            ).run()
            self.assertEqual(action["res_model"], "konfidens.payment.run")
            run = self.env[action["res_model"]].browse(action["res_id"])
            self.assertLessEqual(bookings, run.booking_ids)
            self.assertEqual(
                server_action.binding_view_types, "list,form", server_action.name
            )

    def test_rehearsals_are_forgotten_after_a_day(self):
        run = self.prepare(self.book_many(1))
        ran = self.start(self.book_many(1))
        with freeze_time(datetime.now() + timedelta(days=2)):
            self.env["konfidens.payment.run"].sudo()._gc_rehearsals()
        self.assertFalse(run.exists())
        self.assertTrue(ran.exists())
