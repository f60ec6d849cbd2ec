from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

from ...tools import format_moment
from ..practice.quiet_hours import ANY_HOUR
from .choice import REASONS


class KonfidensPaymentRun(models.Model):
    """The rehearsal: what a run would do, counted with a handful of queries.

    However many bookings there are, none of them is loaded.
    """

    _inherit = "konfidens.payment.run"

    booking_count = fields.Integer("Chosen", compute="_compute_counts")
    billable_count = fields.Integer(
        "To Bill", compute="_compute_counts", help="Bookings that will be billed."
    )
    payer_count = fields.Integer("Payers", compute="_compute_counts")
    amount_summary = fields.Char(
        "Amount",
        compute="_compute_counts",
        help="Before any tax that is added to it.",
    )
    late_count = fields.Integer(
        "Older than a Month",
        compute="_compute_counts",
        help="Bookings to bill whose appointment is longer ago than an invoice may "
        "wait.",
    )
    sending_summary = fields.Char("Will Be Sent", compute="_compute_counts")
    skipped_count = fields.Integer("Left Out", compute="_compute_counts")
    # why and how many: a list of {reason, label, count}, without zeros
    left_out = fields.Json(
        "Reasons", compute="_compute_counts", export_string_translation=False
    )

    @api.depends(
        "channel",
        "cutoff_date",
        "hourly_limit",
        "line_ids.result",
        "scheduled_date",
        "send_mode",
        "service_id",
        "state",
        "until_date",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_counts(self):
        counted = [
            name
            for name, field in self._fields.items()
            if field.compute == "_compute_counts"
        ]
        for record in self:
            # sudo: who may see the run may see its numbers; whose bookings are in it
            # was checked when they came in
            run = record.sudo()
            found = (
                run._count_bookings() if run.state == "draft" else run._count_lines()
            )
            for name in counted:
                record[name] = found.get(name, False)

    def action_view_group(self):
        """Open the bookings that are counted on a button, or left out for a reason.

        Which ones is in the context, as `konfidens_payments_group`: "billable", "late"
        or a reason. Once the run was started, its results are opened instead.
        """
        self.ensure_one()
        group = self.env.context.get("konfidens_payments_group")
        if self.state != "draft":
            return self._get_lines_action(Domain("reason", "=", group))
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_bookings"
            ),
            # sudo: shown with the rights of the user
            "domain": list(self.sudo()._get_group_domain(group)),
            "context": {"active_test": False},
        }

    def _get_group_domain(self, group):
        """Return the domain of the bookings that are counted under this name."""
        groups = dict(self._split(self._get_scope()))
        if group == "late":
            return groups["billable"] & self._get_bookings()._get_late_domain()
        return groups[group]

    # === HOW MANY, HOW MUCH, WHEN === #

    def _count_bookings(self):
        """Return the values of the computed fields, before the run."""
        bookings = self._get_bookings()
        groups = dict(self._split(self._get_scope()))
        billable = groups.pop("billable")
        counts = {
            reason: bookings.search_count(domain) for reason, domain in groups.items()
        }
        [[count, payers, last_start, last_stop]] = bookings._read_group(
            billable,
            [],
            ["__count", "payer_id:count_distinct", "start:max", "stop:max"],
        )
        skipped = sum(counts.values())
        return {
            "booking_count": count + skipped,
            "billable_count": count,
            "payer_count": payers,
            "amount_summary": self._say_amounts(self._sum_amounts(billable)),
            "late_count": bookings.search_count(billable & bookings._get_late_domain()),
            "sending_summary": count
            and self._say_sending(billable, count, last_start, last_stop),
            "skipped_count": skipped,
            "left_out": self._list_reasons(counts),
        }

    def _list_reasons(self, counts):
        """Return the rows of `left_out`, in the order in which reasons count.

        :param counts: dict from the reasons to how many are left out for them
        """
        reasons = self.env["konfidens.payment.run.line"]._fields["reason"]
        labels = dict(reasons._description_selection(self.env))
        return [
            {"reason": reason, "label": labels[reason], "count": counts[reason]}
            for reason, _label in REASONS
            if counts.get(reason)
        ]

    def _sum_amounts(self, billable):
        """Return (`res.currency`, sum) of the prices in this domain: a list."""
        sums = dict(
            self._get_bookings()._read_group(
                billable & Domain("price", ">", 0), ["currency_id"], ["price:sum"]
            )
        )
        for currency, price in self._get_list_prices(billable).values():
            sums[currency] = sums.get(currency, 0.0) + price
        return sums.items()

    def _say_amounts(self, sums):
        return " + ".join(
            format_amount(self.env, amount, currency or self.currency_id)
            for currency, amount in sums or [(self.currency_id, 0.0)]
        )

    def _say_sending(self, billable, count, last_start, last_stop):
        """Return in words how many messages go, how and when."""
        if self.send_mode == "draft":
            return self.env._("Nothing yet: you send them from the drafts.")
        plan = self._say_plan(billable, count, last_start, last_stop)
        if not self.company_id.payments_together:
            return plan
        together = self.env._("What is due together for one payer is one message.")
        return f"{plan} {together}"

    def _say_plan(self, billable, count, last_start, last_stop):
        channel = dict(self._fields["channel"]._description_selection(self.env))
        now = fields.Datetime.now()
        hours = self._get_hours()
        at_once, last = count, now
        if self.send_mode == "later":
            last = max(now, self.scheduled_date or now)
            at_once = count if last == now else 0
        elif self.send_mode == "timing":
            company, tz = self.company_id, self.env.user.tz
            due = billable & company._get_due_domain(tz)
            at_once = self._get_bookings().search_count(due)
            last = company._get_payment_message_date(last_start, last_stop, tz=tz)
        if self.hourly_limit:
            spread = at_once if self.send_mode == "timing" else count
            start = last if self.send_mode == "later" else now
            last = max(last, self._shift_by_limit(start, max(spread - 1, 0), hours))
        last = hours.get_next(last)
        if at_once == count and last == now:
            return self.env._(
                "%(channel)s: %(count)s, at once.",
                count=count,
                channel=channel[self.channel],
            )
        return self.env._(
            "%(channel)s: %(count)s, the last one %(moment)s.",
            count=count,
            channel=channel[self.channel],
            moment=format_moment(self.env, last),
        )

    def _shift_by_limit(self, start, position, hours):
        """Return when the message at a position goes, by the limit per hour.

        In steps of five minutes, which is how often the job looks by itself; and of
        the time only in which messages go.

        :param start: when the first one goes (UTC, naive)
        :param hours: `Hours`
        """
        if not self.hourly_limit:
            return start
        pause = timedelta(minutes=position * 60 // self.hourly_limit // 5 * 5)
        return hours.shift(start, pause)

    def _get_hours(self):
        """Return the `Hours` in which messages of this run go."""
        company = self.company_id
        if not company._is_quiet_for(self.channel):
            return ANY_HOUR
        return company._get_hours(self.spread_from or fields.Datetime.now())[company]
