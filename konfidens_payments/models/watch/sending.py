from odoo import api, fields, models

from ...tools import format_coming, is_copy, say


class KonfidensPaymentMessage(models.Model):
    """Who sends something at once is told where it will not leave."""

    _inherit = "konfidens.payment.message"

    def action_send_now(self):
        """Override to tell what keeps them from leaving; they stay scheduled then.

        :return: the action that tells it, or that of `action_send_now`; else False
        """
        # sudo: of which companies they are; the override checks the access
        jobs = self._look_at_sending(self.sudo().company_id)
        return super().action_send_now() or self._tell(jobs)

    def _send_again(self, choose):
        """Override to tell what keeps the new messages from leaving.

        :return: the action that tells it, or False
        """
        # sudo: as above
        jobs = self._look_at_sending(self.sudo().company_id)
        return super()._send_again(choose)._tell(jobs)

    @api.model
    def _look_at_sending(self, companies):
        """Return which jobs do not send what is due, before more is.

        :return: as `_get_troubled_jobs`
        """
        # sudo: of what is due only the time is told
        jobs = self.sudo()._get_troubled_jobs(companies)
        return [
            job
            for job in jobs
            if job["name"] == "send_due" or (job["name"] == "send_sms" and job["since"])
        ]

    def _tell(self, jobs):
        """Return the action that tells what keeps these messages from leaving.

        Nothing of what concerns other channels, or other companies. What is open is
        reloaded.

        :param jobs: as `_look_at_sending` returned them
        :return: False where nothing does
        """
        notices = self._get_obstacles(jobs)
        return bool(notices) and say(
            " ".join(notice["text"] for notice in notices),
            {"type": "ir.actions.act_window_close"},
            "warning",
            title=self.env._("Scheduled"),
            sticky=True,
        )

    def _get_obstacles(self, jobs):
        """Return what keeps these messages from leaving, as `_get_notices` does.

        :param jobs: as `_look_at_sending` returned them
        """
        bookings = self.env["konfidens.payment.booking"]
        if is_copy(self.env):
            return [bookings._describe_copy()]
        messages = self.sudo()  # sudo: they may be sent, so they may be told of
        pauses = messages.env["konfidens.payment.pause"].union(
            *(message._get_pause() for message in messages)
        )
        by_sms = any("sms" in message._get_channels() for message in messages)
        return (
            messages._describe_quiet_hours()
            + bookings._describe_pauses(pauses)
            + bookings._describe_jobs(
                [job for job in jobs if by_sms or job["name"] == "send_due"]
            )
        )

    def _describe_quiet_hours(self):
        """Return a notice that what was wanted now waits for quiet hours to end."""
        now = fields.Datetime.now()
        waiting = self.filtered(
            lambda message: (
                message.state == "scheduled"
                and message.wanted_date
                and message.wanted_date <= now
            )
        )
        if not waiting:
            return []
        text = self.env._(
            "These are quiet hours: it goes out %(moment)s. Send Now on the message "
            "sends it all the same.",
            moment=format_coming(self.env, max(waiting.mapped("scheduled_date"))),
        )
        return [{"text": text, "level": "info"}]


class AccountMove(models.Model):
    _inherit = "account.move"

    def _send_again(self, choose):
        """Override to tell what keeps the new messages from leaving.

        :return: the action that tells it, or False
        """
        messages = self.env["konfidens.payment.message"]
        # sudo: of which companies they are; the override checks the access
        jobs = messages._look_at_sending(self.sudo().company_id)
        return super()._send_again(choose).with_env(self.env)._tell(jobs)
