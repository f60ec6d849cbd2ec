from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import in_batch_or_singly


class KonfidensPaymentRunLine(models.Model):
    """Billing a batch of bookings: drafts, messages, and what became of each."""

    _inherit = "konfidens.payment.run.line"

    def _bill(self):
        """Bill these locked lines of one run; return how many are done."""
        run = self.run_id
        free = self.booking_id.try_lock_for_update()
        free.invalidate_recordset()  # as it is now that it is locked
        lines = self.filtered(lambda line: line.booking_id in free)
        by_booking = {line.booking_id.id: line for line in lines}
        for reason, domain in run._split(Domain("id", "in", free.ids)):
            found = self.browse().concat(
                *(
                    by_booking[booking.id]
                    for booking in run._get_bookings().search(domain)
                )
            )
            if reason != "billable":
                found.write({"result": "skipped", "reason": reason})
            else:
                in_batch_or_singly(
                    found.sorted("position"),
                    lambda batch: batch._make_drafts(),
                    lambda line, error: line._note_failure(error),
                )
        gone = self.filtered(lambda line: not line.booking_id)
        gone.write({"result": "skipped", "reason": "cancelled"})
        return len(lines) + len(gone)

    def _make_drafts(self):
        """Make the draft of each booking, and schedule its message if it is wanted.

        :raises UserError: a message could not leave
        """
        run, bookings = self.run_id, self.booking_id
        before = {
            booking: {
                "method_before": booking.invoicing_method or False,
                "service_given": not booking.service_id,
                "price_given": not booking.service_id and not booking.price,
            }
            for booking in bookings
        }
        bookings._set_default_service(run.service_id)
        moves = bookings._create_draft_invoices()
        if run.send_mode != "draft":
            self._schedule_messages(moves)
        for line, move in zip(self, moves, strict=True):
            booking = line.booking_id
            line.write(
                {
                    "result": "billed",
                    "move_id": move.id,
                    "payer_id": booking.payer_id.id,
                    "currency_id": booking.currency_id.id,
                    "amount": booking.price,
                    **before[booking],
                }
            )

    def _schedule_messages(self, moves):
        """Schedule the messages of these new drafts as the user chose.

        :param moves: in the order of these lines
        :raises UserError: a message could not leave
        """
        run = self.run_id
        channels = {move: run._get_channel_for(move) for move in moves}
        for move, channel in channels.items():
            if problem := move._get_sending_problem(channel):
                raise UserError(problem)
        alike, hours = {}, run._get_hours()
        for line, move in zip(self, moves, strict=True):
            key = run._get_message_date(line, hours), channels[move]
            alike[key] = alike.get(key, move.browse()) + move
        for (date, channel), same in alike.items():
            same._schedule_payment_message(date, channel)

    def _note_failure(self, error):
        details = self._get_details(error)
        self.write({"result": "failed", "reason": "error", "details": details})


class KonfidensPaymentRun(models.Model):
    _inherit = "konfidens.payment.run"

    def _get_channel_for(self, move):
        """Return by which channel the message of one of its drafts goes."""
        return self.channel

    def _get_spread_date(self, position, hours):
        """Return when the message of the line at a position goes (UTC, naive)."""
        return self._shift_by_limit(
            self.spread_from, max(position - self.spread_position, 0), hours
        )

    def _get_message_date(self, line, hours):
        """Return when the message of a line goes (UTC, naive); False: by the timing.

        :param hours: `Hours`
        """
        moment = self._get_spread_date(line.position, hours)
        if self.send_mode != "timing":
            return moment
        now = fields.Datetime.now()
        is_due = line.booking_id._get_payment_message_date() <= now
        return moment if is_due and self.hourly_limit else False


class KonfidensPaymentMessage(models.Model):
    _inherit = "konfidens.payment.message"

    @api.model
    def _follow_hours(self, companies):
        """Override: what a run spreads keeps its limit per hour in the new hours."""
        result = super()._follow_hours(companies)
        lines = self.env["konfidens.payment.run.line"].search(
            [
                ("run_id.company_id", "in", companies.ids),
                ("run_id.hourly_limit", ">", 0),
                ("result", "=", "billed"),
                ("move_id.payment_message_ids.state", "=", "scheduled"),
            ]
        )
        # read at once, not one by one
        lines.move_id.payment_message_ids.fetch(["state", "follows_appointment"])
        now = fields.Datetime.now()
        for run, theirs in lines.grouped("run_id").items():
            hours = run._get_hours()
            for line in theirs:
                # the first one is the run's; others are somebody's own choice
                message = line.move_id.payment_message_ids.sorted("id")[:1]
                if message.state != "scheduled" or message.follows_appointment:
                    continue
                spread = run._get_spread_date(line.position, hours)
                date = hours.get_next(max(spread, now))
                message.write({"scheduled_date": date, "wanted_date": False})
        lines.move_id.payment_message_ids._trigger_sending()
        return result
