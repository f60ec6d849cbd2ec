import base64
from copy import deepcopy

from odoo.exceptions import UserError

from .access_point import access_point
from .peppol_common import PRACTICE, PeppolCommon


class SendingCommon(PeppolCommon):
    """A practice that sends electronic invoices: in Odoo's demo mode, at first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param("account_peppol.edi.mode", "demo")
        cls.edi_user = cls.env["peppol.registration"]._create_connection(
            f"0192:{PRACTICE}", "a-database", cls.company
        )
        for payer in (cls.municipality, cls.employer):
            payer.button_account_peppol_check_partner_endpoint(company=cls.company)

    @classmethod
    def use_access_point(cls):
        """Let Odoo ask an access point on loopback instead, in the whole class."""
        cls.edi_user.sudo().write(
            {
                "edi_mode": "test",
                "refresh_token": base64.b64encode(b"secret").decode(),
            }
        )
        cls.point = cls.enterClassContext(access_point())

    def run_job(self, xmlid):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def send_documents(self):
        self.run_job("konfidens_payments_peppol.ir_cron_send_documents")

    def ask_for_documents(self):
        """Let Odoo's own job ask what became of the documents."""
        self.run_job("account_peppol.ir_cron_peppol_get_message_status")

    def handed_over(self, payer=None, **values):
        """Return an invoice that was completed, and whose document waits."""
        move = self.draft_for(payer or self.municipality, **values)
        self.send(move)
        self.send_due()
        return move

    def sent_document(self, payer=None):
        """Return an invoice whose document was handed over to the access point."""
        move = self.handed_over(payer)
        self.send_documents()
        return move

    def message_of(self, move):
        return move.payment_message_line_ids._get_latest().message_id

    def part_of(self, move):
        return self.message_of(move).sudo().notification_ids

    def work(self):
        """Let all jobs look once that send, and that see what became of it."""
        with self.mock_mail_gateway():
            self.send_due()
            self.send_documents()
            self.complete_delivered()


class AccessPointCommon(SendingCommon):
    """A practice whose documents go to an access point on loopback.

    :cvar point: the `AccessPoint`; each test begins when it has what is given
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_access_point()

    def setUp(self):
        super().setUp()
        if "_point_at_first" not in vars(type(self)):
            type(self)._point_at_first = deepcopy(vars(self.point))
        vars(self.point).update(deepcopy(self._point_at_first))

    def given_sent(self):
        """Let the document of the invoice that is given leave; return the invoice."""
        self.send_documents()
        return self.given

    def report(self, move, content):
        """Let the access point say this of a document, and Odoo ask it."""
        self.point.states[move.peppol_message_uuid] = content
        self.ask_for_documents()
        self.complete_delivered()

    def assert_stays(self, move):
        """Check that a completed invoice is neither reset, cancelled nor given up."""
        for change in (
            move.button_draft,
            move.button_cancel,
            lambda: move.write({"state": "draft"}),
            move.action_bill_externally,
            move.booking_ids.action_bill_externally,
        ):
            with self.assertRaisesRegex(UserError, "Credit it"), self.cr.savepoint():
                change()
        self.assertEqual(move.state, "posted")
