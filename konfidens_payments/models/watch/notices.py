from odoo import api, models
from odoo.tools import groupby

from ...tools import format_moment, is_copy


class KonfidensPaymentBooking(models.Model):
    """What whoever opens *Payments* is told first, because it concerns all of them."""

    _inherit = "konfidens.payment.booking"

    @api.model
    def get_payment_notices(self):
        """Return what keeps payments from being done, in words, for who opens them.

        :return: a list of dicts: `text`; `level` (`warning` or `info`); and, where the
            user can do something about it, `button` (its label) and `action`: the
            `model`, `ids` and `method` that it calls
        :raises AccessError: the user has nothing to do with payments
        """
        self.check_access("read")
        return self._get_notices()

    @api.model
    def _get_notices(self):
        """Return the notices for this user; extend it for further ones.

        Without the job that sends nothing is done: it is told of before anything waits.
        """
        if is_copy(self.env):
            return [self._describe_copy()]
        # sudo: what is due in the companies of the user, of which only the time is told
        messages = self.env["konfidens.payment.message"].sudo()
        jobs = messages._get_troubled_jobs(self.env.user.company_ids)
        pauses = self.env["konfidens.payment.pause"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        return self._describe_pauses(pauses) + self._describe_jobs(
            [job for job in jobs if job["since"] or job["name"] == "send_due"]
        )

    @api.model
    def _describe_copy(self):
        return {
            "text": self.env._(
                "This database is a copy for tests: no payment message leaves it, and "
                "no invoice is completed by itself."
            ),
            "level": "info",
        }

    @api.model
    def _describe_pauses(self, pauses):
        """Return a notice for each of these pauses in sending."""
        return [
            {
                "text": pause._describe(),
                "level": "warning",
                "button": self.env._("Try Again"),
                "action": {
                    "model": pause._name,
                    "ids": pause.ids,
                    "method": "action_try_again",
                },
            }
            for pause in pauses
        ]

    @api.model
    def _describe_jobs(self, jobs):
        """Return a notice for each cause why jobs do not do what is due.

        :param jobs: as `_get_troubled_jobs` returns them
        """
        return [
            {
                "text": " ".join(
                    [
                        *filter(None, map(self._describe_what_waits, theirs)),
                        self._describe_cause(state, theirs),
                    ]
                ),
                "level": "warning",
            }
            for (state, _name), theirs in groupby(
                jobs,
                lambda job: (job["state"], job["state"] != "silent" and job["name"]),
            )
        ]

    @api.model
    def _describe_what_waits(self, job):
        if not job["since"]:
            return False
        moment = format_moment(self.env, job["since"])
        match job["name"]:
            case "send_due":
                return self.env._(
                    "A payment message that was due %(moment)s has not left.",
                    moment=moment,
                )
            case "send_sms":
                return self.env._(
                    "An SMS that was due %(moment)s has not left.", moment=moment
                )
            case "complete_delivered":
                return self.env._(
                    "What became of a payment message is not looked at since "
                    "%(moment)s, and its invoice not completed.",
                    moment=moment,
                )
            case "remind":
                return self.env._(
                    "A reminder that was due %(moment)s was not looked at.",
                    moment=moment,
                )
            case "send_receipts":
                return self.env._(
                    "A receipt of what was paid %(moment)s is not made yet.",
                    moment=moment,
                )
        return self.env._(
            "A billing run has not gone on since %(moment)s.", moment=moment
        )

    @api.model
    def _describe_cause(self, state, jobs):
        """Return why these jobs do nothing, and what to do."""
        messages = self.env["konfidens.payment.message"]
        name = messages._get_cron(jobs[0]["name"]).name
        match state:
            case "off":
                return self.env._(
                    "The scheduled action “%(name)s” is switched off: an administrator "
                    "switches it on in Settings, Technical, Scheduled Actions.",
                    name=name,
                )
            case "failing":
                return self.env._(
                    "The scheduled action “%(name)s” fails. Ask your administrator to "
                    "look into the server's log.",
                    name=name,
                )
            case "idle":
                return self.env._(
                    "The scheduled action “%(name)s” runs, and leaves it. Ask your "
                    "administrator to look into the server's log.",
                    name=name,
                )
        calls = [job["lastcall"] for job in jobs if job["lastcall"]]
        if not calls:
            return self.env._(
                "Odoo's scheduled actions have not run yet. Ask your administrator to "
                "look whether they do."
            )
        return self.env._(
            "Odoo's scheduled actions last ran %(moment)s. Ask your administrator to "
            "look whether they still do.",
            moment=format_moment(self.env, max(calls)),
        )
