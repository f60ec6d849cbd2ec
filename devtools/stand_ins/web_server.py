"""A web server on loopback for stand-ins of services that Odoo talks to."""

import http.server
import sys
import threading

import requests

# Seconds after which a stopped server is gone.
_POLL = 0.02
# Odoo may be busy with the very record that a call is about.
_TIMEOUT = 30


class Dropped(Exception):
    """The connection breaks instead of an answer."""


class WebServer(http.server.ThreadingHTTPServer):
    """A web server, of which each connection has a thread.

    :param answer: function of a request's path, headers and body (bytes) that returns
        status, headers (a dict) and text, or raises `Dropped`
    :param tunnel: function of the "host:port" and the socket of who asks for a tunnel
        (CONNECT), as of a proxy; it returns the socket to go on with, None to refuse
    """

    daemon_threads = True
    request_queue_size = 128  # many may come at once

    def __init__(self, host, port, answer, tunnel=None):
        super().__init__((host, port), _Handler)
        self.answer = answer
        self.tunnel = tunnel
        self.open = False

    def start(self):
        """Take connections."""
        self.open = True
        threading.Thread(target=self.serve_forever, args=[_POLL], daemon=True).start()

    def stop(self):
        """Take no more connections, and answer nobody on those that are open."""
        self.open = False
        self.shutdown()
        self.server_close()

    def handle_error(self, request, address):
        """Override: a client that is killed in the middle is no error here."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        through = self.server.tunnel(self.path, self.request)
        if through is None:
            self.send_error(403)
            return
        self.request = through
        self.setup()
        # Clients ask for a tunnel with HTTP/1.0, as if for one request.
        self.close_connection = False

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            if not self.server.open:
                raise Dropped
            status, headers, text = self.server.answer(self.path, self.headers, body)
        except Dropped:
            self.close_connection = True
            return
        content = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def finish(self):
        super().finish()
        # The server closes the socket that it opened, not that of a tunnel.
        self.request.close()

    def log_message(self, *_args):
        """Nothing on standard error."""


def post(url, body, headers):
    """Call a web server on this machine.

    :param body: bytes
    :return: the HTTP status of the answer, None without any
    """
    with requests.Session() as session:
        session.trust_env = False  # no proxy: it is on this machine
        try:
            answer = session.post(url, body, headers=headers, timeout=_TIMEOUT)
        except requests.RequestException:
            return None
        return answer.status_code
