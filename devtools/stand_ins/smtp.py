"""How `MailServer` talks to one client, and misbehaves on the way."""

import asyncio
import time

from aiosmtpd.smtp import SMTP, AuthResult

_TOO_MANY = "421 4.7.0 Too many connections"
# After an answer that begins so, a server closes the connection (RFC 5321, 3.8).
_CLOSING = "421"
_END = b"\r\n.\r\n"


class Conversation(SMTP):
    """One client's connection.

    :param server: the `MailServer`
    :param handler: the `Handler`
    :param tls: the SSL context of STARTTLS, or None
    """

    def __init__(self, server, handler, tls):
        super().__init__(
            handler,
            hostname=server.host,
            tls_context=tls,
            auth_require_tls=False,
            authenticator=self._log_in,
        )
        self.mail_server = server
        self._refusal = None

    def connection_made(self, transport):
        """Override: count it."""
        begun = self._original_transport is not None  # it was counted before STARTTLS
        if not begun:
            self._refusal = answer_of(self.mail_server, "connect", "")
            if not self._refusal and not self.mail_server.opened(self):
                self._refusal = _TOO_MANY
        super().connection_made(transport)

    def connection_lost(self, error):
        """Override: count it no more."""
        self.mail_server.closed(self)
        super().connection_lost(error)

    async def push(self, status):
        """Override: answer late, as from far away, and something else if told so."""
        if self.mail_server.latency:
            await asyncio.sleep(self.mail_server.latency)
        if self._refusal:  # instead of the greeting
            status = self._refusal
        text = status.decode() if isinstance(status, bytes) else status
        await super().push(status)
        if (self._refusal or text.startswith(_CLOSING)) and self.transport:
            self.transport.close()

    def eof_received(self):
        """Override: read what came whole before the client was gone."""
        if self.transport and self._reader._buffer.endswith(_END):
            self.loop.call_later(0.01, self.eof_received)
            return True
        return super().eof_received()

    async def smtp_DATA(self, arg):
        """Override: hang, or refuse, before the content is asked for."""
        recipients = self.envelope.rcpt_tos
        server = self.mail_server
        while any(_matches(server.hang_for, to) for to in recipients):
            await asyncio.sleep(0.01)
        if recipients and (answer := answer_of(server, "DATA", recipients[0])):
            await self.push(answer)
            return
        await super().smtp_DATA(arg)

    def _log_in(self, _server, _session, _envelope, _mechanism, login):
        if answer := answer_of(self.mail_server, "AUTH", login.login.decode()):
            return AuthResult(success=False, handled=False, message=answer)
        known = self.mail_server.users.get(login.login.decode())
        if known is None or known != login.password.decode():
            return AuthResult(success=False, handled=False)  # 535
        return AuthResult(success=True)


class Handler:
    """aiosmtpd's hooks; they run in the server's event loop.

    :param server: the `MailServer`
    """

    def __init__(self, server):
        self.server = server

    async def handle_MAIL(self, _server, session, envelope, address, options):
        if self.server.users and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if answer := answer_of(self.server, "MAIL", address):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if _matches(self.server.refuse, address):
            return "550 5.1.1 No such mailbox"
        if _matches(self.server.defer, address):
            return "451 4.2.1 Try again later"
        if answer := answer_of(self.server, "RCPT", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, conversation, _session, envelope):
        server, recipients = self.server, list(envelope.rcpt_tos)
        drops = {_look_up(server.drop, to) for to in recipients}
        if "before" in drops:
            conversation.transport.abort()
            return "250 OK"
        if answer := answer_of(server, ".", recipients[0]):
            return answer
        # Now, whether or not somebody is left to hear the answer.
        mail = server.take(envelope)
        if server.delay:
            await asyncio.sleep(server.delay)
        while any(_matches(server.stop_for, to) for to in recipients):
            await asyncio.sleep(0.01)
        if "after" in drops and conversation.transport:
            conversation.transport.abort()
        else:
            mail.answered = time.time()
        return "250 OK"


def answer_of(server, step, address):
    """What a `MailServer` answers at a step instead of the usual; None: the usual."""
    if callable(server.answers):
        return server.answers(step, address)
    return server.answers.get(step)


def _matches(rule, address):
    return rule(address) if callable(rule) else address in rule


def _look_up(rule, address):
    if callable(rule):
        return rule(address)
    return rule.get(address) if isinstance(rule, dict) else rule
