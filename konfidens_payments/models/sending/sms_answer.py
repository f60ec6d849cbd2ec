"""What an SMS provider's answer says, or an error instead: was the SMS taken?

Known not to have been taken is only what is listed here. Whatever else comes, the
provider may have it: it must not be asked a second time.
"""

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from odoo.exceptions import AccessError, UserError

from odoo.addons.iap.tools.iap_tools import InsufficientCreditError

# Answers that say: not now.
LATER = (429, 503)
# How Twilio says that it takes no SMS of this account, or from its number.
ACCOUNT = (20003, 20005, 21212, 21606, 21659, 30002)
# Twilio's codes begin here; lower ones are those of others on the way.
CODES = 10_000


class NotTaken(Exception):
    """The provider was not asked, or takes nothing now; the cause says why."""


class Refused(Exception):
    """The provider refused the SMS, or a setting is wrong, for which it was not asked.

    :ivar failure_type: as `mail.notification` knows it
    :ivar reason: the provider's own words, or Odoo's; or False
    """

    def __init__(self, failure_type, reason=False):
        super().__init__(failure_type, reason)
        self.failure_type = failure_type
        self.reason = reason


class Unclear(Exception):
    """The provider was asked, and its answer, if one came, does not say what it did."""


class Listener:
    """What `sms` takes for its API to a provider: this one lets no answer be misread.

    :param sms_api: the API that it stands for
    """

    def __init__(self, sms_api):
        self._sms_api = sms_api

    def __getattr__(self, name):
        return getattr(self._sms_api, name)

    def _send_sms_batch(self, messages, **kwargs):
        """Ask the provider.

        :return: what became of each SMS, in words that `sms` knows
        :raises NotTaken: it may be tried again
        :raises Refused: it was not taken, and will not be
        :raises Exception: any other: nobody knows
        """
        try:
            results = self._sms_api._send_sms_batch(messages, **kwargs)
        except InsufficientCreditError as error:
            raise Refused("sms_credit") from error
        except AccessError as error:
            # So `iap` tells of whatever went wrong. By itself: it did not ask.
            cause = error.__context__
            if cause is None or was_not_taken(cause):
                raise NotTaken from error
            raise Unclear from error
        except UserError as error:
            raise Refused("unknown", str(error)) from error
        self._check(messages, results)
        return results

    def _check(self, messages, results):
        asked = {entry["uuid"] for message in messages for entry in message["numbers"]}
        states = {result["uuid"]: result["state"] for result in results}
        if len(results) != len(asked) or states.keys() != asked:
            raise Unclear("The answer is about others, or about none")
        if unknown := [state for state in states.values() if not self._knows(state)]:
            raise Unclear(f"The answer is in unknown words: {unknown}")

    def _knows(self, state):
        return (
            state in self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS
            or state in self.PROVIDER_TO_SMS_FAILURE_TYPE
            or state in self._get_sms_api_error_messages()
        )


def was_not_taken(error):
    """Return whether it is known from an error that the provider has not taken an SMS.

    :param error: exception; of `requests`, or else nothing is known
    """
    if not isinstance(error, requests.RequestException):
        return False
    if error.request is not None and error.request.method != "POST":
        return False  # it did answer: that something else should be asked
    if error.response is not None:
        return error.response.status_code in LATER and not error.response.history
    return any(
        isinstance(inner, ConnectTimeoutError | NewConnectionError)
        or _came_while_connecting(inner)
        for inner in _unwrap(error)
    )


def _unwrap(error):
    """Yield an exception, and all that `requests` and `urllib3` have wrapped in it."""
    todo, seen = [error], set()
    while todo:
        inner = todo.pop()
        if isinstance(inner, Exception) and id(inner) not in seen:
            seen.add(id(inner))
            yield inner
            todo += [*inner.args, inner.__cause__, inner.__context__]
            todo.append(getattr(inner, "reason", None))


def _came_while_connecting(error):
    """Return whether it was raised before anything was sent.

    By a proxy, or in the TLS handshake: from its kind alone that cannot be told.
    """
    step = error.__traceback__
    while step:
        frame = step.tb_frame
        if (
            frame.f_code.co_name == "connect"
            and frame.f_globals.get("__name__") == "urllib3.connection"
        ):
            return True
        step = step.tb_next
    return False


def read_twilio(response):
    """Look whether Twilio took an SMS, or refused it, in its own format.

    :param response: of `requests`
    :raises Refused: it concerns the practice's account
    :raises Unclear: it says neither
    :raises requests.RequestException: it says neither, or *not now*
    """
    if response.status_code in LATER:
        response.raise_for_status()
    answer = response.json()
    if not isinstance(answer, dict):
        raise Unclear("The answer has another shape")
    sid, code = answer.get("sid"), answer.get("code")
    if 200 <= response.status_code < 300:
        if not (sid and isinstance(sid, str)) or answer.get("error"):
            raise Unclear("The answer does not say that it was taken")
    elif not (
        400 <= response.status_code < 500 and isinstance(code, int) and code >= CODES
    ):
        raise Unclear("The answer does not say that it was refused")
    elif response.status_code == 401 or code in ACCOUNT:
        raise Refused("sms_acc", answer.get("message"))
