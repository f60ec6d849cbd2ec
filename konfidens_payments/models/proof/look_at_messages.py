from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import is_copy
from ..watch.jobs import LEFT
from .sides import billing


class KonfidensPaymentProof(models.Model):
    """Whether every message is final or has a next try, and what arrived is acted on.

    Of whatever kind it is. On a copy of the database nothing goes on.
    """

    _inherit = "konfidens.payment.proof"

    @api.model
    def _look_at_messages(self, company):
        """Look for messages that are not final, and whose next step is long past.

        Scheduled: its time, unless sending is paused. Sent: its next try, the end of
        the wait for bounces, or the limit for its confirmation; and of what is
        confirmed already, when that should have been noted. Delivered, of two parts
        one that may still fail: that limit.
        """
        return SQL(
            """
            SELECT message.id AS message_id
              FROM konfidens_payment_message message
             WHERE message.company_id = %(company)s AND NOT %(is_copy)s
               AND CASE message.state
                   WHEN 'scheduled' THEN message.scheduled_date < %(before)s
                        AND NOT EXISTS (
                            SELECT FROM konfidens_payment_pause pause
                             WHERE pause.company_id = message.company_id
                               AND message.channel IN (pause.channel, 'both'))
                   WHEN 'sent' THEN COALESCE(
                            GREATEST(message.give_up_date, message.next_try_date,
                                     message.bounce_wait_until) < %(before)s, TRUE)
                        OR GREATEST(message.sent_date, message.next_try_date,
                                    message.bounce_wait_until) < %(before)s
                        AND EXISTS (
                            SELECT FROM mail_notification part
                             WHERE part.konfidens_payment_message_id = message.id
                               AND part.notification_status = 'sent')
                   WHEN 'delivered' THEN message.unsettled_parts
                        AND message.give_up_date < %(before)s
                   END
            """,
            company=company.id,
            is_copy=is_copy(self.env),
            before=fields.Datetime.now() - LEFT,
        )

    @api.model
    def _look_at_completions(self, company):
        """Look for drafts whose message arrived, and that nothing will complete.

        They wait neither for a next try nor for their appointment, and no person was
        told what keeps them.
        """
        return SQL(
            """
            SELECT move.id AS invoice_id
              FROM (%(billing)s) billing
              JOIN account_move move ON move.id = billing.invoice_id
             WHERE move.state = 'draft' AND move.payment_message_state = 'delivered'
               AND move.externally_billed IS NOT TRUE
               AND move.posted_before IS NOT TRUE
               AND move.payment_completion_problem IS NULL
               AND COALESCE(GREATEST(move.payment_completion_date,
                                     move.completes_after) < %(before)s, TRUE)
               AND NOT %(is_copy)s
            """,
            billing=billing(company),
            before=fields.Datetime.now() - LEFT,
            is_copy=is_copy(self.env),
        )

    @api.model
    def _find_jobs(self, company):
        """Return rows for the jobs that leave what is due: a list of values.

        As those are told of who open *Payments*.
        """
        messages = self.env["konfidens.payment.message"]
        return [
            {"reason": "job", "detail": job["name"]}
            for job in messages._get_troubled_jobs(company)
            if job["since"]
        ]
