from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CalendarEvent(models.Model):
    """How bookings get into a billing run."""

    _inherit = "calendar.event"

    activation_ids = fields.Many2many(
        "konfidens.payment.activation",
        "konfidens_payments_activation_booking_rel",
        "event_id",
        "activation_id",
        "Billing Runs",
        copy=False,
        readonly=True,
        groups="konfidens_payments.group_payments_user,account.group_account_invoice",
    )

    def action_prepare_billing_run(self):
        """Open the rehearsal of a billing run for these bookings.

        In an automation rule, where nobody looks at it, what can be billed is billed
        at once, and the payment messages go by the company's timing.

        :raises AccessError: the user may not bill these bookings
        """
        activation = self.env["konfidens.payment.activation"]._prepare(self)
        if "__action_done" not in self.env.context:
            return activation._get_records_action(context={})
        if (
            activation.billable_count
            and not activation.company_id._get_invoicing_problem()
        ):
            activation.send_mode = "timing"
            activation.action_run()
        return False

    @api.model
    def _prepare_billing_run(self, domain):
        """Open the rehearsal for the externally billed bookings in this domain.

        Those of the current company that the user may bill.

        :raises UserError: there are none, and somebody looks
        """
        # sudo: restricted to what the user may bill; private ones are billed as well
        bookings = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                Domain(domain)
                & Domain("invoicing_method", "=", "external")
                & Domain("company_id", "=", self.env.company.id)
                & self._get_billable_domain()
            )
        )
        if not bookings and "__action_done" in self.env.context:
            return False
        if not bookings:
            raise UserError(
                self.env._(
                    "There is no externally billed booking here that you may bill."
                )
            )
        return bookings.with_env(self.env).action_prepare_billing_run()

    @api.model
    def _check_billing_access_to(self, domain):
        """As `_check_billing_access`, with one query for however many bookings.

        :raises AccessError: the user may not bill all of the bookings in this domain
        """
        if self.env.su:
            return
        # sudo: whose booking it is counts also where the event is private
        foreign = (
            self.sudo()
            .with_context(active_test=False)
            .search(domain & ~self._get_billable_domain(), limit=1)
        )
        foreign.with_env(self.env)._check_billing_access()

    def _get_billable_domain(self):
        """Return the domain of what `_check_billing_access` lets through."""
        return Domain(self._get_visible_billing_domain()) & Domain(
            "company_id", "in", [False, *self.env.companies.ids]
        )
