"""What a booking takes from draft to completed, among many that are settled already.

New bookings go through the three steps one after the other: many at once, in batches
as the product makes them, and then one by one, as on a quiet day.
"""

from . import completion, data, drafts, mails_scheduled, multiply

# Of the size: so many are done at once, so many one by one.
AT_ONCE, SINGLY = 0.5, 0.05
# As a billing run makes drafts; the crons of the other steps have batches of their own.
BATCH_SIZE = 100
BOOKINGS_OF_A_CLIENT = 50


class _Step:
    """A step of the new bookings: many at once, or one by one."""

    def __init__(self, share):
        self.share = share
        self.singly = share == SINGLY

    def things(self, size):
        return max(1, int(size * self.share))


class _Job(_Step):
    """A step that a job does; one by one, each becomes due when the last is done."""

    def release(self, env, prepared):
        if not self.singly:
            super().release(env, prepared)

    def work(self, env, prepared):
        if not self.singly:
            super().work(env, prepared)
            return
        for one in prepared:
            super().release(env, [one])
            super().work(env, [one])


class Draft(_Step, drafts.FromBookings):
    label = "draft"

    def work(self, env, prepared):
        size = 1 if self.singly else BATCH_SIZE
        for start in range(0, len(prepared), size):
            super().work(env, prepared[start : start + size])
            env.cr.commit()
            env.invalidate_all()


class Send(_Job, mails_scheduled.DueMessages):
    label = "send"
    sends = True

    def prepare(self, env, count):
        """Schedule the messages of drafts that have none."""
        moves = env["account.move"].search(
            [
                ("booking_ids", "!=", False),
                ("state", "=", "draft"),
                ("payment_message_ids", "=", False),
            ],
            limit=count,
        )
        assert len(moves) == count
        return data.schedule(moves, mails_scheduled.LATER).ids


class Complete(_Job, completion.ByCron):
    label = "complete"

    def prepare(self, env, count):
        """Take back, until it is time, that the mail server has these messages."""
        messages = (
            env["konfidens.payment.message"].sudo().search([("state", "=", "sent")])
        )
        messages = messages.filtered(
            lambda message: message.notification_ids.notification_status == "sent"
        )[:count]
        assert len(messages) == count
        self._report(env, messages.line_ids.move_id.ids, "ready")
        return messages.line_ids.move_id.ids


class Growth:
    """The steps in their order; see `comparison.Comparison` for what it stands for."""

    name = "growth"
    sides = {
        f"{step.label}{'_singly' if share == SINGLY else ''}": step(share)
        for share in (AT_ONCE, SINGLY)
        for step in (Draft, Send, Complete)
    }

    def fill(self, env, database, size):
        """Make `size` settled bookings, a few for each client."""
        data.open_practice(env)
        clients = data.clients(env, max(1, size // BOOKINGS_OF_A_CLIENT))
        multiply.billed(env, multiply.paid(env), size - 1, clients)

    def facts(self, env):
        """How many bookings there are, by status.

        :return: dict
        """
        groups = env[data.BOOKING]._read_group(
            [("payment_status", "!=", False)], ["payment_status"], ["__count"]
        )
        return dict(groups)


COMPARISON = Growth()
