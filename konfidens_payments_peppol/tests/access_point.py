"""An access point of Odoo's that answers on loopback as a test wants it."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo.addons.account_peppol.tools.peppol_iap_connector import PEPPOL_PROXY_URLS

# How it refuses, and what Odoo says of that.
ERROR = {"code": 401, "message": "No buyer of that number"}


class AccessPoint:
    """What it was asked, and what it answers.

    :ivar taken: the documents that it was asked to send, in their order
    :ivar answer: how it answers those: ``take``, ``refuse``, ``break`` (the connection,
        when it has the document), ``busy``, ``garble`` or ``nameless``
    :ivar error: how it refuses
    :ivar states: what it says of a document by its name; *processing* at first
    """

    def __init__(self):
        self.taken = []
        self.answer = "take"
        self.error = ERROR
        self.states = {}
        self.asked_for = []

    def respond(self, path, params):
        """Return status and JSON for a request, or None to break the connection."""
        if path.endswith("/send_document"):
            return self._send(params["documents"])
        if path.endswith("/get_document"):
            names = params["message_uuids"]
            self.asked_for += names
            return 200, {"result": {name: self.states[name] for name in names}}
        return 200, {"result": {}}

    def _send(self, documents):
        if self.answer == "busy":
            return 503, {}
        if self.answer == "refuse":
            return 200, {"result": {"error": self.error}}
        self.taken += documents
        if self.answer == "break":
            return None
        if self.answer == "garble":
            return 200, {"result": {"messages": []}}
        if self.answer == "nameless":
            return 200, {"result": {"messages": [{"message_uuid": None}]}}
        names = [f"document-{len(self.taken)}" for _document in documents]
        for name in names:
            self.states[name] = {"error": {"code": 702, "message": "Not ready"}}
        return 200, {"result": {"messages": [{"message_uuid": name} for name in names]}}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers["Content-Length"])
        params = json.loads(self.rfile.read(size))["params"]
        answer = self.server.access_point.respond(self.path, params)
        if answer is None:
            self.connection.close()
            return
        status, body = answer
        data = json.dumps({"jsonrpc": "2.0", **body}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def access_point():
    """Let Odoo's address of its test access point lead to loopback; yield it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.access_point = AccessPoint()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        with patch.dict(PEPPOL_PROXY_URLS, {"test": url}):
            yield server.access_point
    finally:
        server.shutdown()
        server.server_close()
