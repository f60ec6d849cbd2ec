from odoo import models
from odoo.exceptions import AccessError, LockError, UserError


class CalendarEvent(models.Model):
    """Who may bill a booking, and what keeps it from being billed."""

    _inherit = "calendar.event"

    def _check_billing_access(self):
        """Let through accountants, managers, and practitioners with own bookings.

        :raises AccessError: for everybody else
        """
        if self.env.su:
            return
        user = self.env.user
        # sudo: whose booking it is counts also where the event is private
        bookings = self.sudo()
        if bookings.company_id <= self.env.companies and (
            self._user_bills_everything()
            or (
                user.has_group("konfidens_payments.group_payments_user")
                and all(booking.user_id == user for booking in bookings)
            )
        ):
            return
        raise AccessError(
            self.env._(
                "You can bill the appointments of your own calendar. For other "
                "appointments ask their practitioner, a manager or an accountant."
            )
        )

    def _user_bills_everything(self):
        return self.env.user.has_group(
            "account.group_account_invoice"
        ) or self.env.user.has_group("konfidens_payments.group_payments_manager")

    def _lock_for_billing(self):
        """Keep others from billing the same bookings until the transaction ends.

        :raises UserError: somebody else is at it right now
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on this appointment right now. Wait a "
                    "moment, reload the page and look again."
                )
            ) from error

    def _check_can_be_invoiced(self):
        """:raises UserError: with the reason for each booking that cannot be."""
        problems = []
        for booking in self:
            if problem := booking._get_invoicing_problem():
                problems.append(
                    problem
                    if len(self) == 1
                    else self.env._(
                        "%(client)s, %(date)s: %(problem)s",
                        client=booking.client_id.display_name,
                        date=booking._get_public_date(),
                        problem=problem,
                    )
                )
        for company in self.company_id:
            if problem := company._get_invoicing_problem():
                problems.append(problem)
        if problems:
            raise UserError("\n".join(problems))

    def _get_invoicing_problem(self):
        """Return why this booking cannot be invoiced and what to do, or False."""
        self.ensure_one()
        service = self.service_id or self.company_id.payments_service_id
        if not self.active:
            return self.env._("It is cancelled. Restore the appointment first.")
        if self.invoice_id and self.payment_status != "credited":
            return self.env._(
                "It has an invoice already: %(invoice)s. Open it with View Invoice.",
                invoice=self.invoice_id.display_name,
            )
        if not self.client_id or not self.payer_id:
            return self.env._("It has no client. Choose the client on the appointment.")
        if not service:
            return self.env._(
                "It has no service. Choose a service on the appointment, or a default "
                "service in the settings of Payments."
            )
        price = self.price or (not self.service_id and self._get_list_price(service))
        if self.currency_id.compare_amounts(price, 0) <= 0:
            return self.env._("It has no price. Set a price above zero first.")
        return False
