from odoo.tests import TransactionCase, new_test_user, tagged

from ..hooks import _FILL_CLIENTS


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    """What installing does to the events that exist already.

    That it is one statement for all of them, on a database without the addon, is
    tested with a running server in ``tests/``.
    """

    def test_clients_are_found_as_for_new_events(self):
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
        names = ["client_id", "payer_id", "company_id", "currency_id"]
        computed = events.filtered("client_id").read(names)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE calendar_event SET client_id = NULL, payer_id = NULL, "
            "company_id = NULL, currency_id = NULL WHERE id IN %s",
            [tuple(events.ids)],
        )
        self.env.cr.execute(_FILL_CLIENTS)
        self.env.invalidate_all()
        self.assertEqual(events.filtered("client_id").read(names), computed)
        self.assertEqual(len(computed), 3)
