"""A loopback Twilio: the message API, and signed reports on what became of a message.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/usage/security#validating-requests

Odoo's `sms_twilio` has Twilio's address written into it. So this is also the proxy
through which Odoo's server goes out: it answers for api.twilio.com, with a certificate
that only this server trusts, and lets nobody through to anywhere else.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import tempfile
import urllib.parse

from .certificate import issue
from .sms_provider import BROKEN, Sms, SmsProvider
from .web_server import post

HOST = "api.twilio.com"
# Code: HTTP status, message. https://www.twilio.com/docs/api/errors
ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {path} was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21608: (
        400,
        "The number {to} is unverified. Trial accounts cannot send messages to "
        "unverified numbers",
    ),
    21609: (400, "Invalid 'StatusCallback' URL: {callback}"),
    21614: (400, "'To' number is not a valid mobile number: {to}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
# Why a message did not arrive, where a test names no reason: state, code.
_REPORT_ERRORS = {"undelivered": 30003, "failed": 30008}
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST = 1600
_JSON = {"Content-Type": "application/json"}


class Twilio(SmsProvider):
    """A loopback Twilio with one account.

    `refuse` takes a code of `ERRORS`; `reports` the states "queued", "sending",
    "sent", "delivered", "undelivered" and "failed", each of the last two also with
    Twilio's code: "undelivered 30005".

    :ivar account: the account's SID
    :ivar token: its secret, which also signs the reports
    :ivar number: the number that it sends from
    """

    usual = SmsProvider.usual | {"reports": ("queued", "sent", "delivered")}

    def __init__(self, port=None):
        super().__init__(port)
        self.account = "AC" + secrets.token_hex(16)
        self.token = secrets.token_hex(16)
        self.number = "+4759440000"
        self._folder = tempfile.TemporaryDirectory()
        self._tls, self._trusted = issue(HOST, self._folder.name)

    def __exit__(self, *error):
        super().__exit__(*error)
        self._folder.cleanup()

    def environment(self):
        """The environment in which Odoo's server takes this for Twilio: a dict.

        Nothing else outside of this machine is in its reach then.
        """
        values = {"HTTPS_PROXY": self.url, "NO_PROXY": "127.0.0.1,localhost"}
        lower = {name.lower(): value for name, value in values.items()}
        return {**values, **lower, "REQUESTS_CA_BUNDLE": str(self._trusted)}

    def tunnel(self, target, connection):
        """Override: speak TLS, as Twilio, with who asks for Twilio."""
        if target != f"{HOST}:443":
            return None
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return self._tls.wrap_socket(connection, server_side=True)

    def answer(self, path, headers, body):
        """Override: the message API's answers."""
        pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        form = {"To": "", "From": "", "Body": "", "StatusCallback": "", **dict(pairs)}
        if self.setting("broken", form["To"]):
            return BROKEN
        code = self._fault(path, headers, form) or self.setting("refuse", form["To"])
        if code:
            return self._refusal(code, path, form)
        sms = Sms(
            "SM" + secrets.token_hex(16),
            form["To"],
            form["Body"],
            form["StatusCallback"],
            form["From"],
        )
        self.take([sms])
        resource = {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": sms.text,
            "error_code": None,
            "error_message": None,
            "from": sms.sender,
            "sid": sms.sid,
            "status": "queued",
            "to": sms.number,
        }
        return 201, _JSON, json.dumps(resource)

    def _fault(self, path, headers, form):
        """What is wrong with a request: a code of `ERRORS`, or None."""
        credentials = f"{self.account}:{self.token}".encode()
        expected = "Basic " + base64.b64encode(credentials).decode()
        callback = form["StatusCallback"]
        faults = {
            20003: headers.get("Authorization") != expected,
            20404: path != f"/2010-04-01/Accounts/{self.account}/Messages.json",
            21604: not form["To"],
            21603: not form["From"],
            21211: not _INTERNATIONAL.fullmatch(form["To"]),
            21266: form["To"] == form["From"],
            21602: not form["Body"],
            21617: len(form["Body"]) > _LONGEST,
            21609: callback and not callback.startswith(("http://", "https://")),
        }
        return next((code for code, wrong in faults.items() if wrong), None)

    def _refusal(self, code, path, form):
        status, message = ERRORS[code]
        refusal = {
            "code": code,
            "message": message.format(
                path=path, to=form["To"], callback=form["StatusCallback"]
            ),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return status, _JSON, json.dumps(refusal)

    def report(self, sms, state, token=None):
        """Override: a status callback.

        :param token: what it is signed with; default: the account's. With any other
            it is forged
        """
        if not sms.callback:
            return None
        state, _, code = state.partition(" ")
        code = code or _REPORT_ERRORS.get(state)
        form = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": sms.sender,
            "MessageSid": sms.sid,
            "MessageStatus": state,
            "SmsSid": sms.sid,
            "SmsStatus": state,
            "To": sms.number,
            **({"ErrorCode": str(code)} if code else {}),
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(token or self.token, sms.callback, form),
        }
        return post(sms.callback, urllib.parse.urlencode(form).encode(), headers)


def signature(token, url, form):
    """Twilio's signature of a request to `url`.

    :param token: the account's secret
    :param form: dict of the request's fields
    """
    data = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), data.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
