from datetime import timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..controllers import health
from .jobs_common import JobsCommon


@tagged("post_install", "-at_install")
class TestHealth(JobsCommon, HttpCase):
    """A page for whoever watches the server: whether payments are being done."""

    def look(self):
        health._answers.clear()
        return self.look_again()

    def look_again(self):
        self.env.flush_all()
        answer = self.url_open("/konfidens_payments/health")
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return answer.status_code, answer.json()

    def test_pass(self):
        self.assertEqual(self.look(), (200, {"status": "pass"}))

    def test_fail(self):
        self.due_since(timedelta(days=1))
        self.set_job("send_due", active=False)
        self.assertEqual(self.look(), (503, {"status": "fail"}))

    def test_jobs_do_not_run_and_nothing_is_due(self):
        self.stop_all()
        self.assertEqual(self.look(), (503, {"status": "fail"}))

    def test_job_that_nobody_needs_is_switched_off(self):
        self.set_job("send_sms", active=False)
        self.assertEqual(self.look(), (200, {"status": "pass"}))

    def test_is_not_worked_out_again_at_once(self):
        self.assertEqual(self.look()[0], 200)
        self.stop_all()
        self.assertEqual(self.look_again()[0], 200)
        with patch.object(health, "_KEPT", 0):
            self.assertEqual(self.look_again()[0], 503)
