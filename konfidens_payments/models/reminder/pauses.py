from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..invoice.attention import CREDIT_ACTIVITY

# For so long who answered is not reminded by itself.
ANSWERED = timedelta(days=3)


class AccountMove(models.Model):
    """Why no reminder of an invoice goes by itself, though its time may have come."""

    _inherit = "account.move"

    def _get_reminder_pauses(self, ahead=False, under_way=False, since=None):
        """Return why no reminders of these invoices go by themselves.

        :param ahead: whether one that is not due yet may be reminded of later
        :param under_way: whether a reminder of each is scheduled or leaving
        :param since: of invoices due on this day or later the practice would remind;
            default: as it is set
        :return: dict from the invoice's id to words, without those that go
        """
        pauses = self._get_reminder_obstacles(ahead, under_way)
        left = self.filtered(lambda move: move.id not in pauses)
        answers = left._get_answers()
        asked = self.env.ref(CREDIT_ACTIVITY)
        for move in left:
            pause = (
                move._get_reminders_off_then(since)
                or move._get_untold()
                or (not under_way and move._get_reminder_before())
                or (asked in move.activity_ids.activity_type_id and move._get_asked())
                or move._describe_answer(answers.get(move.partner_id.id))
            )
            if pause:
                pauses[move.id] = pause
        return pauses

    def _get_reminders_off_then(self, since=None):
        """Return that the practice does not remind of such invoices, or False."""
        self.ensure_one()
        since = since or self.company_id.payments_reminders_since
        if not since:
            return self.env._("Reminders are switched off in Settings, Payments.")
        due = self._get_first_due_date()
        if due and due < since:
            return self.env._(
                "It was due before %(date)s, since when the practice reminds. Press "
                "Remind Now to remind of it by hand.",
                date=format_date(self.env, since),
            )
        return False

    def _get_asked(self):
        """Return that somebody is asked to credit this invoice."""
        return self.env._(
            "Its appointment was cancelled. Credit the invoice, or mark the activity "
            "that asks for it as done."
        )

    def _get_untold(self):
        """Return that the payer was not told of this invoice, or False."""
        latest = self._get_latest_payment_message()
        if "delivered" in self._get_counted_reminders().message_id.mapped("state"):
            return False  # by that
        match latest.state:
            case "delivered" if not latest.came_back:
                return False
            case "delivered" | "failed":
                return self.env._(
                    "The payment message did not arrive, so that nobody was told. Send "
                    "it again first."
                )
            case "scheduled" | "sent":
                return self.env._("The payment message has not arrived yet.")
        return self.env._(
            "Nobody was told of it yet. Press Send Payment Message; or Remind Now, "
            "once it is overdue."
        )

    def _get_reminder_before(self):
        """Return what is the matter with the reminder before, or False."""
        line = self.payment_message_line_ids._get_latest("reminder")
        latest = line.message_id
        if latest.state in ("scheduled", "sent"):
            return self.env._("A reminder is scheduled or on its way already.")
        later = self.payment_message_line_ids._get_latest()
        if (
            later.id > line.id
            and later.message_id.state == "delivered"
            and not later.message_id.came_back
        ):
            return False  # the payer was told anew since
        if latest.state == "failed" or latest.came_back:
            return self.env._(
                "The last reminder did not arrive. Correct the contact if need be, "
                "then press Remind Now."
            )
        return False

    def _get_answers(self):
        """Return when the payers of these invoices wrote last, of late.

        In the chatter of an invoice or of their contact, by e-mail or in the portal,
        or as an answer to one of our messages. What they wrote is not looked at.

        :return: dict from the payer's id to a moment (UTC, naive)
        """
        payers = self.partner_id
        if not payers:
            return {}
        there = (
            Domain("model", "=", "account.move")
            | Domain("model", "=", "res.partner") & Domain("res_id", "in", payers.ids)
            | Domain(
                "parent_id.notification_ids.konfidens_payment_message_id", "!=", False
            )
        )
        rows = self.env["mail.message"]._read_group(
            Domain("author_id", "in", payers.ids)
            & Domain("date", ">=", fields.Datetime.now() - ANSWERED)
            & Domain("message_type", "in", ("comment", "email"))
            & there,
            ["author_id"],
            ["date:max"],
        )
        return {author.id: moment for author, moment in rows}

    def _describe_answer(self, moment):
        """Return that the payer has written, or False.

        :param moment: when (UTC, naive), or None
        """
        if not moment:
            return False
        return self.env._(
            "%(payer)s wrote on %(date)s. Read it; reminders go on three days later.",
            payer=self.partner_id.display_name,
            date=format_date(self.env, self._get_local_day(moment)),
        )


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    def _filter_wanted(self):
        """Override to leave out reminders against which something speaks by now.

        With a few queries for all of them.
        """
        reminders = self.filtered(lambda line: line.kind == "reminder")
        if not reminders:
            return super()._filter_wanted()
        by_hand = reminders.filtered("message_id.by_hand")
        by_itself = reminders - by_hand
        stopped = {
            *by_hand.move_id._get_reminder_obstacles(under_way=True),
            *by_itself.move_id._get_reminder_pauses(under_way=True),
        }
        wanted = reminders.filtered(lambda line: line.move_id.id not in stopped)
        others = super(KonfidensPaymentMessageLine, self - reminders)._filter_wanted()
        return self & (others | wanted)
