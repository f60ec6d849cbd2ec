import re

from odoo.tests import HttpCase

from .common import PaymentsCommon


class PayLinkCommon(PaymentsCommon, HttpCase):
    """A stranger who opens pay links."""

    def open(self, move, method="GET"):
        """Open the pay link as a stranger; return the answer.

        :param move: an invoice; or a payment message that told of several
        """
        self.env.flush_all()
        answer = self.url_open(
            f"/p/{move.sudo().pay_token}", method=method, allow_redirects=False
        )
        self.env.invalidate_all()
        return answer

    def assert_page(self, move, state, *words):
        """Check what the page says; return its text."""
        answer = self.open(move)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(f'data-state="{state}"', answer.text)
        # as it is read
        text = " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
        text = text.replace("&nbsp;", " ").replace("\xa0", " ")
        for word in words:
            self.assertIn(word, text)
        for secret in ("Depression", "private", "Trauma", "therapy", "Nordmann"):
            self.assertNotIn(secret, answer.text)
        return answer.text

    def sent(self):
        """Return a draft whose payment message has left."""
        move = self.draft()
        self.send(move)
        with self.mock_mail_gateway():
            self.send_due()
        return move
