import json
import socket
import ssl
import threading
from http.client import RemoteDisconnected

import requests
from urllib3 import exceptions as urllib3_errors

from odoo.tests import BaseCase, tagged

from ..models.sending.res_company import _Session
from ..models.sending.sms_answer import NotTaken, Refused, Unclear, was_not_taken

OUT_OF_TIME = urllib3_errors.ReadTimeoutError(None, "/", "Read timed out.")
HUNG_UP = RemoteDisconnected("Remote end closed connection without response")


def unconnected(kind, reason):
    """The error of `requests` for a connection that could not be made."""
    return kind(urllib3_errors.MaxRetryError(None, "/", reason))


def answer(status, text):
    """The answer of a provider, as `requests` gives it."""
    response = requests.Response()
    response.status_code = status
    response._content = text.encode()
    return response


class Provider:
    """A provider's server that does something odd with each connection.

    :param act: called with a connection (socket)
    """

    def __init__(self, act):
        self._act = act
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                self._act(connection)


def reads_and(answer):
    def act(connection):
        connection.recv(65536)
        connection.sendall(answer)

    return act


@tagged("post_install", "-at_install")
class TestSmsAnswer(BaseCase):
    """Whether an SMS may have left, from what came instead of a clear answer."""

    # === AN ERROR === #

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
            # also while reading
            unconnected(requests.exceptions.SSLError, urllib3_errors.SSLError("EOF")),
            requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0),
            requests.exceptions.ContentDecodingError("gzip"),
            requests.TooManyRedirects("30"),
            *(
                requests.HTTPError(response=answer(status, "Oops"))
                for status in (400, 401, 404, 408, 500, 502, 504, 520)
            ),
            ValueError("Whatever else"),
        ):
            with self.subTest(error=error):
                self.assertFalse(was_not_taken(error))

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
            requests.HTTPError(response=answer(429, "Slowly")),
            requests.HTTPError(response=answer(503, "<html>Later</html>")),
        ):
            with self.subTest(error=error):
                self.assertTrue(was_not_taken(error))

    # === A REAL CONNECTION === #

    def ask(self, url, **options):
        """Return the error of asking that provider."""
        with self.assertRaises(requests.RequestException) as caught:
            requests.post(url, data={"To": "+4791234567"}, timeout=5, **options)
        return caught.exception

    def test_nobody_is_there(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
            with self.subTest(url=url):
                self.assertTrue(was_not_taken(self.ask(url)))

    def test_tls_that_fails_before_anything_is_sent(self):
        for what in (b"HTTP/1.1 200 OK\r\n\r\n", b""):
            with self.subTest(what=what), Provider(reads_and(what)) as provider:
                error = self.ask(f"https://{provider.address}")
                self.assertTrue(was_not_taken(error), error)

    def test_proxy_that_lets_nobody_through(self):
        for what in (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", b"", b"What?\r\n"):
            with self.subTest(what=what), Provider(reads_and(what)) as proxy:
                error = self.ask(
                    "https://localhost:9/", proxies={"https": f"http://{proxy.address}"}
                )
                self.assertTrue(was_not_taken(error), error)

    def test_connection_that_breaks_after_the_request(self):
        chunked = b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"
        for what in (b"", b"What?\r\n", chunked):
            with self.subTest(what=what), Provider(reads_and(what)) as provider:
                error = self.ask(f"http://{provider.address}")
                self.assertFalse(was_not_taken(error), error)

    def test_sent_on_to_where_nobody_is(self):
        to = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n"
        with Provider(reads_and(to)) as provider:
            error = self.ask(f"http://{provider.address}")
        self.assertIsInstance(error, requests.ConnectionError)
        self.assertFalse(was_not_taken(error))

    # === TWILIO'S ANSWER === #

    def judge(self, response):
        """Return as what an answer of Twilio's counts; None: as clear."""

        class Twilio:
            def post(self, *_args, **_kwargs):
                if isinstance(response, Exception):
                    raise response
                return response

        try:
            self.assertIs(_Session(Twilio()).post("https://example.com"), response)
        except Exception as error:
            self.assertNotIsInstance(
                error, requests.RequestException, "`sms_twilio` would swallow it"
            )
            return type(error)
        return None

    def test_clear_answers_of_twilio(self):
        for status, content in (
            (201, {"sid": "SM1", "status": "queued"}),
            (400, {"code": 21211, "message": "Invalid number", "status": 400}),
            (400, {"code": 21610}),
            (404, {"code": 20404, "message": "Not found"}),
        ):
            with self.subTest(content=content):
                self.assertIsNone(self.judge(answer(status, json.dumps(content))))

    def test_twilio_refuses_the_account_or_takes_nothing_now(self):
        for status, text, expected in (
            (401, '{"code": 20003, "message": "Authenticate"}', Refused),
            (400, '{"code": 21606, "message": "Not your number"}', Refused),
            (429, '{"code": 20429}', NotTaken),
            (429, "Slowly", NotTaken),
            (503, "<html>Later</html>", NotTaken),
        ):
            with self.subTest(status=status, text=text):
                self.assertEqual(self.judge(answer(status, text)), expected)

    def test_answers_that_say_nothing_of_twilio(self):
        senseless = ["", "OK", "<html>OK</html>", "[]", "null", "7", '"sid"', "{}"]
        senseless += ['{"sid": null}', '{"sid": ["SM1"]}', '{"code": "x"}', "[" * 9999]
        for status in (200, 201, 204, 302, 400, 401, 403, 404, 500, 502, 504, 599):
            for text in senseless:
                with self.subTest(status=status, text=text[:20]):
                    verdict = self.judge(answer(status, text))
                    self.assertNotIn(verdict, (None, NotTaken, Refused))
        for status, content in (
            (201, {"sid": "SM1", "error": "Something"}),
            (302, {"sid": "SM1"}),
            (400, {"code": 400, "message": "Bad Request of somebody on the way"}),
            (400, {"sid": "SM1"}),
            (500, {"code": 20500, "message": "Internal Server Error"}),
            (504, {"code": 21211}),
        ):
            with self.subTest(status=status, content=content):
                verdict = self.judge(answer(status, json.dumps(content)))
                self.assertEqual(verdict, Unclear)

    def test_twilio_does_not_answer(self):
        self.assertEqual(self.judge(requests.ReadTimeout(OUT_OF_TIME)), Unclear)
        self.assertEqual(self.judge(ssl.SSLError("Bad record")), ssl.SSLError)
        refused = urllib3_errors.NewConnectionError(None, "Connection refused")
        error = unconnected(requests.ConnectionError, refused)
        self.assertEqual(self.judge(error), NotTaken)
