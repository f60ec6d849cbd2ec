from odoo import api, fields, models
from odoo.tools import SQL


class KonfidensPaymentMessage(models.Model):
    """What a job may still have to do something about, known by one look.

    Each job begins with it: where nothing is unfinished, that is all it costs, however
    many messages are settled and however many are scheduled for later.
    """

    _inherit = "konfidens.payment.message"

    _unfinished_index = models.Index(
        "(scheduled_date) WHERE state IN ('scheduled', 'sent')"
    )

    @api.model
    def _has_unfinished(self):
        """Return whether a message is due or under way, or an invoice to complete.

        Or a pause in sending, which may be over. Also where one channel delivered a
        message before the other part of it left.
        Each in the order of its index: PostgreSQL might read whole tables for any one.
        """
        self.flush_model(["state", "scheduled_date", "unsettled_parts"])
        self.env["mail.notification"].flush_model(["notification_status"])
        self.env["konfidens.payment.pause"].flush_model(["next_try_date"])
        self.env["account.move"].flush_model(
            [
                "completes_after",
                "payment_completion_date",
                "payment_completion_problem",
                "payment_message_state",
            ]
        )
        [(found,)] = self.env.execute_query(self._get_unfinished_look())
        return bool(found)

    @api.model
    def _get_unfinished_look(self):
        return SQL(
            """
            SELECT COALESCE(
                (  SELECT TRUE FROM konfidens_payment_message
                    WHERE state IN ('scheduled', 'sent')
                      AND scheduled_date <= %(now)s
                 ORDER BY scheduled_date LIMIT 1),
                (  SELECT TRUE FROM mail_notification
                    WHERE konfidens_payment_message_id IS NOT NULL
                      AND notification_status IN ('ready', 'process')
                 ORDER BY konfidens_payment_message_id LIMIT 1),
                (  SELECT TRUE FROM konfidens_payment_message
                    WHERE unsettled_parts AND state = 'delivered'
                      AND (give_up_date <= %(now)s OR EXISTS (
                            SELECT 1 FROM mail_notification part
                             WHERE part.konfidens_payment_message_id =
                                   konfidens_payment_message.id
                               AND part.notification_status
                                   IN ('bounce', 'exception')))
                 ORDER BY give_up_date LIMIT 1),
                (  SELECT TRUE FROM account_move
                    WHERE payment_completion_date <= %(now)s
                 ORDER BY payment_completion_date LIMIT 1),
                (  SELECT TRUE FROM account_move
                    WHERE payment_message_state = 'delivered'
                      AND completes_after <= %(now)s
                      AND payment_completion_problem IS NULL
                 ORDER BY completes_after LIMIT 1),
                (  SELECT TRUE FROM konfidens_payment_pause
                    WHERE next_try_date <= %(now)s LIMIT 1))
            """,
            now=fields.Datetime.now(),
        )
