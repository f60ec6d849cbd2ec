from odoo import api, models
from odoo.exceptions import AccessError

from .calendar_event import BOOKING, EVERYBODYS, WRITTEN

# Of these what a user chooses is a record of which its name and price are shown.
CHOSEN_RECORDS = ("client_id", "payer_id", "service_id")


class CalendarEvent(models.Model):
    """What the form of a new appointment proposes, for the user to see and change.

    Client and title from the guests, the service from the client's last booking, payer
    and price from these. Nothing of it happens where no form is open.
    """

    _inherit = "calendar.event"

    @api.model
    def default_get(self, fields):
        """Override of `calendar`: no default for what the user may not write."""
        defaults = super().default_get(fields)
        return {
            name: value
            for name, value in defaults.items()
            if name not in WRITTEN
            or self._has_field_access(self._fields[name], "write")
        }

    def onchange(self, values, field_names, fields_spec):
        """Override of `web`: a form shows no price of what the user may not see.

        :raises AccessError: the user chooses such a record
        """
        self.env[BOOKING]._check_may_choose(values)
        return super().onchange(values, field_names, fields_spec)

    @api.onchange("partner_ids")
    def _onchange_partner_ids_practitioner(self):
        """Propose the practitioner: the one who is there, where the user is not.

        Who plans everybody's appointments has few of the own.
        """
        user, guests = self.env.user, self.partner_ids._origin
        if (
            self._origin
            or self.user_id._origin != user
            or user.partner_id in guests
            or not any(map(user.has_group, EVERYBODYS))
        ):
            return
        # sudo: who of the guests has payments of the own
        practitioners = guests.sudo().user_ids.filtered(
            lambda one: one.has_group("konfidens_payments.group_payments_user")
        )
        if len(practitioners) == 1:
            self.user_id = practitioners.with_env(self.env)

    @api.onchange("partner_ids", "user_id")
    def _onchange_partner_ids_booking(self):
        """Propose the client, where the user may bill, and who comes as title.

        In a colleague's calendar the user plans, and somebody else bills.
        """
        if self._origin or not self._has_field_access(
            self._fields["client_id"], "write"
        ):
            return
        guests = self.partner_ids._origin._filter_outside()
        if not self._is_planned_by_me():
            self.client_id = self.service_id = False
        elif not self.client_id or self.client_id._origin not in guests:
            self.client_id = guests[:1]
        if guests and self._has_proposed_title(guests):
            first = self.client_id._origin & guests or guests[:1]
            self.name = self._propose_title(first, len(guests) - 1)

    def _has_proposed_title(self, guests):
        """Return whether nobody typed a title: it is empty, or one of those proposed.

        :param guests: `res.partner` records from outside, one more or less than before
        """
        return not self.name or any(
            self.name == self._propose_title(guest, others)
            for guest in guests
            for others in range(len(guests) + 1)
        )

    def _propose_title(self, first, others):
        """Return the title of an appointment with this client and so many others.

        It is read in the house only: mails and calendar files are neutral.
        """
        if not others:
            return first.name
        return self.env._(
            "%(client)s and %(count)s more", client=first.name, count=others
        )

    @api.onchange("client_id")
    def _onchange_client_id_booking(self):
        """Propose the payer, and the service of the client's last booking."""
        if self._origin:
            return
        self.payer_id = self._imagine_booking().payer_id
        if not self.client_id:
            self.price = 0.0
        elif not self.service_id:
            last = self.env[BOOKING].search(
                [
                    ("client_id", "=", self.client_id._origin.id),
                    ("service_id", "!=", False),
                ],
                limit=1,
            )
            self.service_id = last.service_id

    @api.onchange("payer_id", "service_id")
    def _onchange_service_id_booking(self):
        """Propose price and invoicing method."""
        booking = self._imagine_booking()
        origin = self._origin
        if not origin or self.service_id != origin.service_id:
            self.price = self.service_id and booking._get_list_price()
        if not origin:
            self.currency_id = booking.currency_id
            self.invoicing_method = booking._get_default_method()

    def _imagine_booking(self):
        """Return a booking, not in the database, of what this form says."""
        return self.env[BOOKING].new(
            {
                "user_id": self.user_id._origin.id,
                "start": self.start,
                "client_id": self.client_id._origin.id,
                "service_id": self.service_id._origin.id,
                **({"payer_id": self.payer_id._origin.id} if self.payer_id else {}),
            }
        )


class KonfidensPaymentBooking(models.Model):
    """What may be chosen in the form of a booking."""

    _inherit = "konfidens.payment.booking"

    def onchange(self, values, field_names, fields_spec):
        """Override of `web`: a form shows no price of what the user may not see.

        :raises AccessError: the user chooses such a record
        """
        self._check_may_choose(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_may_choose(self, vals):
        """Check that the user may read what these values choose.

        The booking shows name and price of it, also where only the own is seen.

        :raises AccessError: in words that name nothing
        """
        if self.env.su:
            return
        for name in CHOSEN_RECORDS:
            if not vals.get(name):
                continue
            chosen = self.env[self._fields[name].comodel_name].browse(vals[name])
            if not chosen.has_access("read"):
                raise AccessError(
                    self.env._(
                        "You may not see the contact or service that you chose. "
                        "Choose another one, or ask for access to it."
                    )
                )
