from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools import quietly


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Contacts that are billed beside each other for one appointment."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Override of `base`: two who are billed for one appointment stay two.

        Who was taken off it is no client there any more, whose booking says no name.

        :raises AccessError: who merges them may not see what they are billed for
        :raises UserError: nothing is changed
        """
        # sudo: also of appointments that are no business of who merges contacts
        bookings = self.env["konfidens.payment.booking"].sudo()
        theirs = bookings.with_context(active_test=False).search(
            [("client_id", "in", partner_ids)], order="active desc, id"
        )
        others = theirs.browse()
        for event, beside in theirs.grouped("event_id").items():
            if len(beside.filtered("active").client_id) > 1:
                # who comes together, and when, is for who may see both
                beside.sudo(False).check_access("read")
                raise UserError(
                    self.env._(
                        "Both contacts are clients of the appointment on %(date)s. "
                        "Remove one of them there first, so that it is billed once.",
                        date=format_date(self.env, event.start),
                    )
                )
            others |= beside.filtered_domain(
                [("client_id", "!=", beside.client_id[:1].id)]
            )
        quietly(others).client_id = False
        return super()._merge(partner_ids, dst_partner, extra_checks)
