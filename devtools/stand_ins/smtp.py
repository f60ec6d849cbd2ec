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
    """

    def __init__(self, server):
        super().__init__(
            self,
            hostname=server.host,
            tls_context=server.tls,
            auth_require_tls=False,
            authenticator=self._log_in,
        )
        self.mail_server = server
        self._refusal = None

    def connection_made(self, transport):
        """Override: count it."""
        self.mail_server.transports.add(transport)
        begun = self._original_transport is not None  # it was counted before STARTTLS
        if not begun:
            self._refusal = self.mail_server.answer_to("connect", "")
            limit, there = self.mail_server.limit, self.mail_server.connections
            if limit is not None and there >= limit:
                self._refusal = self._refusal or _TOO_MANY
            if not self._refusal:
                self.mail_server.opened(self)
        super().connection_made(transport)

    def connection_lost(self, error):
        """Override: count it no more."""
        self.mail_server.transports.discard(self.transport)
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
        while any(server.setting("hang_for", to) for to in recipients):
            await asyncio.sleep(0.01)
        if recipients and (answer := server.answer_to("DATA", recipients[0])):
            await self.push(answer)
            return
        await super().smtp_DATA(arg)

    def _log_in(self, _server, _session, _envelope, _mechanism, login):
        if answer := self.mail_server.answer_to("AUTH", login.login.decode()):
            return AuthResult(success=False, handled=False, message=answer)
        known = self.mail_server.users.get(login.login.decode())
        if known is None or known != login.password.decode():
            return AuthResult(success=False, handled=False)  # 535
        return AuthResult(success=True)

    # === AIOSMTPD'S HOOKS === #

    async def handle_MAIL(self, _smtp, session, envelope, address, options):
        if self.mail_server.users and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if answer := self.mail_server.answer_to("MAIL", address):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _smtp, _session, envelope, address, _options):
        if self.mail_server.setting("refuse", address):
            return "550 5.1.1 No such mailbox"
        if self.mail_server.setting("defer", address):
            return "451 4.2.1 Try again later"
        if answer := self.mail_server.answer_to("RCPT", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _smtp, _session, envelope):
        server, recipients = self.mail_server, list(envelope.rcpt_tos)
        drops = {server.setting("drop", to) for to in recipients}
        if "before" in drops:
            self.transport.abort()
            return "250 OK"
        if answer := server.answer_to(".", recipients[0]):
            return answer
        # Now, whether or not somebody is left to hear the answer.
        mail = server.take(envelope)
        if server.delay:
            await asyncio.sleep(server.delay)
        while any(server.setting("stop_for", to) for to in recipients):
            await asyncio.sleep(0.01)
        if "after" in drops and self.transport:
            self.transport.abort()
        else:
            mail.answered = time.time()
        return "250 OK"
