from contextlib import contextmanager

from odoo import api, models
from odoo.fields import Command

from ...tools import COPIED, by_itself, followed_up, get_follow_up, quietly
from .calendar_event import BOOKING, WRITTEN

# Which events are being changed, so that their bookings follow afterwards.
CHANGING = "konfidens_payments_changing"
# What of an appointment its bookings follow.
FOLLOWED = {
    "active",
    "allday",
    "attendee_ids",
    "duration",
    "partner_ids",
    "recurrency",
    "start",
    "start_date",
    "stop",
    "stop_date",
    "user_id",
}
SERIES = ("future_events", "all_events")
# What of the payment nobody writes.
FOLLOWING = (
    "_compute_booking",
    "_compute_can_write_booking",
    "_compute_payment",
    "_compute_payment_message_hint",
    "_compute_unbilled_note",
    "_compute_public_date",
)


class CalendarEvent(models.Model):
    """What planning, changing, copying and deleting an appointment does to bookings."""

    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `calendar`: the first guest from outside has a booking.

        :raises AccessError: the user may not bill the appointment, and says how
        :raises UserError: a service was chosen, and nobody from outside is invited
        """
        mark = get_follow_up(self)
        in_series = all(vals.get("recurrence_id") for vals in vals_list)
        if mark is COPIED or (mark and in_series):
            events = super().create(vals_list)
            self._note_made(events.ids)
            return events
        defaults, context = {}, {}
        for key, value in self.env.context.items():
            if key.startswith("default_") and key[8:] in WRITTEN:
                defaults[key[8:]] = value
            else:
                context[key] = value
        if defaults and not self.env[BOOKING].has_access("create"):
            defaults = {}
        planner = by_itself(self.with_env(self.env(context=context)))
        split = [planner._split_off_booking({**defaults, **v}) for v in vals_list]
        before = len(self._note_made())
        rests = [rest for rest, _booked in split]
        events = super(CalendarEvent, followed_up(planner)).create(rests)
        values_of = {
            event.id: booked
            for event, (_rest, booked) in zip(events, split, strict=True)
        }
        noted = self._note_made()[before:]
        made = planner.browse(dict.fromkeys([*events.ids, *noted])).exists()
        for event in made - planner.browse(events.ids):  # occurrences of a series
            base = event.recurrence_id.base_event_id
            values_of[event.id] = values_of.get(base.id, {})
        made._make_bookings(values_of)
        return self.browse(events.ids)

    @contextmanager
    def _being_followed_up(self):
        """Note that what becomes of these follows once the change of them is made."""
        changing = self.env.cr.cache.setdefault(CHANGING, set())
        mine = set(self.ids) - changing
        changing |= mine
        try:
            yield
        finally:
            changing -= mine

    def _filter_met(self):
        """Return those that nobody follows up.

        All, but in the midst of a change of others: then those that have a booking, and
        that a rule of automation, say, meets by chance.
        """
        if not get_follow_up(self):
            return self
        changing = self.env.cr.cache.get(CHANGING, ())
        others = self.filtered(lambda event: event.id not in changing)
        billed = others._get_billed_ids() if others else ()
        return others.filtered(lambda event: event.id in billed)

    def _note_made(self, ids=()):
        """Note events that are made within a change of others, as those of a series.

        :return: list with the ids of all that this transaction made so
        """
        made = self.env.cr.cache.setdefault("konfidens_payments_made", [])
        made += ids
        return made

    def _attendees_values(self, partner_commands):
        """Override of `calendar`: guests come in the order in which they were invited.

        Odoo takes them as a set, and the first one is billed.
        """
        commands = super()._attendees_values(partner_commands)
        invited = []
        for command in partner_commands:
            if isinstance(command, int):
                invited.append(command)
            elif command[0] == Command.SET:
                invited += command[2]
            elif command[0] == Command.LINK:
                invited.append(command[1])
        place = {key: number for number, key in enumerate(invited, 1)}
        return sorted(
            commands,
            key=lambda one: one[0] == Command.CREATE and place[one[2]["partner_id"]],
        )

    def copy_data(self, default=None):
        """Override of `calendar`, whose series has its guests in the order of names."""
        vals_list = super().copy_data(default)
        for event, vals in zip(self, vals_list, strict=True):
            if "partner_ids" in vals and "partner_ids" not in (default or {}):
                invited = event.attendee_ids.sorted("id").partner_id
                guests = (invited & event.partner_ids) | event.partner_ids
                vals["partner_ids"] = [Command.set(guests.ids)]
        return vals_list

    def write(self, vals):
        """Override of `calendar` to keep bookings and appointment in step.

        :raises UserError: what the payer was told would change
        """
        met = self._filter_met()
        if met != self:
            if met:
                by_itself(met).write(vals)
            return super(CalendarEvent, self - met).write(vals)
        self = by_itself(self)
        vals, booked = self._split_off_booking(vals)
        update = vals.get("recurrence_update") if len(self.recurrence_id) == 1 else None
        update = update if update in SERIES and len(self) == 1 else None
        scope = self | self.recurrence_id.calendar_event_ids if update else self
        result = True
        # where only bookings are written, no series is rebuilt for it
        if set(vals) - {"recurrence_update"} or not booked:
            if update or FOLLOWED.intersection(vals):
                before = scope._get_before_change()
                number = len(self._note_made())
                with scope._being_followed_up():
                    result = super(CalendarEvent, followed_up(self)).write(vals)
                made = self.browse(self._note_made()[number:])
                scope |= self._follow_change(before, made)
            else:
                result = super().write(vals)
        if booked:
            self._write_in_series(scope, booked, update)
        return result

    def unlink(self):
        """Override of `calendar` to take draft and unsent message along.

        An appointment that was ever billed, here or elsewhere, is archived instead.

        :raises UserError: somebody else is sending or completing the invoice right now
        """
        self.check_access("unlink")
        # sudo: the bookings go with it by the system's rules
        bookings = self.env[BOOKING].sudo().with_context(active_test=False)
        bookings = bookings.search([("event_id", "in", self.ids)])
        met = self._filter_met()
        going = bookings.filtered(lambda booking: booking.event_id in met)
        going.invoice_id._lock_for_payment()
        kept = going.filtered(lambda booking: booking._is_kept())
        going.filtered("active")._cancel()
        (going - kept).unlink()
        kept |= bookings - going  # they go over to what replaces it
        archived = self & kept.event_id.with_env(self.env)
        if archived:
            with archived._being_followed_up():
                followed_up(archived).write({"active": False})
        return super(CalendarEvent, self - archived).unlink()

    def copy(self, default=None):
        """Override of `calendar`: a copy is a new booking, billed as new ones are."""
        copies = super(CalendarEvent, followed_up(self, COPIED)).copy(default)
        copies = self.browse(copies.ids)
        values_of, patterns = {}, {}
        for event, copied in zip(self, copies, strict=True):
            bookings = event._search_bookings_of_events()
            if bookings[:1]._is_model_for(copied, self.env):
                values_of[copied.id] = bookings[:1]._prepare_copy_values()
                patterns[copied.id] = bookings
        # sudo: what is billed is copied by the system's rule, and billed by who may
        copies.sudo()._make_bookings(values_of)
        copies.sudo()._share_like(patterns)
        return copies

    def _split_off_booking(self, vals):
        """Return these values without, and only with, what stands on bookings.

        :raises AccessError: the user may write on no booking at all, or writes what
            only follows
        """
        booked = {name: vals[name] for name in WRITTEN if name in vals}
        rest = {name: value for name, value in vals.items() if name not in booked}
        # a group's list of bookings, edited in the form of its appointment
        for command in rest.pop("booking_ids", None) or ():
            if command[0] != Command.UPDATE:
                raise self.env[BOOKING]._only_follows()
            self.env[BOOKING].browse(command[1]).write(command[2])
        if not self.env.su:
            for name in booked:
                self._check_field_access(self._fields[name], "write")
            if any(self._fields[name].compute in FOLLOWING for name in rest):
                raise self.env[BOOKING]._only_follows()
        return rest, booked

    # === BEFORE AND AFTER A CHANGE === #

    def _get_before_change(self):
        """Return how these events and their bookings are, and lock their invoices.

        :raises UserError: somebody else is sending or completing one right now
        """
        # sudo: the bookings follow the appointment by the system's rules
        bookings = self.env[BOOKING].sudo().with_context(active_test=False)
        bookings = bookings.search([("event_id", "in", self.ids)], order="id")
        return {
            "bookings": bookings,
            "known": bookings._get_before_change(),
            "guests": self._get_outside_guests(),
            "cancelled": self.filtered(lambda event: not event.active),
            "starts": {event.id: event.start for event in self},
            "organisers": {event.id: event.user_id for event in self},
        }

    def _follow_change(self, before, made):
        """Bring the bookings in step with what changed on the appointments.

        :param before: what `_get_before_change` returned
        :param made: the events that were made meanwhile, of a changed series
        :return: the events that these bookings and new ones are of now
        """
        if made:
            self._hand_bookings_over(before, made)
        bookings = before["bookings"].exists()
        events = self.browse(before["starts"]).exists()
        bookings.filtered(lambda one: one.active and not one.event_id.active)._cancel()
        restored = before["cancelled"].exists().filtered("active")
        for event_id, guests in restored._get_outside_guests().items():
            theirs = bookings.filtered(
                lambda one, key=event_id: one.event_id.id == key and one.share
            )
            # not those who left before; a client may take part without being a guest
            back = theirs.filtered(lambda one, guests=guests: one.client_id in guests)
            (back or theirs._filter_first_client())._restore(self.env)
        events._follow_guests(before["guests"])
        self._follow_organiser(before)
        bookings = bookings.exists()
        quietly(bookings)._follow_in_drafts(before["known"])
        bookings._unmark_moved(before["starts"], self.env)
        bookings._decline_again()
        bookings.invoice_id.payment_message_ids._follow_appointments()
        return events | made.exists()


class KonfidensPaymentBooking(models.Model):
    _inherit = BOOKING

    def _is_model_for(self, event, env):
        """Return whether a new booking of this event may begin as this one is.

        Where it is the same practitioner's, or who acts may read this one. Otherwise
        it begins as that of an appointment newly planned: the appointment of somebody
        else, copied or taken over, shows nothing of what that one bills.

        :param event: the `calendar.event` that gets a booking
        :param env: of who acts
        """
        if event.sudo().user_id == self.user_id:  # sudo: whose it is, and no more
            return True
        # Also what is done as superuser is done for a user: synchronization, say.
        return self.with_env(env).sudo(False).has_access("read")

    def _prepare_copy_values(self):
        """Return what a copy of this booking begins with; its method is a new one's."""
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in ("client_id", "payer_id", "service_id")
        }
        return {**values, "price": self._get_whole_full_price()}
