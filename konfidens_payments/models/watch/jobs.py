import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import is_copy
from ..message.words import LATE

# What a job that runs leaves for so long counts as forgotten all the same.
LEFT = timedelta(hours=1)
# So long after its start this server's jobs may take to begin, in seconds.
GRACE = 60
_started = time.monotonic()

JOBS = (
    "send_due",
    "send_sms",
    "complete_delivered",
    "run",
    "remind",
    "send_receipts",
)


class KonfidensPaymentMessage(models.Model):
    """What is due and is not done, because a job of ours does not get on with it.

    A job is `off`, or it is `failing`, or `silent`: it is time, and nobody began it.
    What such a job leaves is told soon; what one leaves that runs (`idle`) only after
    an hour, since somebody may be working on it. A job that does one after the other
    of a long backlog is no trouble.
    """

    _inherit = "konfidens.payment.message"

    @api.model
    def _get_troubled_jobs(self, companies=None):
        """Return the jobs of payments that do not do what they should.

        With one query, however much there is. On a copy none: its jobs are off so that
        nothing leaves.

        :param companies: of which something is due; default: all
        :return: a list of dicts with `name` (as in `JOBS`), `state` (`off`, `failing`,
            `silent` or `idle`), `since` (when the first thing was due that is left;
            None where there is none) and `lastcall`; times are UTC, naive
        """
        if is_copy(self.env):
            return []
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query_dict(self._get_jobs_look(now, companies))
        return [row for row in rows if _is_troubled(row, now)]

    @api.model
    def _is_healthy(self):
        """Return whether jobs begin when it is time, and leave nothing that is due.

        A job that is switched off is a fault only where something waits for it.
        """
        return not any(
            job["since"] or job["state"] == "silent"
            for job in self._get_troubled_jobs()
        )

    @api.model
    def _get_jobs_look(self, now, companies):
        """Return the query for all jobs, and for what each should have done by now.

        In the order of the indexes with which the jobs themselves begin.
        """
        due = {
            "send_due": self._get_scheduled_look(companies),
            "send_sms": self._get_waiting_look("sms", companies),
            "complete_delivered": self._get_delivered_look(companies),
            "run": self._get_runs_look(companies),
            "remind": self._get_reminders_look(companies),
            "send_receipts": self._get_receipts_look(companies),
        }
        get_id = self.env["ir.model.data"]._xmlid_to_res_id
        ids = {name: get_id(f"konfidens_payments.ir_cron_{name}") for name in JOBS}
        return SQL(
            """
            WITH job AS (
                SELECT id, lastcall,
                       CASE WHEN NOT active THEN 'off'
                            WHEN failure_count > 0 THEN 'failing'
                            WHEN nextcall < %(late)s THEN 'silent'
                            ELSE 'idle' END AS state
                  FROM ir_cron
                 WHERE id IN %(ids)s
            ), asked AS MATERIALIZED (
                SELECT job.*,
                       CASE %(names)s END AS name,
                       CASE state WHEN 'failing' THEN %(late)s
                                  WHEN 'idle' THEN %(left)s
                                  ELSE %(now)s END AS before
                  FROM job
            ), waiting AS MATERIALIZED (
                SELECT konfidens_payment_message_id AS message_id, notification_type
                  FROM mail_notification
                 WHERE konfidens_payment_message_id IS NOT NULL
                   AND notification_status IN ('ready', 'process')
            ), found AS MATERIALIZED (
                SELECT asked.*, CASE name %(due)s END AS since FROM asked
            )
            SELECT name, state, lastcall, since,
                   CASE WHEN since IS NOT NULL OR state = 'silent' THEN (
                       SELECT max(write_date) FROM ir_cron_progress
                        WHERE cron_id = found.id AND done > 0)
                   END AS worked
              FROM found
          ORDER BY since, id
            """,
            now=now,
            late=now - LATE,
            left=now - LEFT,
            ids=tuple(ids.values()),
            names=SQL(" ").join(
                SQL("WHEN id = %s THEN %s", key, name) for name, key in ids.items()
            ),
            due=SQL(" ").join(
                SQL("WHEN %s THEN %s", name, look) for name, look in due.items()
            ),
        )

    @api.model
    def _get_scheduled_look(self, companies):
        return SQL(
            """LEAST(
                (  SELECT scheduled_date FROM konfidens_payment_message
                    WHERE state = 'scheduled' AND scheduled_date < asked.before
                      AND NOT EXISTS (
                            SELECT 1 FROM konfidens_payment_pause pause
                             WHERE pause.company_id =
                                   konfidens_payment_message.company_id
                               AND konfidens_payment_message.channel
                                   IN (pause.channel, 'both'))
                      AND %(theirs)s
                 ORDER BY scheduled_date LIMIT 1),
                %(mails)s)""",
            theirs=_of(companies, "konfidens_payment_message"),
            mails=self._get_waiting_look("email", companies),
        )

    @api.model
    def _get_waiting_look(self, notification_type, companies):
        """Return the query for what was handed over, has not left, and still shall."""
        return SQL(
            """
            (  SELECT GREATEST(message.sent_date, message.next_try_date)
                 FROM waiting
                 JOIN konfidens_payment_message message
                   ON message.id = waiting.message_id
                WHERE waiting.notification_type = %(type)s
                  AND message.state IN ('sent', 'delivered')
                  AND GREATEST(message.sent_date, message.next_try_date) < asked.before
                  AND NOT EXISTS (
                        SELECT 1 FROM konfidens_payment_pause pause
                         WHERE pause.company_id = message.company_id
                           AND pause.channel = waiting.notification_type)
                  AND %(theirs)s
             ORDER BY message.id LIMIT 1)""",
            type=notification_type,
            theirs=_of(companies, "message"),
        )

    @api.model
    def _get_delivered_look(self, companies):
        """Return the query for what is reported, or over, and not yet acted upon."""
        return SQL(
            """LEAST(
                (  SELECT GREATEST(sent_date, bounce_wait_until)
                     FROM konfidens_payment_message message
                    WHERE state = 'sent' AND %(messages)s
                      AND (give_up_date < asked.before
                           OR GREATEST(sent_date, bounce_wait_until) < asked.before
                          AND (SELECT bool_or(notification_status = 'sent')
                                   OR bool_and(notification_status IN
                                        ('bounce', 'exception', 'canceled'))
                                 FROM mail_notification
                                WHERE konfidens_payment_message_id = message.id))
                 ORDER BY scheduled_date LIMIT 1),
                (  SELECT payment_completion_date FROM account_move move
                    WHERE payment_completion_date < asked.before AND %(moves)s
                 ORDER BY payment_completion_date LIMIT 1),
                (  SELECT completes_after FROM account_move move
                    WHERE payment_message_state = 'delivered'
                      AND completes_after < asked.before
                      AND payment_completion_problem IS NULL
                      AND state = 'draft'
                      AND posted_before IS NOT TRUE
                      AND externally_billed IS NOT TRUE
                      AND %(moves)s
                 ORDER BY completes_after LIMIT 1))""",
            messages=_of(companies, "message"),
            moves=_of(companies, "move"),
        )

    @api.model
    def _get_runs_look(self, companies):
        """Return the query for billing runs of which no line was done for so long."""
        return SQL(
            """
            (SELECT min(moved)
               FROM (SELECT GREATEST(write_date, (
                                SELECT max(write_date)
                                  FROM konfidens_payment_run_line
                                 WHERE run_id = run.id)) AS moved
                       FROM konfidens_payment_run run
                      WHERE state = 'running' AND is_paused IS NOT TRUE
                        AND %(theirs)s) going
              WHERE moved < asked.before)""",
            theirs=_of(companies, "run"),
        )

    @api.model
    def _get_reminders_look(self, companies):
        """Return the query for reminders at which nobody has looked for so long."""
        return SQL(
            """
            (  SELECT next_reminder_date FROM account_move move
                WHERE next_reminder_date < asked.before AND %(moves)s
             ORDER BY next_reminder_date LIMIT 1)""",
            moves=_of(companies, "move"),
        )

    @api.model
    def _get_receipts_look(self, companies):
        """Return the query for receipts that nobody has made for so long."""
        return SQL(
            """
            (  SELECT receipt_date FROM account_move move
                WHERE receipt_date < asked.before AND %(moves)s
             ORDER BY receipt_date LIMIT 1)""",
            moves=_of(companies, "move"),
        )


def _of(companies, table):
    """Return the condition that a row belongs to one of these companies, or TRUE.

    So that PostgreSQL does not begin with all that a company ever had.
    """
    if companies is None:
        return SQL("TRUE")
    company = SQL.identifier(table, "company_id")
    return SQL("COALESCE(%s, 0) = ANY(%s)", company, list(companies._ids))


def _is_troubled(row, now):
    """Return whether the look found that a job does not do what it should."""
    state, worked = row["state"], row.pop("worked")
    if state == "off":
        return True
    if state == "silent" and time.monotonic() - _started < GRACE:
        return False
    if worked and worked > now - (LEFT if state == "idle" else LATE):
        return False  # it is at a long backlog
    return state == "silent" or row["since"] is not None
