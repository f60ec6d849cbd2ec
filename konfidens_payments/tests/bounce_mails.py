"""Mails as mail systems write them of a mail that was sent. Written for the tests.

`PAYER` stands for whom it was sent to, `ID` and `SUBJECT` for its own.
"""

import re

# The mail itself, as a copy of it begins.
_COPY = """\
Return-Path: <post@praksisvest.example.com>
Received: from app.example.com (app.example.com [192.0.2.10])
 by mail.praksisvest.example.com with ESMTPS id 4Zk1; Sun, 22 Nov 2026 10:00:01 +0100
Message-Id: ID
References: <1.2.3-openerp-message@example.com>
From: Praksis Vest <post@praksisvest.example.com>
To: "Kari Nordmann" <PAYER>
Subject: SUBJECT
Date: Sun, 22 Nov 2026 09:00:00 -0000
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

Hello Kari Nordmann, here you can pay. This is not a warning and was not rejected.
"""


def _dsn(
    action,
    status,
    words,
    subject="Undelivered Mail Returned to Sender",
    sender="MAILER-DAEMON@mail.praksisvest.example.com (Mail Delivery System)",
    copy="message/rfc822",
    recipient="Final-Recipient: rfc822; PAYER",
    headers="",
):
    """Return a report in the form of RFC 3464."""
    return f"""\
Return-Path: <>
Date: Sun, 22 Nov 2026 10:00:03 +0100 (CET)
From: {sender}
Subject: {subject}
To: post@praksisvest.example.com
Message-Id: <report@mail.praksisvest.example.com>
{headers}Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"

This is a MIME-encapsulated message.

--b/1
Content-Type: text/plain; charset=us-ascii

{words}

--b/1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.praksisvest.example.com
Arrival-Date: Sun, 22 Nov 2026 10:00:01 +0100 (CET)

{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com

--b/1
Content-Type: {copy}

{_COPY}
--b/1--
"""


def _text(sender, subject, words, headers=""):
    """Return a report of a single part."""
    return f"""\
Return-Path: <>
Date: Sun, 22 Nov 2026 10:00:03 +0100
From: {sender}
To: post@praksisvest.example.com
Subject: {subject}
Message-Id: <report@mx.example.com>
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

{words}
"""


_EXIM = """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  PAYER
    host mx.example.com [192.0.2.20]
    SMTP error from remote mail server after RCPT TO:<PAYER>:
    550 5.1.1 <PAYER>: Recipient address rejected

"""

FAILURES = {
    "postfix": _dsn(
        "failed",
        "5.1.1",
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients.\n\n"
        "<PAYER>: host mx.example.com[192.0.2.20] said: 550 5.1.1 User unknown",
    ),
    "a full mailbox": _dsn("failed", "5.2.2", "<PAYER>: 552 5.2.2 Mailbox full"),
    "given up after days": _dsn("failed", "4.4.7", "<PAYER>: connection timed out"),
    "sendmail, headers only": _dsn(
        "failed",
        "5.1.1",
        "   ----- The following addresses had permanent fatal errors -----\n<PAYER>\n"
        "    (reason: 550 5.1.1 <PAYER>... User Unknown)",
        subject="Returned mail: see transcript for details",
        copy="text/rfc822-headers",
    ),
    "exchange, with the address it was expanded from": _dsn(
        "failed",
        "5.1.10",
        "Delivery has failed to these recipients or groups:\n\nTO",
        sender="Microsoft Outlook <postmaster@praksisvest.onmicrosoft.com>",
        subject="Undeliverable: SUBJECT",
        recipient="Original-Recipient: rfc822;PAYER\n"
        "Final-Recipient: rfc822;kari.n@other.example.com",
        headers="In-Reply-To: ID\nReferences: ID\n",
    ),
    "opensmtpd, another word for failed": _dsn(
        "error", "5.0.0", "Hi!\n\nTO: 550 No such user", copy="text/rfc822-headers"
    ),
    "amazon ses, the id is another": _dsn(
        "failed",
        "5.1.1",
        "An error occurred while trying to deliver the mail to PAYER.",
        sender="MAILER-DAEMON@eu-north-1.amazonses.com",
        subject="Delivery Status Notification (Failure)",
    ).replace("Message-Id: ID", "Message-Id: <0@ses.example>\nX-Odoo-Message-Id: ID"),
    "an unknown charset": _dsn("failed", "5.0.0", "<PAYER> gibt es nicht").replace(
        "charset=us-ascii", "charset=unicode-1-1-utf-7"
    ),
    "broken boundaries": _dsn("failed", "5.1.1", "<PAYER>: 550 No").replace(
        'boundary="b/1"', 'boundary="b/2"'
    ),
    "without the mail itself": _dsn(
        "failed", "5.1.1", "<PAYER>: 550 5.1.1", headers="In-Reply-To: ID\n"
    )
    .replace(_COPY, "")
    .replace("message/rfc822", "text/plain"),
    "gmail": _dsn(
        "failed",
        "5.1.1",
        "** Address not found **\n\nYour message wasn't delivered to PAYER because the "
        "address couldn't be found, or is unable to receive mail.",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject="Delivery Status Notification (Failure)",
        headers="X-Failed-Recipients: PAYER\nReferences: <a@b.example> ID\n",
    ),
    "gmail in plain text": _text(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n\n     PAYER\n\n"
        "----- Original message -----\n\n" + _COPY,
        "X-Failed-Recipients: PAYER\n",
    ),
    "exim": _text(
        "Mail Delivery System <Mailer-Daemon@mx.example.com>",
        "Mail delivery failed: returning message to sender",
        _EXIM + "------ This is a copy of the message, including all the headers. ----"
        "--\n\n" + _COPY,
        "X-Failed-Recipients: PAYER\nAuto-Submitted: auto-replied\n",
    ),
    "gmx": _text(
        "MAILER-DAEMON@mail.gmx.example",
        "Mail delivery failed: returning message to sender",
        _EXIM.replace("  PAYER\n", '"PAYER":\n')
        + "--- The header of the original message is following. ---\n\n"
        + _COPY,
    ),
    "qmail": _text(
        "MAILER-DAEMON@mx.example.com",
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.com.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<PAYER>:\n192.0.2.20 does not like recipient.\nRemote host said: 550 No such "
        "user\n\n--- Below this line is a copy of the message.\n\n" + _COPY,
    ),
    "yahoo": _text(
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n"
        "<PAYER>:\n554: 5.1.1 user does not exist\n\n"
        "--- Below this line is a copy of the message.\n\n" + _COPY,
    ),
    "zoho": _text(
        "mailer-daemon@mail.zoho.example",
        "Undelivered Mail Returned to Sender",
        "This message was created automatically by mail delivery software.\n"
        "A message that you sent could not be delivered to one or more of its "
        "recipients. This is a permanent error.\n\n"
        "PAYER Invalid Address, ERROR_CODE :550\n\n\n" + _COPY.replace(": ", ":", 3),
    ),
    "office 365 in plain text": _text(
        "postmaster@praksisvest.onmicrosoft.com",
        "Undeliverable: SUBJECT",
        "Delivery has failed to these recipients or groups:\n\nTO<mailto:PAYER>\n"
        "The email address you entered couldn't be found.\n\n"
        "Diagnostic information for administrators:\n\nTO\n"
        "Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'\n\n"
        "Original message headers:\n\n" + _COPY,
    ),
    "dragonfly": _text(
        "MAILER-DAEMON <>",
        "Mail delivery failed",
        "This is the DragonFly Mail Agent v0.13 at df.example.com.\n\n"
        "There was an error delivering your mail to <PAYER>.\n\n"
        "mx.example.com [192.0.2.20] did not like our RCPT TO:\n550 Unknown\n\n"
        "Message headers follow.\n\n" + _COPY,
    ).replace("\n", "\r\n"),
    "a french provider": _text(
        "Mail Delivery System <mailer-daemon@orange.example>",
        "Echec de remise : SUBJECT",
        "Votre message n'a pas pu être remis à PAYER.\n\n"
        "550 5.1.1 Adresse d au moins un destinataire invalide. OFR_416\n\n"
        "Message-ID: ID\nFrom: post@praksisvest.example.com\nSubject: SUBJECT",
    ),
    "a web page": _text(
        "postmaster@mx.example.com",
        "Undeliverable message",
        "<html><body><p>The mail to PAYER could <b>not</b> be delivered: "
        "user&nbsp;unknown.</p><pre>Message-ID: &lt;"
        "BARE-ID&gt;<br>Subject: SUBJECT<br></pre></body></html>",
    ).replace("text/plain", "text/html"),
}

NO_FAILURES = {
    "postfix, delayed": _dsn(
        "delayed",
        "4.4.1",
        "Your message could not be delivered for more than 4 hours.\n"
        "It will be retried until it is 5 days old.\n\n<PAYER>: Connection timed out",
        subject="Delayed Mail (still being retried)",
    ),
    "exchange, delayed": _dsn(
        "delayed",
        "4.4.7",
        "Delivery to these recipients has been delayed. 550 5.4.300 may follow.\n\nTO",
        sender="postmaster@praksisvest.onmicrosoft.com",
        subject="Delivery delayed:SUBJECT",
    ),
    "exim, delayed": _text(
        "Mail Delivery System <Mailer-Daemon@mx.example.com>",
        "Warning: message 1X58 delayed 24 hours",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue.\n\n  PAYER\n"
        "    Delay reason: 450 4.7.1 Try again\n\n"
        "No action is required on your part.\n\n" + _COPY,
    ),
    "gmail, delayed": _text(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        "Delivery to the following recipient has been delayed:\n\n     PAYER\n\n"
        "Message will be retried for 2 more day(s)\n\n----- Original message -----\n\n"
        + _COPY,
        "X-Failed-Recipients: PAYER\n",
    ),
    "sendmail, delayed, in words only": _text(
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>",
        "About your mail",
        "The mail to PAYER could not be delivered so far.\n"
        "Will keep trying until message is 5 days old before giving up.\n\n" + _COPY,
    ),
    "delivered": _dsn(
        "delivered",
        "2.1.5",
        "Your message was successfully delivered to the destination(s) listed below.",
        subject="Successful Mail Delivery Report",
    ),
    "relayed": _dsn(
        "relayed",
        "2.1.9",
        "Delivery to these recipients is complete, but no notification was sent.",
        sender="postmaster@praksisvest.onmicrosoft.com",
        subject="Relayed: SUBJECT",
    ),
    "delivered here, failed where it was forwarded": _dsn(
        "expanded",
        "2.0.0",
        "<PAYER>: forwarded",
    ).replace(
        "Remote-MTA: dns; mx.example.com\n",
        "\nFinal-Recipient: rfc822; old@else.example.com\n"
        "Action: failed\nStatus: 5.1.1\n",
    ),
    "read": _dsn(
        "x", "x", "Your message was read.", subject="Read: SUBJECT", sender="PAYER"
    )
    .replace("delivery-status", "disposition-notification")
    .replace("Action: x", "Original-Message-ID: ID")
    .replace("Status: x", "Disposition: manual-action/MDN-sent; displayed"),
    "deleted without being read": _dsn(
        "failed",
        "5.0.0",
        "Your message was deleted without being read.",
        sender="PAYER",
    ).replace("delivery-status", "disposition-notification"),
    "out of the office": _text(
        "Kari Nordmann <PAYER>",
        "Automatic reply: SUBJECT",
        "I am away until 5 May and unable to read mail. Call 22 55 50 550.",
        "Auto-Submitted: auto-replied\nIn-Reply-To: ID\nReferences: ID\n",
    ),
    "out of the office, from another address": _text(
        "Kari Nordmann <kari.n@work.example.com>",
        "Out of office",
        "This address is no longer in use; your mail could not be read. Tel. 550 551.",
        "Auto-Submitted: auto-replied\nIn-Reply-To: ID\n",
    ),
    "the client's answer": _text(
        "Kari Nordmann <PAYER>",
        "Re: SUBJECT",
        "The payment failed, with error 550. Unable to pay!\n\n> Message-ID: ID\n",
        "In-Reply-To: ID\n",
    ).replace("Return-Path: <>", "Return-Path: <PAYER>"),
    "a report that the client sends along": _text(
        "Kari Nordmann <kari.n@work.example.com>",
        "Fwd: Undelivered Mail Returned to Sender",
        "Look:\n\n> " + _EXIM.replace("\n", "\n> "),
        "In-Reply-To: ID\n",
    ).replace("Return-Path: <>", "Return-Path: <kari.n@work.example.com>"),
    "spam, says who reads it": _dsn(
        "failed", "5.7.1", "This is an email abuse report.", subject="FW: SUBJECT"
    ).replace("message/delivery-status", "message/feedback-report"),
}


def fill(mail, payer, message_id, subject):
    """Return one of these mails about a mail that was sent, as bytes."""
    words = {
        "PAYER": payer,
        "ID": message_id,
        "BARE-ID": message_id.strip("<>"),
        "SUBJECT": subject,
    }
    pattern = rf"(?<![A-Za-z-])(?:{'|'.join(words)})(?![A-Za-z-])"
    return re.sub(pattern, lambda found: words[found[0]], mail).encode()
