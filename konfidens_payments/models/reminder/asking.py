from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import do_in_batches, in_language, quietly
from ..booking.calendar_event import GROUPS
from ..invoice.attention import REMINDER_ACTIVITY


class AccountMove(models.Model):
    """What a person is asked about reminders: once, in one activity of the invoice."""

    _inherit = "account.move"

    reminder_asked = fields.Boolean(
        copy=False,
        readonly=True,
        groups=GROUPS,
        export_string_translation=False,
        help="Somebody was asked since the last reminder why none can go.",
    )

    def _ask_about_reminder(self, reason):
        """Ask the responsible person why no reminder can go, or did not arrive.

        :param reason: why, in each language, or in words that are the same in all
        """
        self.ensure_one()
        responsible = self._get_responsible()
        theirs = self.with_context(lang=responsible.lang)
        self._ask_responsible(
            responsible,
            theirs.env._("The reminder needs you"),
            in_language(reason, responsible.lang),
            theirs.env._(
                "Correct the contact if need be, then press Remind Now on the invoice; "
                "or press Stop Reminders."
            ),
        )
        quietly(self).reminder_asked = True

    def _ask_after_last(self):
        """Ask the responsible person what shall become of this unpaid invoice."""
        self.ensure_one()
        responsible = self._get_responsible()
        theirs = self.with_context(lang=responsible.lang)
        quietly(self).reminders_over = True
        self._ask_responsible(
            responsible,
            theirs.env._("Unpaid after %(count)s reminders", count=self.reminder_count),
            theirs._describe_last_reminder(),
            theirs.env._(
                "Call the client, or hand it over to a collection agency: Payments, "
                "Unpaid has a list for that."
            ),
        )

    def _ask_responsible(
        self, responsible, summary, reason, way_out, kind=REMINDER_ACTIVITY
    ):
        """Make one activity of an invoice, or change the one that is open.

        :param kind: XML id of its type
        """
        # sudo: whose addresses are masked
        reason = self.sudo().payment_message_ids._mask_addresses(reason)
        values = {
            "summary": summary,
            "note": Markup("<p>%s</p><p>%s</p>") % (reason, way_out),
        }
        if activities := self.activity_search([kind]):
            activities.write(values)
        elif responsible:
            self.activity_schedule(kind, user_id=responsible.id, **values)

    @api.model
    def _ask_about_unpaid(self):
        """Ask about the invoices that nobody has paid long after the last reminder.

        :return: whether it is done, and there is time left
        """

        def ask(moves):
            locked = moves._lock_for_reminders()
            waiting = locked._get_reminder_obstacles()
            for move in locked:
                # no address keeps nobody from being asked
                if move.id in waiting and waiting[move.id] != move._get_unreachable():
                    move._look_again_tomorrow()
                else:
                    move._ask_after_last()
            return locked

        over = Domain("reminders_end_date", "<=", fields.Datetime.now())
        return do_in_batches(self, over, "reminders_end_date, id", ask)
