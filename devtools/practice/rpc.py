"""A small client that talks to Odoo as its web page does."""

import requests

# for one request
_SECONDS = 120


class RpcError(Exception):
    """What the server refused.

    :ivar name: the exception's name on the server, e.g. "odoo.exceptions.UserError"
    :ivar debug: the server's traceback
    """

    def __init__(self, message, name="", debug=""):
        super().__init__(message)
        self.name = name
        self.debug = debug


class RpcClient:
    """A session of one user, logged in.

    :param url: the server's address, e.g. `OdooServer.url`
    :param database: the database's name
    :param login: user name
    :param password: password
    :raise RpcError: when the login is refused
    """

    def __init__(self, url, database, login="admin", password="admin"):
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy: the server is on this machine
        # A connection that waits would keep one of Odoo's threads.
        self._session.headers["Connection"] = "close"
        credentials = {"db": database, "login": login, "password": password}
        session = self.post("/web/session/authenticate", **credentials)
        self.uid = session.get("uid")
        if not self.uid:
            raise RpcError(f"{login} may not log in to {database}")

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model: `call("res.partner", "read", ids, fields)`.

        :return: what the method returned
        :raise RpcError: with the message that the user would see
        """
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )

    def post(self, path, **params):
        """Send one JSON-RPC request to any of the server's JSON routes.

        :return: the answer's result
        :raise RpcError: when the server refuses it
        :raise OSError: when the server does not answer
        """
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        response = self._session.post(self.url + path, json=body, timeout=_SECONDS)
        if not response.ok:
            raise RpcError(f"{path} answered {response.status_code} {response.reason}")
        answer = response.json()
        if "error" in answer:
            problem = answer["error"]
            data = problem.get("data") or {}
            raise RpcError(
                data.get("message") or problem.get("message"),
                data.get("name", ""),
                data.get("debug", ""),
            )
        return answer.get("result")
