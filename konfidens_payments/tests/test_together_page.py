from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException

from .pay_link_common import PayLinkCommon
from .together_common import TogetherCommon


@tagged("post_install", "-at_install")
class TestTogetherPage(TogetherCommon, PayLinkCommon):
    """The page of the pay link where one message told of several invoices."""

    given_by = "together"

    def together(self, count=3):
        """Return drafts, and the one message that has told of them."""
        moves = self.drafts(count)
        return moves, self.hand_over(moves)

    def test_opening_completes_all_of_them_once(self):
        moves, message = self.given
        self.assert_page(
            message,
            "to_pay",
            "To pay",
            "$ 3,750.00",
            "November 10, 2026 at 10:00 AM $ 1,250.00",
            "November 12, 2026 at 10:00 AM $ 1,250.00",
        )
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(message.state, "delivered")
        self.assertIn("Pay link opened", message.evidence)
        self.assertEqual(set(moves.booking_ids.mapped("payment_status")), {"unpaid"})
        with self.assert_nothing_changes(moves[0], moves[1], message):
            page = self.assert_page(message, "to_pay", "$ 3,750.00")
        for move in moves:
            self.assertIn(move.name, page)

    def test_own_link_of_one_shows_that_one_and_completes_all(self):
        moves, message = self.given
        page = self.assert_page(moves[2], "to_pay", "$ 1,250.00")
        self.assertNotIn("3,750", page)
        self.assertNotIn(message.pay_token, page)
        self.assertEqual(set(moves.mapped("state")), {"posted"})

    def test_staff_and_head_requests_change_nothing(self):
        moves, message = self.together(2)
        with self.assert_nothing_changes(*moves, message):
            self.open(message, "HEAD")
            self.authenticate("practitioner", "practitioner")
            self.assert_page(message, "preparing", "are being prepared")

    def test_somebody_else_is_at_one_of_them(self):
        moves, message = self.given
        model = self.env.registry["account.move"]
        with patch.object(
            model, "try_lock_for_update", lambda self, **_options: self[1:]
        ):
            page = self.assert_page(message, "preparing", "One moment")
        self.assertIn('http-equiv="refresh" content="3"', page)
        self.assertEqual(set(moves.mapped("state")), {"draft"})
        self.assertEqual(set(moves.mapped("payment_message_state")), {"sent"})

    def test_the_truth_of_each(self):
        moves, message = self.together(4)
        with self.mock_mail_gateway():
            self.send_due()
        moves[3].button_cancel()
        self.open(message)
        self.assertEqual(moves[3].state, "cancel")
        self.pay(moves[0])
        moves[1]._reverse_moves(cancel=True)
        page = self.assert_page(
            message,
            "to_pay",
            "$ 1,250.00",
            "Paid",
            "Credited: nothing to pay",
            "Cancelled: nothing to pay",
        )
        self.assertNotIn("2,500.00", page)
        booking = moves[1].booking_ids
        booking.action_create_invoice()
        self.assert_page(message, "to_pay", "Replaced by a newer invoice")
        self.pay(moves[2], amount=500.0)
        self.assert_page(message, "to_pay", "500.00 of $ 1,250.00 is paid", "$ 750.00")
        self.pay(moves[2])
        self.assert_page(message, "paid", "Paid. Thank you!")
        moves[0]._reverse_moves(cancel=True)
        moves[2]._reverse_moves(cancel=True)
        self.assert_page(message, "nothing", "There is nothing to pay")

    def test_what_others_pay_is_not_shown(self):
        moves, message = self.together(2)
        message._fail("Nobody confirmed that it arrived.")
        moves[1].partner_id = self.env["res.partner"].create({"name": "Other"})
        page = self.assert_page(message, "to_pay", "$ 1,250.00")
        self.assertNotIn("November 11", page)
        self.assertEqual(moves.mapped("state"), ["posted", "draft"])

    def test_one_that_cannot_be_completed_is_being_prepared(self):
        moves, message = self.together(2)
        account = moves[1].invoice_line_ids.account_id.sudo().copy()
        moves[1].invoice_line_ids.account_id = account
        account.active = False
        with self.assertLogs("odoo.addons.konfidens_payments.tools", "WARNING"):
            self.assert_page(message, "to_pay", "$ 1,250.00", "Is being prepared")
        self.assertEqual(moves.mapped("state"), ["posted", "draft"])
        account.active = True
        self.assert_page(message, "to_pay", "$ 2,500.00")

    def test_bank_account_and_references(self):
        self.company.partner_id.bank_ids.unlink()
        self.env["res.partner.bank"].create(
            {
                "acc_number": "8601 11 17947",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        moves, message = self.together(2)
        page = self.assert_page(message, "to_pay")
        self.assertEqual(page.count("8601 11 17947"), 1)
        for move in moves:
            self.assert_page(message, "to_pay", f"{move.payment_reference} $ 1,250.00")

    # === PAYING ALL AT ONCE === #

    def provide(self):
        """Let the practice have a payment provider; return it."""
        method = self.env.ref("payment.payment_method_unknown").sudo()
        form = self.env["ir.ui.view"].create(
            {"name": "Form", "type": "qweb", "arch": '<form action="dummy"/>'}
        )
        provider = self.env["payment.provider"].create(
            {
                "name": "Provider",
                "code": "none",
                "state": "test",
                "is_published": True,
                "company_id": self.company.id,
                "payment_method_ids": [Command.set(method.ids)],
                "redirect_form_view_id": form.id,
            }
        )
        method.active = True
        return provider

    def ask_to_pay(self, message, provider, amount, **values):
        return self.make_jsonrpc_request(
            f"/p/pay/{message.id}/transaction",
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[0].id,
                "token_id": None,
                "amount": amount,
                "flow": "redirect",
                "tokenization_requested": False,
                "landing_route": "https://example.com",
                "is_validation": False,
                "access_token": "",
                **values,
            },
        )

    def test_copy_for_tests_takes_no_payment(self):
        provider = self.provide()
        moves, message = self.together()
        self.assert_page(message, "to_pay", "Pay all")
        path = f"/p/{message.pay_token}"
        self.url_open(f"{path}/pay")
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "true")
        self.assert_page(message, "copy", "This is a copy for tests")
        form = self.url_open(f"{path}/pay")
        self.assertEqual(form.url, f"{self.base_url()}{path}")
        with self.assertRaisesRegex(JsonRpcException, "ValidationError"):
            self.ask_to_pay(message, provider, 3750.0)
        page = self.url_open(moves[0].get_portal_url(query_string="&payment=True"))
        self.assertNotIn("/invoice/transaction/", page.text)
        self.assertFalse(moves.transaction_ids)

    def test_one_transaction_for_all(self):
        provider = self.provide()
        moves, message = self.together()
        page = self.assert_page(message, "to_pay", "Pay all", "Pay only this")
        path = f"/p/{message.pay_token}"
        self.assertIn(f'href="{path}/pay"', page)
        form = self.url_open(f"{path}/pay")
        self.assertEqual(form.status_code, 200)
        self.assertIn('data-amount="3750.0"', form.text)
        route = f"/p/pay/{message.id}/transaction"
        self.assertIn(f'data-transaction-route="{route}"', form.text)
        self.assertEqual(form.headers["Cache-Control"], "no-store")
        for secret in ("Depression", "Trauma"):
            self.assertNotIn(secret, form.text)
        self.ask_to_pay(message, provider, 3750.0)
        transaction = moves.transaction_ids
        self.assertEqual(len(transaction), 1)
        self.assertEqual(transaction.invoice_ids, moves)
        self.assertEqual(transaction.amount, 3750.0)
        self.assertEqual(transaction.partner_id, self.client)
        self.assertEqual(transaction.landing_route, path)
        self.assertEqual(transaction.currency_id, moves.currency_id)

    def test_practitioners_read_no_sum_of_what_others_bill_too(self):
        provider = self.provide()
        own = self.drafts(2)
        guests = self.client + self.accountant.partner_id
        other = self.draft_on(
            14, user_id=self.accountant.id, partner_ids=[Command.set(guests.ids)]
        )
        self.assertEqual(other.partner_id, self.client)
        for moves, sum_shown in ((own, True), (own[0] + other, False)):
            transaction = (
                self.env["payment.transaction"]
                .sudo()
                .create(
                    {
                        "provider_id": provider.id,
                        "payment_method_id": provider.payment_method_ids[0].id,
                        "reference": f"GROUP-{len(moves.booking_ids.user_id)}",
                        "amount": sum(moves.mapped("amount_total")),
                        "currency_id": moves.currency_id.id,
                        "partner_id": self.client.id,
                        "invoice_ids": [Command.set(moves.ids)],
                    }
                )
            )
            before = moves.message_ids
            transaction._set_done()
            transaction._log_received_message()
            for move in moves:
                notes = "".join((move.message_ids - before).mapped("body"))
                if sum_shown:
                    self.assertIn("2,500.00", notes)
                else:
                    self.assertIn("together with others: Confirmed.", notes)
                    self.assertNotIn("2,500", notes)

    def test_no_page_of_the_website_has_the_link_in_its_address(self):
        # others may count its visitors, and are told the address
        self.provide()
        moves, message = self.together()
        self.open(message)
        token = message.pay_token
        answer = self.url_open(f"/p/{token}/pay")
        self.assertIn('id="wrapwrap"', answer.text)  # Odoo's layout
        self.assertEqual(answer.url, f"{self.base_url()}/p/pay/{message.id}")
        [way] = answer.history
        self.assertEqual(way.headers["Referrer-Policy"], "strict-origin")
        self.assertEqual(way.headers["Cache-Control"], "no-store")
        for address in (
            f"/p/{token}",
            f"/p/{token}/",
            f"/p/{token}.",
            f"/p/{token}/transaction",
            f"/p/{token}/pay/more",
            f"/p/pay/{token}",
            f"/p/{'A' * 22}/pay",
        ):
            with self.subTest(address=address):
                answer = self.url_open(address, allow_redirects=False)
                self.assertNotIn("wrapwrap", answer.text)
                self.assertNotIn("<script", answer.text)

    def test_form_is_for_who_opened_the_link(self):
        provider = self.provide()
        moves, message = self.together(2)
        self.open(message)
        page = f"/p/pay/{message.id}"
        self.assertEqual(self.url_open(page).status_code, 404)
        with self.assertRaisesRegex(JsonRpcException, "ValidationError"):
            self.ask_to_pay(message, provider, 2500.0)
        self.url_open(f"/p/{message.pay_token}/pay")
        self.assertEqual(self.url_open(page).status_code, 200)
        # that link, and no other
        another = message.copy({"pay_token": moves._new_pay_token()})
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/p/pay/{another.id}").status_code, 404)
        # and no longer than it holds
        moves[0].action_revoke_pay_link()
        self.assert_page(message, "to_pay", "$ 1,250.00")
        with self.assertRaisesRegex(JsonRpcException, "ValidationError"):
            self.ask_to_pay(message, provider, 2500.0)
        moves[1].action_revoke_pay_link()
        self.env.flush_all()
        self.assertEqual(self.url_open(page).status_code, 404)
        with self.assertRaisesRegex(JsonRpcException, "ValidationError"):
            self.ask_to_pay(message, provider, 2500.0)
        self.assertFalse(moves.transaction_ids)

    def test_another_amount_is_to_be_paid_by_now(self):
        provider = self.provide()
        moves, message = self.together()
        self.open(message)
        self.url_open(f"/p/{message.pay_token}/pay")
        self.pay(moves[1])
        for amount in (3750.0, 1.0):
            with self.assertRaisesRegex(JsonRpcException, "ValidationError"):
                self.ask_to_pay(message, provider, amount)
        self.assertFalse(moves.transaction_ids)
        self.ask_to_pay(message, provider, 2500.0)
        self.assertEqual(moves.transaction_ids.invoice_ids, moves - moves[1])

    def test_each_by_itself_where_one_payment_would_cost_more(self):
        self.provide()
        self.client.property_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Early",
                "early_discount": True,
                "discount_percentage": 10,
                "discount_days": 7,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        moves, message = self.together(2)
        page = self.assert_page(message, "to_pay", "Pay only this")
        self.assertNotIn(f"{message.pay_token}/pay", page)
        self.assertNotIn("Pay all", page)
        # who has the address all the same comes back to the link
        answer = self.url_open(f"/p/{message.pay_token}/pay")
        self.assertEqual([step.status_code for step in answer.history], [303, 303])
        self.assertTrue(answer.url.endswith(f"/p/{message.pay_token}"))

    def test_form_of_no_pay_link(self):
        self.assertEqual(self.url_open(f"/p/{'A' * 22}/pay").status_code, 404)
        single = self.posted()
        answer = self.url_open(f"/p/{single.pay_token}/pay")
        self.assertTrue(answer.url.endswith(f"/p/{single.pay_token}"))
