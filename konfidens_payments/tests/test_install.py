from odoo.tests import TransactionCase, new_test_user, tagged

BOOKING = "konfidens.payment.booking"


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    """What installing does to the events that exist already.

    That it is one statement for all of them, on a database without the addon, is
    tested with a running server in ``tests/``.
    """

    def test_existing_events_are_booked_as_new_ones_are(self):
        guest, second = self.env["res.partner"].create(
            [{"name": "Guest"}, {"name": "Second"}]
        )
        practitioner = new_test_user(self.env, "p", groups="base.group_user")
        portal = new_test_user(self.env, "q", groups="base.group_portal")
        guests_of = [
            practitioner.partner_id,
            practitioner.partner_id + guest,
            second + guest,
            practitioner.partner_id + portal.partner_id,
        ]
        events = self.env["calendar.event"].create(
            [
                {"name": "E", "user_id": practitioner.id, "partner_ids": guests.ids}
                for guests in guests_of
            ]
        )
        events[3].active = False
        names = [
            name
            for name, field in self.env[BOOKING]._fields.items()
            if field.store
            and field.type != "many2many"
            and name != "id"
            and not name.endswith(("_uid", "_date"))
        ]

        def read():
            bookings = self.env[BOOKING].with_context(active_test=False)
            found = bookings.search([("event_id", "in", events.ids)])
            return found.sorted(lambda one: one.event_id.id).read(names, load=None)

        made = [{**row, "id": None} for row in read()]
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM konfidens_payment_booking")
        self.env.invalidate_all()
        self.env[BOOKING]._book_existing_events()
        self.assertEqual([{**row, "id": None} for row in read()], made)
        self.assertEqual(len(made), 3)
        self.assertEqual({row["payment_status"] for row in made}, {"external"})
