from markupsafe import Markup

from odoo import models

from .konfidens_payment_proof import MENDING

ACTIVITY = "konfidens_payments.mail_activity_proof"


class KonfidensPaymentProof(models.Model):
    """Who is told of a red proof: the responsible person, once for each difference."""

    _inherit = "konfidens.payment.proof"

    def _tell_responsible(self):
        """Ask the responsible person to see to what was not there the time before.

        The activity stays as long as something is left, and moves on with what is new.
        Whoever marks it as done is asked again for something new only.
        """
        self.ensure_one()
        before = [("company_id", "=", self.company_id.id), ("id", "<", self.id)]
        # a night that could not be proved says nothing of what was known
        failed = [("line_ids", "any", [("reason", "=", "failed")])]
        proved = self.search([*before, "!", *failed], limit=1)
        known = (self.search(before, limit=1) | proved).line_ids._get_keys()
        is_new = bool(self.line_ids._get_keys() - known)
        if is_new or self.state == "green":
            asked = [("activity_type_id", "=", self.env.ref(ACTIVITY).id)]
            self.search([*before, ("activity_ids", "any", asked)]).activity_unlink(
                [ACTIVITY]
            )
        if is_new:
            self._ask_to_see_to_it()

    def _ask_to_see_to_it(self):
        responsible = self._get_responsible()
        if not responsible:
            return
        theirs = self.with_context(lang=responsible.lang)
        reasons = dict(
            theirs.line_ids._fields["reason"]._description_selection(theirs.env)
        )
        counts = {
            reasons[reason]: len(lines)
            for reason, lines in self.line_ids.grouped("reason").items()
        }
        self.activity_schedule(
            ACTIVITY,
            summary=theirs.env._("The nightly proof of payments is red"),
            note=Markup("<p>%s</p><p>%s</p>")
            % (
                theirs.env._(
                    "Not everything is accounted for. Open it to see what it is, and "
                    "press Mend where that is safe."
                ),
                Markup("<br/>").join(
                    f"{label}: {count}" for label, count in counts.items()
                ),
            ),
            user_id=responsible.id,
        )

    def _get_responsible(self):
        """Return who is told: as the company chose, else who may mend it."""
        self.ensure_one()
        company = self.company_id
        known = company.payments_responsible_id
        users = known.browse().union(
            *(self.env.ref(group).all_user_ids for group in MENDING)
        )
        for user in (known, *users.sorted("id")):
            if (
                user.active
                and not user.share
                and company in user.company_ids
                and self.with_user(user)
                .with_context(allowed_company_ids=company.ids)
                .has_access("read")
            ):
                return user
        return known.browse()
