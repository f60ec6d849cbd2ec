"""A loopback access point of Odoo's for electronic invoices (Peppol): JSON-RPC.

Odoo's `account_peppol` has its address written into it. So this is also the proxy
through which Odoo's server goes out: it answers for that host, with a certificate that
only this server trusts, and lets nobody through to anywhere else.
"""

import json
import tempfile
import time
import urllib.parse
import uuid

from devtools.stand_ins.certificate import issue
from devtools.stand_ins.stand_in import StandIn
from devtools.stand_ins.web_server import Dropped, WebServer

HOST = "peppol.test.odoo.com"
# What a buyer says that it receives.
INVOICES = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_JSON = {"Content-Type": "application/json"}


class AccessPoint(StandIn):
    """An access point; what it took are dicts with `receiver`, `ubl` (in base 64).

    :ivar delay: seconds between taking a document and the answer
    :ivar drop: whether the connection breaks instead of that answer
    :ivar state: what it says of each document later: "done", or "processing" for not
        yet
    """

    usual = {"delay": 0, "drop": False, "state": "done"}
    _server = None

    def __init__(self):
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._tls, self._trusted = issue(HOST, self._folder.name)

    def __exit__(self, *error):
        super().__exit__(*error)
        self._folder.cleanup()

    def environment(self):
        """The environment in which Odoo's server takes this for the access point."""
        values = {"HTTPS_PROXY": self.url, "NO_PROXY": "127.0.0.1,localhost"}
        lower = {name.lower(): value for name, value in values.items()}
        return {**values, **lower, "REQUESTS_CA_BUNDLE": str(self._trusted)}

    def tunnel(self, target, connection):
        """Speak TLS, as the access point, with who asks for it (CONNECT)."""
        if target != f"{HOST}:443":
            return None
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return self._tls.wrap_socket(connection, server_side=True)

    @property
    def url(self):
        """The address on loopback."""
        return f"http://{self.host}:{self.port}"

    def start(self):
        """Take connections, on the same port as before; nothing if it does already."""
        if not self._server:
            self._server = WebServer(self.host, self.port, self.answer, self.tunnel)
            self._server.start()

    def stop(self):
        """Refuse connections; nothing if it does already."""
        server, self._server = self._server, None
        if server:
            server.stop()

    def answer(self, path, _headers, body):
        """Answer a request.

        :return: status, headers (a dict), text
        :raise Dropped: when no answer is to be given
        """
        if "/lookup?" in path:
            return 200, _JSON, json.dumps({"result": self._look_up(path)})
        params = json.loads(body)["params"]
        result = {}
        if path.endswith("/send_document"):
            result = self._take(params["documents"])
        elif path.endswith("/get_document"):
            result = {name: self._tell() for name in params["message_uuids"]}
        return 200, _JSON, json.dumps({"jsonrpc": "2.0", "result": result})

    def _look_up(self, path):
        """Everybody receives invoices."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        return {
            "identifier": query["peppol_identifier"][0],
            "services": [{"href": "", "document_id": INVOICES}],
        }

    def _take(self, documents):
        self.keep(documents)
        time.sleep(self.delay)
        if self.drop:
            raise Dropped
        names = [str(uuid.uuid4()) for _document in documents]
        return {"messages": [{"message_uuid": name} for name in names]}

    def _tell(self):
        if self.state == "done":
            return {"state": "done"}
        return {"error": {"code": 702, "message": "Not ready"}}
