from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import in_each_language


class KonfidensPaymentMessage(models.Model):
    """What goes by itself waits for the hours at which the practice sends messages.

    When a message goes is settled here, whoever scheduled it and why; what is due at
    another hour all the same (the server stood still, say) waits when it is its turn.
    What somebody sends by hand at such an hour, after being asked, goes at any hour.
    """

    _inherit = "konfidens.payment.message"

    at_any_hour = fields.Boolean(
        readonly=True, help="Somebody chose to send it outside the usual hours."
    )
    wanted_date = fields.Datetime(
        readonly=True,
        export_string_translation=False,
        help="When it would go if it did not wait for the usual hours.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._wait_for_hours()
        return messages

    def write(self, vals):
        if "scheduled_date" not in vals or "wanted_date" in vals:
            return super().write(vals)
        result = super().write({**vals, "wanted_date": False})
        self._wait_for_hours()
        return result

    # === BUSINESS METHODS === #

    def _wait_for_hours(self):
        """Move these scheduled messages to the next moment at which they may go.

        :return: those that were moved
        """
        moved = self.browse()
        now = fields.Datetime.now()
        for message, allowed in self._get_allowed_dates(now).items():
            wanted = message.scheduled_date
            if allowed != max(wanted, now):
                message.write({"scheduled_date": allowed, "wanted_date": wanted})
                moved += message
        if moved:
            moved._trigger_sending()
        return moved

    def _get_allowed_dates(self, now, due=False):
        """Return when each of these messages may go that waits for the usual hours.

        :param due: as if they were due now
        :return: dict from the message to the first moment, from its time or now on
        """
        waiting = self.filtered(
            lambda message: (
                message.state == "scheduled"
                and not message.at_any_hour
                and message.company_id._is_quiet_for(message.channel)
            )
        )
        if not waiting:
            return {}
        dates = {
            message: now if due else max(message.scheduled_date, now)
            for message in waiting
        }
        hours = waiting.company_id._get_hours(min(dates.values()))
        return {
            message: hours[message.company_id].get_next(date)
            for message, date in dates.items()
        }

    @api.model
    def _follow_hours(self, companies):
        """Let the messages of companies whose hours have changed go by the new ones."""
        waiting = self.search(
            [
                ("state", "=", "scheduled"),
                ("company_id", "in", companies.ids),
                ("scheduled_date", ">", fields.Datetime.now()),
            ]
        )
        for message in waiting.filtered("wanted_date"):
            message.write({"scheduled_date": message.wanted_date, "wanted_date": False})
        waiting._wait_for_hours()

    @api.model
    def _put_off_parts(self, channel):
        """Let what was handed over, and has not left, wait for the usual hours, too.

        :param channel: ``email`` or ``sms``
        """
        companies = self.env["res.company"].search(
            [("payments_quiet_channels", "!=", "none")]
        )
        companies = companies.filtered(lambda company: company._is_quiet_for(channel))
        if not companies:
            return
        now = fields.Datetime.now()
        hours = companies._get_hours(now)
        for company in companies:
            allowed = hours[company].get_next(now)
            if allowed == now:
                continue
            waiting = self.search(
                self._get_waiting_domain(channel)
                & Domain("company_id", "=", company.id)
                & Domain("at_any_hour", "=", False)
            )
            locked = waiting.try_lock_for_update()
            # nor does Odoo's common queue send their mails before
            parts = locked.notification_ids.filtered(
                lambda part: part.notification_type == channel
            )
            parts.payment_waits = True
            mails = self._get_queued_mails(locked.notification_ids)
            for mail in mails.filtered("scheduled_date"):
                mail.scheduled_date += allowed - now
            for message in locked:
                message.write(
                    {
                        "next_try_date": allowed,
                        "give_up_date": message.give_up_date + (allowed - now),
                        "failure_reason": in_each_language(
                            message, lambda one: one._get_hours_reason()
                        ),
                    }
                )
            if waiting:
                self._wake_sending(allowed)

    def _get_hours_reason(self):
        return self.env._("The practice sends no messages at this hour.")

    def _is_quiet(self):
        """Return whether one of these messages would wait, if it were due now."""
        now = fields.Datetime.now()
        return any(
            date != now for date in self._get_allowed_dates(now, due=True).values()
        )

    def _get_quiet_until(self):
        """Return until when these messages wait for quiet hours, or False.

        Of several, the last of them.
        """
        now = fields.Datetime.now()
        late = [
            date
            for message, date in self._get_allowed_dates(now).items()
            if date != max(message.scheduled_date, now)
        ]
        return max(late, default=False)
