from http.client import RemoteDisconnected

import requests
from urllib3 import exceptions as urllib3_errors

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ..models.sending.sms_sms import _may_have_been_taken

OUT_OF_TIME = urllib3_errors.ReadTimeoutError(None, "/", "Read timed out.")
HUNG_UP = RemoteDisconnected("Remote end closed connection without response")


def unconnected(kind, reason):
    """The error of `requests` for a connection that could not be made."""
    return kind(urllib3_errors.MaxRetryError(None, "/", reason))


@tagged("post_install", "-at_install")
class TestSmsAnswer(BaseCase):
    """Whether an SMS may have left, from the error that came instead of an answer."""

    def test_may_have_left(self):
        for error in (
            requests.ReadTimeout(OUT_OF_TIME),
            requests.ConnectionError(urllib3_errors.ProtocolError("Aborted", HUNG_UP)),
            requests.exceptions.ChunkedEncodingError(urllib3_errors.ProtocolError()),
            # through a proxy
            unconnected(
                requests.exceptions.ProxyError,
                urllib3_errors.ProxyError("Cannot connect to proxy.", HUNG_UP),
            ),
        ):
            with self.subTest(error=error):
                self.assertTrue(_may_have_been_taken(error))

    def test_has_not_left(self):
        refused = urllib3_errors.NewConnectionError(None, "Connection refused")
        for error in (
            unconnected(requests.ConnectionError, refused),
            unconnected(
                requests.ConnectTimeout, urllib3_errors.ConnectTimeoutError("Time out")
            ),
            unconnected(
                requests.exceptions.ProxyError,
                urllib3_errors.ProxyError("Cannot connect to proxy.", refused),
            ),
            unconnected(
                requests.exceptions.SSLError, urllib3_errors.SSLError("Bad certificate")
            ),
            requests.HTTPError("500 Server Error"),
            requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0),
        ):
            with self.subTest(error=error):
                self.assertFalse(_may_have_been_taken(error))

    def test_odoos_own_service_hides_the_error(self):
        words = "No answer"
        for error, expected in (
            (requests.ReadTimeout(OUT_OF_TIME), True),
            (requests.HTTPError("500 Server Error"), False),
        ):
            try:
                try:
                    raise error
                except requests.RequestException:
                    raise AccessError(words)
            except AccessError as hidden:
                self.assertEqual(_may_have_been_taken(hidden), expected)
        self.assertFalse(_may_have_been_taken(AccessError(words)))
