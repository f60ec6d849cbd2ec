"""What a mail system reports: about which mail, and what became of it.

Nothing here knows Odoo's records, and nothing raises: mail systems send what they like.
"""

import email
import email.policy
import html
import logging
import re
from email.header import decode_header, make_header

try:
    from flufl.bounce import all_failures
except ImportError:  # optional: it knows the words of many mail systems
    all_failures = None

_logger = logging.getLogger(__name__)
# It tells of each of its steps.
logging.getLogger("flufl.bounce").setLevel(logging.WARNING)

FAILED, DELAYED, ARRIVED = "failed", "delayed", "arrived"

_LONGEST = 50_000  # characters of each part that are looked at
_COPIES = (
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822-headers",
)
_RESULTS = ("message/delivery-status", "message/global-delivery-status")
# Somebody read it, calls it spam, …
_OTHER_REPORTS = ("message/disposition-notification", "message/feedback-report")

_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"'`&=|/@]{1,64}@[a-z0-9][\w.-]*\w", re.I)
_ID = re.compile(r"<([^<>\s@]{1,250}@[^<>\s@]{1,250})>")
_TAG = re.compile(r"<(?![^<>\s]+@)[^<>]*>")
_LINE_END_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|/pre)\b[^<>]*>", re.I)
_HEADER = re.compile(r"[>|\s]{0,8}([A-Za-z][\w-]*)[ \t]*:")
# A mail's own Message-ID, also where a mail system on the way gave it another.
_OWN_ID = re.compile(
    r"^[>|\s]{0,8}(?:x-odoo-message-id|(?:x-\w+-)?(?:original-)?message-?id)"
    r"[ \t]*:\s*<?([^\s<>@]{1,250}@[^\s<>@]{1,250})",
    re.I | re.M,
)
_SUBJECT = re.compile(
    r"^[>|\s]{0,8}subject[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.I | re.M
)
_RECEIVERS = re.compile(r"^[>|\s]{0,8}to[ \t]*:(.*(?:\n[ \t]+\S.*)*)", re.I | re.M)
# More addresses than this a report on one mail does not name.
_MOST_NAMED = 20
# Headers that only a copy of the mail has, no summary of it.
_COPIED = ("received", "return-path", "dkim-signature", "mime-version")
_RECIPIENT = re.compile(
    r"^(?:final|original|x-actual)-recipient[ \t]*:(.*(?:\n[ \t]+\S.*)*)", re.I | re.M
)
_ACTION = re.compile(r"^action[ \t]*:\s*([a-z]+)", re.I | re.M)
_STATUS = re.compile(r"^status[ \t]*:\D{0,9}([245])\.\d{1,3}\.\d{1,3}", re.I | re.M)
_ACTIONS = {
    "delayed": DELAYED,
    "deferred": DELAYED,
    "delivered": ARRIVED,
    "deliverable": ARRIVED,
    "relayed": ARRIVED,
    "expanded": ARRIVED,
    "failed": FAILED,
    "failure": FAILED,
    "fail": FAILED,
    "error": FAILED,
    "expired": FAILED,
}
_STATUS_CLASSES = {"2": ARRIVED, "4": DELAYED, "5": FAILED}

# Who sends reports, by name or address.
_DAEMON = re.compile(
    r"(?:mail(?:er)?|list)[-._ ]?daemon|mdaemon|post[-_ ]?(?:master|office)"
    r"|mail[-._ ]?(?:deliver|administrator|system|server)|deliver\w* (?:sub)?system"
    r"|system administrator|bounces?\b",
    re.I,
)
# What a warning says: it has not arrived yet.
_LATER = re.compile(
    r"delay|warning|postponed|advisory|not (?:yet )?been delivered (?:after|for|yet)"
    r"|(?:still|keep|continue|will)(?: be)?(?: to)? ?(?:re-?)?(?:try|tried|attempt)"
    r"|attempts will continue|temporary failure report|need to re-?send|no action is"
    r"|verzöger|forsink|försen|retard|différ",
    re.I,
)
# What a report of success says.
_SUCCESS = re.compile(
    r"success|(?:was|were|been) (?:delivered|relayed|read|opened)\b|read receipt"
    r"|report that you requested",
    re.I,
)
# What a report of a failure is called, unless it is sent along; and what it says.
_RETURNED = re.compile(
    r"(?:(?!\b(?:re|fwd?|sv|vs|aw|wg)\s*:).)*(?:undeliver|deliver\w* (?:\w+ ){0,3}fail"
    r"|fail\w* (?:deliver|notice)|returned mail|not be delivered)",
    re.I,
)
_FAILURE = re.compile(
    r"undeliver|not (?:be )?deliver|fail|return|unable|could ?n.t|could ?not|error"
    r"|reject|refused|unknown|invalid|disabled|mailbox full",
    re.I,
)
# That it is the end: the mail server's answer, or in words.
_FINAL = re.compile(
    r"(?<![\d.])(?:5\.\d{1,3}\.\d{1,3}|55[0-7]|54[0-9])(?![\d.])"
    r"|(?<!not a )permanent|(?<!before )giv(?:en|ing) up",
    re.I,
)


class MailReport:
    """What a mail says of another that was sent before, if it is a report at all.

    :ivar mail: the `email.message.Message`
    :ivar sender: its address, or ""
    :ivar text: what it says, without the mail that came back
    :ivar original_ids: Message-IDs that the mail which is reported on had
    :ivar answered_ids: Message-IDs to which this one answers
    :ivar named_ids: Message-IDs in what it says, or what looks like some
    :ivar subjects: of the mail which is reported on
    """

    def __init__(self, raw):
        """Read a mail.

        :param raw: its bytes
        """
        self.mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        self._said, self._copies, self._results = [], [], []
        self._is_other_report = False
        self._read(self.mail)
        self.text = "\n".join(self._said)
        if self._is_multipart_report() and not self._results:
            self._results = _read_results(self.text)
        if self.mail.get_content_maintype() == "multipart" and not self._copies:
            # where its parts are broken: as one text
            raw = raw[:_LONGEST].decode(errors="replace").replace("\r\n", "\n")
            self._copies = _split(raw.partition("\n\n")[2])[1]
        copies = "\n\n".join(self._copies)
        self.sender = _find_address(self._get_header("From"))
        self.original_ids = _as_ids(_OWN_ID.findall(copies))
        self.subjects = [_decode(subject) for subject in _SUBJECT.findall(copies)]
        self.answered_ids = _as_ids(
            _ID.findall(self._get_header("In-Reply-To"))
            # those before are the conversation's
            + _ID.findall(self._get_header("References"))[-1:]
        )
        self.named_ids = _as_ids(_ID.findall(self.text)[:50])

    # === WHAT BECAME OF IT === #

    def get_outcome(self, address):
        """Return what became of a mail to this address: FAILED, DELAYED, ARRIVED.

        None: this is no report, or does not say.

        :param address: normalized, or ""
        """
        if self._is_other_report:
            return None
        theirs = [result for named, result in self._results if address in named]
        for results in (theirs, [result for _named, result in self._results]):
            for outcome in (FAILED, ARRIVED, DELAYED):
                if outcome in results:
                    return outcome
        if address and address == self.sender:
            return None  # its owner answers, or a program of theirs
        if _LATER.search(self._get_header("Subject")):
            return DELAYED
        return self._ask_library() or self._judge_words()

    def get_failed_addresses(self):
        """Return which addresses came back, as far as it says."""
        named = [
            address
            for addresses, result in self._results
            if result == FAILED
            for address in addresses
        ]
        named += _ADDRESS.findall(self._get_header("X-Failed-Recipients"))
        if not named:
            named += self._scan()[1]
        return list(dict.fromkeys(filter(None, map(str.lower, named))))

    def get_named_addresses(self):
        """Return which addresses came back, or where it does not say, whom it names."""
        if failed := self.get_failed_addresses():
            return failed
        named = _ADDRESS.findall(self.text)
        for copy in self._copies:
            for receivers in _RECEIVERS.findall(copy):
                named += _ADDRESS.findall(receivers)
        return list(dict.fromkeys(map(str.lower, named)))[:_MOST_NAMED]

    def is_automatic(self):
        """Return whether a mail system wrote it, not a person or in their name."""
        return (
            self._is_other_report
            or bool(self._results)
            or self._is_multipart_report()
            or "X-Failed-Recipients" in self.mail
            or self._is_from_daemon()
        )

    def _is_multipart_report(self):
        return self.mail.get_content_type() == "multipart/report"

    def _is_from_daemon(self):
        sender = self._get_header("From")
        return not sender or bool(_DAEMON.search(sender))

    def _ask_library(self):
        if not self.is_automatic():
            return None  # maybe a person who sends a report along
        temporary, permanent = self._scan()
        return FAILED if permanent else DELAYED if temporary else None

    def _scan(self):
        """Return what `flufl.bounce` finds: addresses that wait, and that failed."""
        if not all_failures:
            return [], []
        try:
            return [
                [address.decode(errors="replace").lower() for address in found]
                for found in all_failures(self.mail)
            ]
        except Exception:
            _logger.info("A report could not be read by flufl.bounce", exc_info=True)
            return [], []

    def _judge_words(self):
        subject = self._get_header("Subject")
        head = self.text[:2000]
        is_final = bool(_FINAL.search(head))
        if _LATER.search(head) and not is_final:
            return DELAYED
        if _SUCCESS.search(subject + head) and not is_final:
            return ARRIVED
        if _RETURNED.match(subject):
            return FAILED
        if self.is_automatic() and (is_final or _FAILURE.search(subject + head)):
            return FAILED
        return None

    # === READING === #

    def _read(self, part):
        """Sort a part by what it is: words, results, or the mail that came back."""
        kind = part.get_content_type()
        if kind in _COPIES:
            self._copies.append(_get_headers(part.as_bytes().decode(errors="replace")))
        elif kind in _RESULTS:
            self._results += _read_results(_get_text(part))
        elif kind in _OTHER_REPORTS:
            self._is_other_report = True
        elif part.is_multipart():
            for inner in part.get_payload():
                self._read(inner)
        elif part.get_content_maintype() in ("text", "multipart", "message"):
            said, copies = _split(_get_text(part)[:_LONGEST])
            self._said.append(said)
            self._copies += copies

    def _get_header(self, name, default=""):
        return _decode(self.mail.get(name, default))


def _get_text(part):
    """Return the words of a part that has no parts, or of its header blocks."""
    if part.is_multipart():
        return "\n".join(inner.as_string() for inner in part.get_payload())
    payload = part.get_payload(decode=True) or b""
    try:
        text = payload.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a charset that nobody knows
        text = payload.decode(errors="replace")
    if part.get_content_subtype() == "html":
        text = html.unescape(_TAG.sub(" ", _LINE_END_TAG.sub("\n", text)))
    return text.replace("\r\n", "\n")


def _get_headers(text):
    """Return the headers of a mail that came back, which stands in a part."""
    lines = text.replace("\r\n", "\n").lstrip().split("\n\n")
    # The part's own come first; and a broken line would end the mail's.
    return "\n".join(lines[:3])[:_LONGEST]


def _split(text):
    """Return what a text says, and the headers of mails that it repeats.

    A summary of the mail, in a few headers, is both.
    """
    copies, block = [], {}
    lines = [*text.split("\n"), ""]
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            block.setdefault(header[1].lower(), number)
        elif not block or not line.strip() or line[0] not in " \t>|":
            copied = [block[name] for name in _COPIED if name in block]
            if "message-id" in block or len(copied) > 1:
                copies.append("\n".join(lines[min(block.values()) : number]))
                if copied:
                    # nothing after it is the report's
                    return "\n".join(lines[: min(copied)]), copies
            block = {}
    return text, copies


def _read_results(text):
    """Return the results in a delivery status: (addresses, outcome or None)."""
    results = []
    for block in re.split(r"\n\s*\n", text):
        recipients = " ".join(_RECIPIENT.findall(block))
        if not recipients:
            continue
        action, status = _ACTION.search(block), _STATUS.search(block)
        outcome = _ACTIONS.get(action[1].lower()) if action else None
        if not outcome and status:
            outcome = _STATUS_CLASSES[status[1]]
        results.append(
            ([found.lower() for found in _ADDRESS.findall(recipients)], outcome)
        )
    return results


def _decode(value):
    """Return a header in words, whatever is in it."""
    try:
        return str(make_header(decode_header(value)))
    except Exception:  # an unknown charset, a broken encoding
        return str(value)


def _find_address(text):
    found = _ADDRESS.search(text)
    return found[0].lower() if found else ""


def _as_ids(found):
    """Return Message-IDs as Odoo keeps them, each once."""
    return list(dict.fromkeys(f"<{message_id}>" for message_id in found))
