from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import PaymentsCommon

BOOKING = "konfidens.payment.booking"
RUN = "konfidens.payment.run"


@freeze_time("2026-11-22 09:00:00")
@tagged("post_install", "-at_install")
class TestOwnDefaults(PaymentsCommon):
    """What users chose for own forms is not in what is made for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.hire("clerk", "base.group_user")
        cls.other = cls.env["res.partner"].create({"name": "Somebody"})
        cls.colleague = cls.hire(
            "colleague", "base.group_user", "konfidens_payments.group_payments_user"
        )

    def set_default(self, user, model, **values):
        for name, value in values.items():
            self.env["ir.default"].with_user(user).set(model, name, value, user_id=True)

    def test_of_a_booking_that_follows_from_a_guest(self):
        self.set_default(
            self.clerk,
            BOOKING,
            price=7777.0,
            payer_id=self.other.id,
            invoicing_method="automatic",
            active=False,
            external_reference="X",
            attendance="no_show",
        )
        own = Command.set(self.practitioner.partner_id.ids)
        event = self.book(partner_ids=[own], service_id=False)
        event.with_user(self.clerk).partner_ids = [Command.link(self.client.id)]
        booking = self.booking_of(event)
        self.assertTrue(booking.active)
        self.assertEqual((booking.payer_id, booking.price), (self.client, 0.0))
        self.assertNotEqual(booking.invoicing_method, "automatic")
        self.assertFalse(booking.external_reference)
        self.assertEqual(booking.attendance, "planned")

    def test_what_others_make_for_somebody_keeps_them(self):
        self.set_default(self.clerk, "res.partner", comment="Mine")
        partner = self.env["res.partner"].with_user(self.clerk).sudo()
        self.assertIn("Mine", partner.create({"name": "Somebody"}).comment)

    def test_of_an_invoice(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "77777777777", "partner_id": self.practitioner.partner_id.id}
        )
        self.set_default(
            self.practitioner,
            "account.move",
            partner_bank_id=bank.id,
            narration="Pay me",
            payment_reference="Mine",
        )
        self.set_default(self.practitioner, "account.move.line", discount=50.0)
        event = self.book(service_id=self.service.id)
        self.as_practitioner(event).action_create_invoice()
        move = self.booking_of(event).invoice_id
        self.assertEqual(move.amount_total, 1250.0)
        self.assertNotEqual(move.partner_bank_id, bank)
        self.assertNotIn("Pay me", move.narration or "")
        self.assertNotEqual(move.payment_reference, "Mine")

    def test_of_a_billing_run(self):
        foreign = self.booking_of(self.book_externally())
        mine = self.booking_of(
            self.book_externally(
                user_id=self.colleague.id,
                partner_ids=[
                    Command.set((self.client + self.colleague.partner_id).ids)
                ],
            )
        )
        self.assertEqual(mine.user_id, self.colleague)
        self.set_default(
            self.colleague,
            RUN,
            state="running",
            user_id=self.practitioner.id,
            line_ids=[[0, 0, {"booking_id": foreign.id, "result": "billed"}]],
        )
        action = mine.with_user(self.colleague).action_prepare_billing_run()
        run = self.env[RUN].browse(action["res_id"])
        self.assertEqual((run.state, run.user_id), ("draft", self.colleague))
        self.assertNotIn(foreign, run.line_ids.booking_id)

    def test_of_a_payment_at_the_desk(self):
        self.set_default(
            self.practitioner, "account.payment", payments_settled_amount=1250.0
        )
        move = self.draft()
        payment = self.env["account.payment"].with_user(self.practitioner).sudo()
        made = payment.create(
            {"amount": 1250.0, "partner_id": move.partner_id.id, "date": "2026-11-22"}
        )
        self.assertFalse(made.payments_settled_amount)

    def test_what_holds_for_everybody_holds_here(self):
        self.env["ir.default"].set("account.move", "narration", "Thank you")
        event = self.book(service_id=self.service.id)
        self.as_practitioner(event).action_create_invoice()
        self.assertIn("Thank you", self.booking_of(event).invoice_id.narration)

    # === SWITCHES OF ODOO'S === #

    def test_invoice_is_whole_whatever_is_sent_along(self):
        switches = dict.fromkeys(
            ("skip_invoice_sync", "skip_account_move_synchronization"), True
        )
        event = self.book(service_id=self.service.id)
        self.as_practitioner(event).with_context(**switches).action_create_invoice()
        booking = self.booking_of(event)
        self.assertEqual(booking.invoice_id.amount_total, 1250.0)
        self.as_practitioner(booking).with_context(**switches).price = 900.0
        move = booking.invoice_id
        self.assertEqual(move.amount_total, 900.0)
        self.as_practitioner(move).with_context(**switches).action_complete_invoice()
        receivable = move.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        self.assertEqual(receivable.debit, 900.0)

    # === PRESSED ONCE MORE === #

    def test_create_invoice_opens_what_is_there_however_often(self):
        event = self.book(service_id=self.service.id)
        # as in the web client: with followers and notes, which tests leave out
        env = self.env(user=self.practitioner.id, context={})
        mine, booking = event.with_env(env), self.booking_of(event).with_env(env)
        first = mine.action_create_invoice()
        for press in (mine.action_create_invoice, booking.action_create_invoice) * 2:
            self.assertEqual(press()["res_id"], first["res_id"])
        nowhere = self.env["mail.followers"].search_count([("res_id", "=", 0)])
        self.assertFalse(nowhere)

    # === WHAT WOULD LOSE OR STOP ALL === #

    def test_method_is_not_taken_away(self):
        event = self.book(service_id=self.service.id)
        booking = self.booking_of(event)
        for record in (event, booking):
            with self.assertRaisesRegex(UserError, "Choose how it is billed"):
                self.as_practitioner(record).invoicing_method = False
        self.assertEqual(booking.payment_status, "to_invoice")

    def test_the_end_of_time_stops_no_list(self):
        event = self.book(service_id=self.service.id)
        booking = self.booking_of(event)
        event.with_user(self.clerk).write(
            {"start": "9999-12-15 10:00:00", "stop": "9999-12-15 11:00:00"}
        )
        read = self.as_practitioner(booking).read(
            ["invoice_deadline", "payment_next_step", "display_name"]
        )
        self.assertTrue(read[0]["invoice_deadline"])
        move = self.draft()
        self.send(move, send_mode="later", scheduled_date="9999-12-31 23:30:00")
        self.assertTrue(self.as_practitioner(move.booking_ids).payment_next_step)

    def test_what_payments_need_is_not_deleted(self):
        for xmlid in (
            "mail_template_payment",
            "mail_template_appointment",
            "sms_template_payment",
            "mail_activity_payment",
        ):
            record = self.env.ref(f"konfidens_payments.{xmlid}")
            with self.subTest(xmlid), self.assertRaisesRegex(UserError, "needs"):
                record.unlink()
