"""Completing delivered invoices by the cron, beside posting as many plain drafts."""

from . import data
from .comparison import Comparison, Side


class ByCron(Side):
    label = "the cron that completes delivered invoices"

    def prepare(self, env, count):
        moves = data.delivered(env, count)
        self._report(env, moves.ids, "ready")
        return moves.ids

    def release(self, env, prepared):
        self._report(env, prepared, "sent")

    def _report(self, env, move_ids, status):
        """What the mail server says of these invoices' messages."""
        env.cr.execute(
            """
            UPDATE mail_notification SET notification_status = %s
             WHERE mail_message_id IN (SELECT id FROM mail_message
                                        WHERE model = 'account.move'
                                          AND res_id = ANY(%s))
            """,
            [status, move_ids],
        )

    def work(self, env, prepared):
        data.run_cron(
            env,
            "konfidens_payments.ir_cron_complete_delivered",
            "konfidens.payment.message",
            [("state", "=", "sent"), ("move_ids", "in", prepared)],
        )

    def check(self, env, prepared):
        moves = env["account.move"].browse(prepared)
        assert set(moves.mapped("state")) == {"posted"}
        assert set(moves.mapped("payment_message_state")) == {"delivered"}


class PlainPosting(Side):
    """The least that Odoo can do: no rights, no notes, no addon."""

    label = "one _post() of as many plain drafts, untracked, without the addon"
    database = "plain"

    def prepare(self, env, count):
        return data.plain_drafts(env, count).ids

    def work(self, env, prepared):
        moves = env["account.move"].browse(prepared)
        moves.with_context(tracking_disable=True)._post(soft=False)

    def check(self, env, prepared):
        moves = env["account.move"].browse(prepared)
        assert set(moves.mapped("state")) == {"posted"}
        assert set(moves.mapped("amount_total")) == {data.PRICE}


class Completion(Comparison):
    name = "completion"
    what = "completing delivered invoices by the cron"
    goal = 1.2
    databases = {"main": "addon", "plain": "plain"}
    ours = ByCron()
    beside = PlainPosting()

    def fill(self, env, database, size):
        data.open_practice(env)


COMPARISON = Completion()
