from odoo import models

from .pay_page import LOOK_AGAIN

_TO_PAY = ("to_pay", "partly_paid")


class AccountMove(models.Model):
    """What the page behind the pay link tells of several invoices together."""

    _inherit = "account.move"

    def _get_pay_list_values(self, path, look_again):
        """Return what the page shows of these invoices, in words: a list, and a sum.

        :param path: of the link that was opened
        :param look_again: somebody else is completing them at this moment
        """
        states = {move: move._get_pay_page_state() for move in self}
        to_pay = self.filtered(lambda move: states[move] in _TO_PAY)
        state = self._get_pay_list_state(set(states.values()))
        values = {
            "state": state,
            "rows": [move._get_pay_list_row(states[move]) for move in self],
            "refresh": LOOK_AGAIN["preparing"]
            if look_again
            else LOOK_AGAIN["processing"]
            if "processing" in states.values()
            else False,
        }
        if any(move._is_shown_as_pdf() for move in self):
            values["pdf_url"] = f"{path}/pdf"
        if to_pay:
            values |= to_pay._get_pay_list_payment_values(path, values["rows"])
        return values

    def _get_pay_list_state(self, states):
        """Return where all of them stand together; what is to do comes first.

        :param states: those of the single invoices, a set
        """
        if states & set(_TO_PAY):
            return "to_pay"
        for state in ("processing", "preparing", "paid"):
            if state in states:
                return state
        return "nothing"

    def _get_pay_list_row(self, state):
        """Return what the page says of one invoice in the list."""
        self.ensure_one()
        row = {
            "id": self.id,
            "state": state,
            "appointment": self.payment_appointment,
            "amount": self._format_pay_amount(
                self._get_received_amount() if state == "paid" else self.amount_total
            ),
            "wait": self._get_wait_sentence(),
        }
        if self.state == "posted":
            row |= {
                "number": self.env._("Invoice %(number)s", number=self.name),
                "invoice_url": self.get_portal_url(),
            }
        if state in _TO_PAY:
            row |= self._get_pay_page_payment_values()
        if state == "replaced":
            newer = self._get_newer_invoice()
            if newer.pay_token and newer._is_known_to_payer():
                row["newer_url"] = newer._get_pay_path()
        return row

    def _get_pay_list_payment_values(self, path, rows):
        """Return how these invoices, all of them to be paid, can be paid.

        :param path: of the link that was opened
        :param rows: what the page says of each invoice; how to pay each by itself is
            added there
        """
        online = self.filtered(lambda move: move._has_to_be_paid())
        if online and not online[0]._has_payment_provider(
            max(move._get_amount_to_ask() for move in online)
        ):
            online = self.browse()
        single_urls = {move.id: move._get_pay_online_url() for move in online}
        by_app = self._get_app_values()
        if len(self) > 1:
            paths = {move.id: move._get_pay_path() for move in self if by_app}
            for row in rows:
                row["pay_online_url"] = single_urls.get(row["id"])
                row["pay_by_app_url"] = paths.get(row["id"])
        accounts = {}
        for row in rows:
            if row.get("account"):
                accounts.setdefault(row["account"], []).append(row)
        return {
            "amount": self[0]._format_pay_amount(
                sum(move._get_amount_to_ask() for move in self)
            ),
            "pay_all_url": self._get_paid_at_once() and f"{path}/pay",
            "pay_online_url": len(self) == 1 and single_urls.get(self.id),
            "by_app": by_app,
            "accounts": accounts,
            "ask_company": self.env._(
                "%(company)s tells you how to pay.", company=self.company_id.name
            ),
        }

    def _get_paid_at_once(self):
        """Return those of these invoices that can be paid with one payment, or none.

        None as well where that would lose the payer the discount for paying early,
        which Odoo grants for an invoice that is paid by itself, or where one is paid
        in instalments, which Odoo tells apart in such a payment only.
        """
        moves = self.filtered(
            lambda move: (
                move._get_pay_page_state() in _TO_PAY and move._has_to_be_paid()
            )
        )
        terms = moves.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        if (
            len(moves) > 1
            and len(moves.company_id) == 1
            and len(moves.currency_id) == 1
            and len(terms.account_id) == 1
            and not any(move._is_paid_by_itself() for move in moves)
            and moves[0]._has_payment_provider(sum(moves.mapped("amount_residual")))
        ):
            return moves
        return self.browse()

    def _is_paid_by_itself(self):
        self.ensure_one()
        return bool(self._get_invoice_next_payment_values().get("installment_state"))
