from markupsafe import Markup

from odoo import fields, models

LINE = "konfidens.payment.run.line"
# Of payment messages: it has left.
_LEFT = [("sent_date", "!=", False)]
# Results with which a booking is billed; one that was not taken back stays it.
_BILLED = ("billed", "kept")


class KonfidensPaymentRun(models.Model):
    """What became of a run: its numbers, and the words for who started it."""

    _inherit = "konfidens.payment.run"

    progress = fields.Integer(compute="_compute_counts", help="Percent.")
    billed_count = fields.Integer("Billed", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    undone_count = fields.Integer("Taken Back", compute="_compute_counts")
    kept_count = fields.Integer("Not Taken Back", compute="_compute_counts")
    undoable_count = fields.Integer(
        "Can Be Taken Back",
        compute="_compute_undoable_count",
        help="Drafts whose payer was not told.",
    )

    def _compute_undoable_count(self):
        for run in self:
            # sudo: how many; who may see the run may see its numbers
            run.undoable_count = (
                run.sudo()
                .env[LINE]
                .search_count(
                    [
                        ("run_id", "=", run.id),
                        ("result", "=", "billed"),
                        ("move_id.state", "=", "draft"),
                        ("move_id.payment_message_ids", "not any", _LEFT),
                    ]
                )
            )

    # === ACTION METHODS === #

    def action_view_results(self):
        """Open the list of results: one row for each booking, to look at and export.

        Those with the result that the context names as `konfidens_payments_result`.
        """
        result = self.env.context.get("konfidens_payments_result")
        results = _BILLED if result == "billed" else (result,)
        return self._get_lines_action([("result", "in", results)] if result else [])

    def _get_lines_action(self, domain):
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id(
                "konfidens_payments.action_run_lines"
            ),
            "domain": [("run_id", "=", self.id), *domain],
            "context": {},
        }

    # === NUMBERS === #

    def _count_lines(self):
        """Return the values of the computed fields, once the run was started."""
        lines = self.env[LINE]  # not line_ids: that would read all of them
        own = [("run_id", "=", self.id)]
        reasons = {}
        results = dict.fromkeys(dict(lines._fields["result"].selection), 0)
        for result, reason, count in lines._read_group(
            own, ["result", "reason"], ["__count"]
        ):
            results[result] += count
            if result == "skipped":
                reasons[reason] = count
        billed = [*own, ("result", "in", _BILLED)]
        [[payers]] = lines._read_group(billed, [], ["payer_id:count_distinct"])
        sums = lines._read_group(billed, ["currency_id"], ["amount:sum"])
        if self.is_undo:
            done = results["undone"] + results["kept"]
            todo = results["billed"]
        else:
            done = sum(results.values()) - results["waiting"]
            todo = results["waiting"]
        return {
            "booking_count": sum(results.values()),
            "billed_count": sum(results[result] for result in _BILLED),
            "failed_count": results["failed"],
            "waiting_count": results["waiting"],
            "undone_count": results["undone"],
            "kept_count": results["kept"],
            "skipped_count": results["skipped"],
            "left_out": self._list_reasons(reasons),
            "payer_count": payers,
            "amount_summary": self._say_amounts(sums),
            "progress": 100 * done // ((done + todo) or 1),
        }

    # === THE END === #

    def _finish(self):
        """Finish this run if nothing is left to do, and say how it went.

        :return: whether it is finished
        """
        self.ensure_one()
        self.invalidate_recordset()
        todo = "billed" if self.is_undo else "waiting"
        # one line tells; to count them all after each batch would be slow
        if self.env[LINE].search_count(
            [("run_id", "=", self.id), ("result", "=", todo)], limit=1
        ):
            return False
        in_background = self.env.context.get("cron_id")
        self.write({"state": "done", "finished_on": fields.Datetime.now()})
        starter = self.user_id
        theirs = self.with_context(lang=starter.lang, tz=starter.tz)
        theirs._post_summary(notify=in_background)
        if in_background:
            starter._bus_send(
                "simple_notification",
                {
                    "message": theirs.env._(
                        "Billing run finished. %(outcome)s",
                        outcome=theirs._get_headline(),
                    ),
                    "type": "warning" if self.failed_count else "success",
                    # Success needs no click: the history keeps it, too.
                    "sticky": bool(self.failed_count),
                },
            )
        return True

    def _post_summary(self, notify):
        """Write the summary into the run's history.

        :param notify: whether it shall reach who started it as a message, too, since
            nobody waits before the page
        """
        starter = self.user_id
        reachable = starter.email or starter.notification_type == "inbox"
        rows = [self._get_headline()]
        if self.skipped_count and not self.is_undo:
            rows += [f"{row['label']}: {row['count']}" for row in self.left_out]
        self.message_post(
            body=Markup("<br/>").join(rows),
            author_id=self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root"),
            partner_ids=starter.partner_id.ids if notify and reachable else [],
            subject=self.display_name,
            subtype_xmlid="mail.mt_note",
        )

    def _get_headline(self):
        """Return in one sentence how it went."""
        if self.is_undo:
            return self.env._(
                "Taken back: %(undone)s. Not taken back: %(kept)s.",
                undone=self.undone_count,
                kept=self.kept_count,
            )
        return self.env._(
            "Billed: %(billed)s for %(amount)s (payers: %(payers)s). Left out: "
            "%(skipped)s. Failed: %(failed)s.",
            billed=self.billed_count,
            amount=self.amount_summary,
            payers=self.payer_count,
            skipped=self.skipped_count,
            failed=self.failed_count,
        )
