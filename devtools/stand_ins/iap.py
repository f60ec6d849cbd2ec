"""A loopback SMS service of Odoo's own (IAP): JSON-RPC, and reports by webhook.

Odoo's `sms` goes there when its parameter `sms.endpoint` says so.
"""

import json

from .sms_provider import BROKEN, Sms, SmsProvider
from .web_server import post

_JSON = {"Content-Type": "application/json"}


class Iap(SmsProvider):
    """A loopback IAP.

    `refuse` takes "server_error", "unregistered", "insufficient_credit",
    "wrong_number_format", "duplicate_message", "country_not_supported",
    "registration_needed" or "incompatible_content"; `reports` takes "sent",
    "delivered", and why not: "not_delivered", "invalid_destination", "rejected",
    "not_allowed", "expired".
    """

    usual = SmsProvider.usual | {"reports": ("sent", "delivered")}

    def answer(self, path, _headers, body):
        """Override: what became of each message of a batch."""
        if path != "/api/sms/3/send":
            return 404, {}, "Not found"
        request = json.loads(body)
        params = request["params"]
        taken, results = [], []
        for message in params["messages"]:
            for entry in message["numbers"]:
                number, uuid = entry["number"], entry["uuid"]
                if self.setting("broken", number):
                    return BROKEN
                refusal = self.setting("refuse", number)
                results.append({"uuid": uuid, "state": refusal or "success"})
                if not refusal:
                    sms = Sms(uuid, number, message["content"], params["webhook_url"])
                    taken.append(sms)
        self.take(taken)
        reply = {"jsonrpc": "2.0", "id": request.get("id"), "result": results}
        return 200, _JSON, json.dumps(reply)

    def report(self, sms, state):
        """Override: a delivery report. It carries no signature."""
        statuses = [{"sms_status": state, "uuids": [sms.sid]}]
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"message_statuses": statuses},
        }
        return post(sms.callback, json.dumps(body).encode(), _JSON)
