from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import by_itself, loudly, quietly
from .calendar_event import BOOKING, GROUPS


class CalendarEvent(models.Model):
    """Who of an appointment's guests is billed: whom the bookings are of.

    The first guest from outside always is, each of them where the service says so or
    somebody wants it. If a billed guest leaves, nobody inherits the bill.
    """

    _inherit = "calendar.event"

    unbilled_note = fields.Char(
        compute="_compute_unbilled_note",
        groups=GROUPS,
        help="How many guests from outside are not billed.",
    )

    # === WHO THEY ARE === #

    def _get_outside_guests(self):
        """Return the guests from outside, in the order in which they were invited.

        :return: dict from the event's id to `res.partner` records
        """
        # sudo: who is invited decides who is billed, whoever looks
        attendees = (
            self.env["calendar.attendee"]
            .sudo()
            .search_fetch(
                [("event_id", "in", self.ids)], ["event_id", "partner_id"], order="id"
            )
        )
        outside = attendees.partner_id._filter_outside()
        guests = dict.fromkeys(self.ids, outside.browse())
        for attendee in attendees:
            if attendee.partner_id in outside:
                guests[attendee.event_id.id] |= attendee.partner_id
        return guests

    @api.depends("attendee_ids.partner_id", "all_booking_ids.active", "user_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_unbilled_note(self):
        events = self._origin
        billed = events._search_own_bookings().grouped(lambda one: one.event_id.id)
        every = events._get_billed_ids()
        mine = events.filtered(
            lambda one: (
                one.id in billed or (one.id not in every and one._is_planned_by_me())
            )
        )
        guests = mine._get_outside_guests()
        nobody, none = self.env["res.partner"], self.env[BOOKING]
        for event in self:
            key = event._origin.id
            theirs = billed.get(key, none)
            others = guests.get(key, nobody) - theirs._get_payers_and_clients()
            event.unbilled_note = bool(others) and self._say_unbilled(len(others))

    def _say_unbilled(self, count):
        if count == 1:
            return self.env._("1 more guest is not billed.")
        return self.env._("%(count)s more guests are not billed.", count=count)

    # === MAKING BOOKINGS === #

    def _make_bookings(self, values_of):
        """Make the booking of each of these events, which have none.

        By the system's rule whoever planned it has one; it is billed only if that
        user may bill it.

        :param values_of: dict from the event's id to what the user gave of it
        :raises AccessError: the user gave what only others may write or see
        :raises UserError: a service was chosen, and there is nobody to bill
        """
        guests = self._get_outside_guests()
        vals_list = []
        for event in self:
            # A form sends all of its fields, also those that nobody filled in; with a
            # service, a price of zero was typed.
            given = values_of.get(event.id, {})
            values = {
                name: value
                for name, value in given.items()
                if value or (name == "price" and given.get("service_id"))
            }
            self.env[BOOKING]._check_may_choose(values)
            clients = self._choose_clients(guests[event.id], values)
            if not clients and values.get("service_id"):
                raise self._nobody_to_bill()
            for client in clients:
                vals = {**values, "event_id": event.id, "active": event.active}
                if len(clients) > 1 and values.get("client_id") != client.id:
                    vals.pop("payer_id", None)  # of a group each has the own
                vals["client_id"] = client.id
                vals_list.append(vals)
        # sudo: by the system's rule; what the user may do with them is checked next
        bookings = loudly(quietly(self.env[BOOKING].sudo()).create(vals_list))
        given = {
            event_id for event_id, values in values_of.items() if any(values.values())
        }
        bookings.filtered(lambda one: one.event_id.id in given).with_env(
            self.env
        )._check_can_bill()
        bookings._bill_as_planned_by(self.env)

    def _nobody_to_bill(self):
        """Return the UserError for who bills an appointment without a client."""
        return UserError(
            self.env._(
                "Nobody from outside is invited, so there is nobody to bill. Add the "
                "client as a guest first."
            )
        )

    def _choose_clients(self, guests, values):
        """Return who is billed: the first guest, each of them, or whom the user chose.

        :param guests: `res.partner` records from outside, in order
        :param values: what the user gave of the booking
        """
        chosen = guests.browse(values.get("client_id") or [])
        service = self.env["product.product"].sudo().browse(values.get("service_id"))
        if service.payments_bills_each_guest:
            return chosen | guests
        return chosen or guests[:1]

    def action_bill_each_guest(self):
        """Make a booking for each guest from outside who has none.

        With the service and method of the appointment's first booking, and its price
        where that was typed by hand; each with the own payer, and the payer's method.

        :raises AccessError: the user may not bill this appointment
        """
        guests = self._get_outside_guests()
        for event in self:
            # sudo: as the first guest is billed; create() checks who may bill others
            bookings = self.env[BOOKING].sudo().with_context(active_test=False)
            bookings = bookings.search(
                [("event_id", "=", event.id)], order="active desc, id"
            )
            pattern = bookings[:1]
            there = bookings.filtered("active")._get_payers_and_clients()
            self.env[BOOKING].create(
                [
                    {
                        "event_id": event.id,
                        **pattern._prepare_values_of_other(guest, event),
                    }
                    for guest in guests[event.id] - there
                ]
            )

    # === GUESTS WHO JOIN AND LEAVE === #

    @contextmanager
    def _following_guests(self):
        """Let bookings follow what becomes of the guests of these events."""
        events = by_itself(self._filter_met())
        before = events._get_outside_guests()
        yield
        events.exists()._follow_guests(before)

    def _follow_guests(self, before):
        """Bring the bookings in step with the guests.

        :param before: what `_get_outside_guests` returned before the change
        """
        events = self.filtered("active")
        now = events._get_outside_guests()
        # sudo: bookings follow the guests by the system's rules
        bookings = self.env[BOOKING].sudo().with_context(active_test=False)
        bookings = bookings.search([("event_id", "in", events.ids)], order="id")
        by_event = bookings.grouped(lambda booking: booking.event_id.id)
        for event in events:
            guests, known = now[event.id], before[event.id]
            if guests != known:
                event._follow_guests_of_one(
                    by_event.get(event.id, bookings.browse()), guests, known
                )

    def _follow_guests_of_one(self, bookings, guests, known):
        back = bookings.filtered(
            lambda booking: (
                not booking.active
                and booking.share
                and booking.client_id in guests - known
            )
        )
        back._restore(self.env)
        joined = guests - known - back.client_id
        left = bookings.filtered(
            lambda booking: booking.active and booking.client_id in known - guests
        )
        pattern = (bookings.filtered("active") or bookings)[:1]
        service = pattern.service_id
        is_model = pattern._is_model_for(self, self.env)
        alone = len(bookings.filtered("active")) == 1
        if alone and left and joined and left._is_changed_by(self.env):
            # the wrong guest was invited, and is replaced by the right one
            loudly(left).client_id = joined[:1]
            left, joined = left.browse(), joined[1:]
        left._leave()
        billed = bookings.exists().filtered("active")._get_payers_and_clients()
        if service.payments_bills_each_guest:
            new = guests - billed
        elif not bookings:
            new = guests[:1]
        else:
            new = joined[:1] if not billed else joined.browse()
        if not is_model:
            service = service.browse()
        vals_list = [
            {"event_id": self.id, "client_id": client.id, "service_id": service.id}
            for client in new
        ]
        made = quietly(bookings).create(vals_list)
        loudly(made)._bill_as_planned_by(self.env)


class KonfidensPaymentBooking(models.Model):
    _inherit = BOOKING

    def _prepare_values_of_other(self, client, event):
        """Return what another guest of this booking's appointment is billed for.

        :param client: the guest, whose payer may have a method of its own
        :param event: the appointment, which may have another organiser by now
        """
        if not self._is_model_for(event, event.env):
            return {"client_id": client.id}
        values = {"client_id": client.id, "service_id": self.service_id.id}
        price = self._get_whole_full_price()
        if self.service_id and self.currency_id.compare_amounts(
            price, self._get_list_price()
        ):
            values["price"] = price  # typed by hand
        payer = client.sudo().invoice_recipient_id or client.sudo()
        own = payer.with_company(self.company_id).invoicing_method
        if not own and self.invoicing_method != "external":
            values["invoicing_method"] = self.invoicing_method
        return values

    def _is_changed_by(self, env):
        """Return whether the user of this environment may change what is billed."""
        own = self.with_env(env).sudo(False)
        return not self.is_told and own.has_access("write")

    def _bill_as_planned_by(self, env):
        """Bill these new bookings by their method, those that the user may bill.

        Of the others their practitioner hears: they wait for who may.

        :param env: of who planned the appointment
        """
        # Also what is done as superuser is done for a user: synchronization, say.
        own = self.with_env(env).sudo(False)
        billable = own._filtered_access("write")
        self.browse(billable.ids)._bill_by_method()
        waiting = (self - self.browse(billable.ids)).filtered(
            lambda booking: booking.payment_status == "to_invoice"
        )
        waiting._notify_practitioner(
            lambda theirs: theirs._(
                "%(user)s planned appointments of yours that wait for their invoice.",
                user=env.user.name,
            )
        )

    def _book_whole_group(self):
        """Make the missing bookings, where the service bills each guest."""
        groups = self.filtered("service_id.payments_bills_each_guest")
        guests = groups.event_id._get_outside_guests()
        vals_list = []
        for event, theirs in groups.grouped("event_id").items():
            billed = event._search_bookings_of_events()._get_payers_and_clients()
            vals_list += [
                {
                    "event_id": event.id,
                    "client_id": client.id,
                    "service_id": theirs[0].service_id.id,
                }
                for client in guests[event.id] - billed
            ]
        loudly(quietly(self).create(vals_list))._bill_as_planned_by(self.env)

    def _leave(self):
        """Let bookings go whose client takes no part any more.

        What the payer was told stays, and its invoice says why it is still there.
        """
        for booking in self:
            if booking.is_told:
                booking.invoice_id._message_log(
                    body=self.env._(
                        "The client is no guest of this appointment any more. The "
                        "payer has been told of the invoice, so that it stays: credit "
                        "it, or bill it externally, if nothing is to be paid."
                    )
                )
                continue
            # of what is shared all comes back with the client
            is_kept = booking._is_kept() or booking._is_shared()
            booking._cancel()
            if not is_kept:
                booking.unlink()


class CalendarAttendee(models.Model):
    """Guests decide who is billed, whatever way they come and go."""

    _inherit = "calendar.attendee"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `calendar` to let bookings follow the guests."""
        events = self.env["calendar.event"].browse(
            {vals["event_id"] for vals in vals_list if vals.get("event_id")}
        )
        with events._following_guests():
            return super().create(vals_list)

    def write(self, vals):
        """Override of `calendar` to let bookings follow the guests."""
        if not {"event_id", "partner_id"} & set(vals):
            return super().write(vals)
        events = self.event_id | self.event_id.browse(vals.get("event_id"))
        with events._following_guests():
            return super().write(vals)

    def unlink(self):
        """Override of `calendar` to let bookings follow the guests."""
        with self.event_id._following_guests():
            return super().unlink()
