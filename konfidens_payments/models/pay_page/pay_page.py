from odoo import fields, models
from odoo.tools import format_amount, format_date, html2plaintext

# How soon the page looks again by itself, in seconds.
LOOK_AGAIN = {"preparing": 3, "processing": 10}


class AccountMove(models.Model):
    """What the page behind the pay link tells the payer."""

    _inherit = "account.move"

    def _get_pay_page_state(self):
        """Return where this invoice stands for who shall pay it.

        :return: `preparing`, `to_pay`, `partly_paid`, `processing`, `paid`, `settled`
            (without a payment), `credited`, `credit_note`, `replaced`, `cancelled` or
            `external`
        """
        self.ensure_one()
        if self.move_type == "out_refund":
            return "credit_note"
        if self.state == "cancel" or (self.state == "posted" and self._is_credited()):
            if self._get_newer_invoice():
                return "replaced"
            return "cancelled" if self.state == "cancel" else "credited"
        if self.externally_billed:
            return "external"
        if self.state == "draft":
            return "preparing"
        if self._is_paid():
            return "paid" if self._is_partly_paid() else "settled"
        if self._get_pending_transactions():
            return "processing"
        return "partly_paid" if self._is_partly_paid() else "to_pay"

    def _get_newer_invoice(self):
        """Return the payer's invoice that stands instead of this one, if there is one.

        Where somebody else pays now, that is no business of who has the old link.
        """
        self.ensure_one()
        return self.booking_ids.invoice_id.filtered(
            lambda move: move.id > self.id and move.partner_id == self.partner_id
        ).sorted("id")[-1:]

    def _is_known_to_payer(self):
        self.ensure_one()
        return self.state == "posted" or self.payment_message_state in (
            "sent",
            "delivered",
        )

    def _get_pending_transactions(self):
        # Of this one, and of those that it replaces: what is paid goes over to it. As
        # `_has_to_be_paid` of `account_payment` sees them.
        earlier = self.booking_ids.move_line_ids.move_id.filtered(
            lambda move: move.partner_id == self.partner_id
        )
        return (self | earlier).transaction_ids.filtered(
            lambda transaction: (
                transaction.state in ("pending", "authorized")
                and transaction.provider_code not in ("none", "custom")
            )
        )

    def _fetch_transactions(self):
        """Read at once what `_get_pending_transactions` looks at for each of these."""
        earlier = self.booking_ids.move_line_ids.move_id
        (self | earlier).mapped("transaction_ids.state")

    def _has_to_be_paid(self):
        """Override of `account_payment`: nobody pays online what was credited.

        Odoo asks for all of an invoice, and takes no credit note off by itself.
        """
        move = self.sudo()  # sudo: what of it was credited, whoever pays it
        if move.booking_ids and move._get_credit_not_taken():
            return False
        return super()._has_to_be_paid()

    def _can_be_paid_online(self):
        """Return whether Odoo's portal has a way for this payer to pay."""
        self.ensure_one()
        return self._has_to_be_paid() and self._has_payment_provider(
            self._get_amount_to_ask()
        )

    def _has_payment_provider(self, amount):
        """Return whether this payer can pay so much online."""
        self.ensure_one()
        providers = self.env["payment.provider"]._get_compatible_providers(
            self.company_id.id,
            self.partner_id.id,
            amount,
            currency_id=self.currency_id.id,
        )
        return bool(
            self.env["payment.method"]._get_compatible_payment_methods(
                providers.ids, self.partner_id.id, currency_id=self.currency_id.id
            )
        )

    def _get_pay_page_values(self, path, look_again=False):
        """Return what the page shows, in words, in the language of the context.

        Nobody's name, and nothing about the treatment: who has the link sees it.

        :param path: of the link that was opened, which shows these invoices
        :param look_again: somebody else is completing them at this moment
        """
        common = {
            **self._get_pay_page_frame(),
            "exemptions": self._get_exemptions(),
        }
        if len(self) > 1:
            return common | self._get_pay_list_values(path, look_again)
        state = self._get_pay_page_state()
        values = {
            **common,
            "state": state,
            "appointments": [
                booking._get_public_label() for booking in self.booking_ids
            ],
            "refresh": (look_again or state == "processing") and LOOK_AGAIN.get(state),
            "wait": self._get_wait_sentence(),
            # what was told, and no more
            "amount": self._is_amount_locked()
            and self._format_pay_amount(self._get_amount_to_ask()),
        }
        if self.state == "posted" and state not in ("replaced", "external"):
            values |= {
                "number": self.env._("Invoice %(number)s", number=self.name),
                "paid": self._format_pay_amount(self._get_received_amount()),
                "invoice_url": self.get_portal_url(),
            }
            if self._can_show_pdf():
                values["pdf_url"] = f"{path}/pdf"
        if state in ("to_pay", "partly_paid"):
            values |= self._get_pay_page_payment_values()
            values["by_app"] = self._get_app_values()
            if self._can_be_paid_online():
                values["pay_online_url"] = self._get_pay_online_url()
        if state == "replaced":
            newer = self._get_newer_invoice()
            if newer.pay_token and newer._is_known_to_payer():
                values["newer_url"] = newer._get_pay_path()
        return values

    def _get_pay_page_frame(self):
        """Return what the page shows of the practice, whatever it says."""
        return {
            "company": self.company_id,
            "lang_code": (self.env.lang or "en_US").replace("_", "-"),
            "seller": self.company_id._get_seller_line(),
        }

    def _get_pay_page_payment_values(self):
        """Return how much is to be paid next until when, as Odoo says it, and how."""
        following = self._get_invoice_next_payment_values()
        due = self._get_next_due_date()
        local = self.with_context(tz=self._get_company_tz())
        overdue = bool(due and due < fields.Date.context_today(local))
        return {
            "amount": self._format_pay_amount(self._get_amount_to_ask()),
            "notes": self._get_pay_page_notes(following),
            "due": due and self._get_due_sentence(due, overdue),
            "overdue": overdue,
            "ask_company": self.env._(
                "%(company)s tells you how to pay.", company=self.company_id.name
            ),
            "account": self.partner_bank_id.acc_number,
            "reference": self.payment_reference or self.name,
            "reference_label": self._get_reference_label(),
        }

    def _get_wait_sentence(self):
        """Return from when a taxed invoice can be paid that waits, or False."""
        self.ensure_one()
        if self.state != "draft" or not self._has_not_begun():
            return False
        booking = self.booking_ids.sorted("start")[-1:]
        return self.env._(
            "You can pay from %(moment)s, when the appointment begins.",
            moment=booking._get_public_date(),
        )

    def _get_exemptions(self):
        """Return why no tax is added, as the taxes of these invoices say it: a list."""
        notes = self.filtered(lambda move: move.state != "cancel").mapped(
            "taxes_legal_notes"
        )
        return list(dict.fromkeys(html2plaintext(note) for note in notes if note))

    def _get_reference_label(self):
        """Return what a bank calls this kind of reference."""
        self.ensure_one()
        model = self.journal_id.invoice_reference_model or ""
        if model == "no":
            return "KID"
        return "OCR" if model.startswith("se_ocr") else self.env._("Reference")

    def _get_pay_page_notes(self, following):
        """Return in sentences what is to know of the amount: a list.

        :param following: Odoo's values of the next payment
        """
        notes = []
        total = self._format_pay_amount(self.amount_total)
        partials, _exchanges = self._get_reconciled_invoices_partials()
        paid, lent = self._get_received_amount(), self._get_lent_credits()
        credited = sum(
            amount
            for _partial, amount, line in partials
            if line.move_id.move_type == "out_refund" and line.move_id not in lent
        )
        if self.currency_id.compare_amounts(paid, 0) > 0:
            notes.append(
                self.env._(
                    "%(paid)s of %(total)s is paid.",
                    paid=self._format_pay_amount(paid),
                    total=total,
                )
            )
        if credited:
            notes.append(
                self.env._(
                    "%(credited)s of %(total)s is credited.",
                    credited=self._format_pay_amount(credited),
                    total=total,
                )
            )
        left = self._get_amount_left()
        waived = self.amount_total - left - paid - credited
        if self.currency_id.compare_amounts(waived, 0) > 0:
            notes.append(
                self.env._(
                    "%(waived)s of %(total)s need not be paid.",
                    waived=self._format_pay_amount(waived),
                    total=total,
                )
            )
        part = self.currency_id.compare_amounts(self._get_amount_to_ask(), left) < 0
        if part:
            notes.append(
                self.env._(
                    "This is the part to pay now. %(left)s is left in all.",
                    left=self._format_pay_amount(left),
                )
            )
        elif notes:
            notes.append(self.env._("This is the rest."))
        if following.get("installment_state") == "epd":
            notes.append(
                self.env._(
                    "%(amount)s if you pay by %(date)s.",
                    amount=self._format_pay_amount(following["amount_due"]),
                    date=format_date(
                        self.env,
                        fields.Date.to_date(following["discount_date"]),
                        date_format="long",
                    ),
                )
            )
        return notes

    def _get_due_sentence(self, due, overdue):
        date = format_date(self.env, due, date_format="long")
        if overdue:
            return self.env._("It was due %(date)s.", date=date)
        return self.env._("Due %(date)s.", date=date)

    def _get_portal_badge(self):
        """Return what Odoo's portal says of this document instead of *Paid*, or False.

        Nobody paid what credits an invoice, nor what was credited.
        """
        self.ensure_one()
        invoice = self.sudo()  # sudo: the portal's page shows it to who may read it
        if not (invoice | invoice.reversed_entry_id).booking_ids:
            return False
        if invoice.move_type == "out_refund":
            return self.env._("Credit note")
        return invoice._is_credited() and self.env._("Credited")

    def _get_pay_online_url(self):
        return self.get_portal_url(query_string="&payment=True", anchor="portal_pay")

    def _format_pay_amount(self, amount):
        return format_amount(self.env, amount, self.currency_id)
