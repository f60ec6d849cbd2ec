import logging
import smtplib

import psycopg2

from odoo import api, models
from odoo.tools.mail import email_split_and_format_normalize

from .ir_mail_server import CONNECTIONS
from .mail_answer import is_garbled
from .post import Letter, Unreachable
from .practice_problem import get_practice_problem

_logger = logging.getLogger(__name__)

# Where `mail` finds nothing in the context it looks in the database, for each mail.
NO_ADDRESS = " "


class MailMail(models.Model):
    """How our mails become letters for the post, in `mail`'s own words and ways."""

    _inherit = "mail.mail"

    def _prepare_letters(self, post):
        """Return the letters of these mails, with all that is said in them.

        They are written later, see `_write_letters`. What cannot be prepared has
        failed, and is noted as `mail` notes it.

        :param post: the `Post` that takes them
        :return: `Letter`s, in the order of the mails
        """
        letters = {}
        for (
            server_id,
            alias_domain_id,
            smtp_from,
            ids,
        ) in self._split_by_mail_configuration():
            server = self.env["ir.mail_server"].browse(server_id)
            route = post.get_route(
                (server_id, alias_domain_id, smtp_from),
                server._get_connect(smtp_from, post.alone),
                server.payments_connections or CONNECTIONS,
            )
            for mail in self.browse(ids):
                desk = _Desk(server, alias_domain_id, smtp_from)
                letter = Letter(mail.id, route, desk)
                try:
                    desk.drafts = mail._prepare_drafts(desk)
                except psycopg2.Error:
                    raise
                except Exception as error:
                    self._note_refusals([(error, letter)])
                    continue
                letters[mail.id] = letter
        return [letters[mail.id] for mail in self if mail.id in letters]

    def _prepare_drafts(self, desk):
        """Return what `mail` would send now, by its own ways.

        :return: list of pairs: the context and the values of `_build_email__`
        """
        self.ensure_one()
        names = email_split_and_format_normalize(self.email_from)
        sender = names[0] if names else self.email_from
        servers = self.env["ir.mail_server"]
        # sudo: as `mail` does
        alias_domain = self.env["mail.alias.domain"].sudo()
        alias_domain = alias_domain.browse(desk.alias_domain_id)
        drafts = []
        for email in self._prepare_outgoing_list(mail_server=desk.server):
            # all of it, so that nothing is looked up for each when it is written
            context = {
                "send_validated_to": email["email_to_normalized"],
                "domain_notifications_email": alias_domain.default_from_email
                or servers._get_default_from_address()
                or NO_ADDRESS,
                "domain_bounce_address": email["headers"].get("Return-Path")
                or alias_domain.bounce_email
                or servers._get_default_bounce_address()
                or sender,
            }
            values = {
                name: email[name]
                for name in (
                    "attachments",
                    "body",
                    "body_alternative",
                    "email_cc",
                    "email_to",
                    "headers",
                    "message_id",
                    "object_id",
                    "references",
                    "reply_to",
                    "subject",
                )
            }
            drafts.append((context, {**values, "email_from": sender}))
        return drafts

    @api.model
    def _write_letters(self, letters):
        """Write what goes over the network, unless it is written.

        What cannot be written has failed, and is noted as `mail` notes it.

        :param letters: list of `Letter`
        :return: those that are written
        """
        written = []
        for letter in letters:
            try:
                self._write_letter(letter.desk)
            except psycopg2.Error:
                raise
            except Exception as error:
                self._note_refusals([(error, letter)])
            else:
                written.append(letter)
        return written

    @api.model
    def _write_letter(self, desk):
        """Let `mail` write what lies on the desk as drafts."""
        while desk.drafts:
            context, values = desk.drafts.pop(0)
            servers = self.env["ir.mail_server"].with_context(**context)
            message = servers._build_email__(
                subtype="html", subtype_alternative="plain", **values
            )
            servers.send_email(
                message, mail_server_id=desk.server.id, smtp_session=desk
            )

    @api.model
    def _note_refusals(self, refusals):
        """Note what was not taken: for a problem of the practice's, or of its own.

        :param refusals: list of pairs (exception of the mail server or of Odoo,
            `Letter`)
        """
        standing = {}
        for error, letter in refusals:
            mail = self.browse(letter.mail_id)
            if problem := get_practice_problem(error):
                standing[problem] = standing.get(problem, self.browse()) + mail
            elif is_garbled(error) or is_garbled(error.__cause__):
                _logger.warning("The mail server is garbled", exc_info=error)
                mail._note_failure("mail_garbled")
            elif isinstance(error, Unreachable | smtplib.SMTPServerDisconnected):
                _logger.warning("The mail server took nothing", exc_info=error)
                mail._note_failure("mail_smtp")
            else:
                mail._note_refused(error, letter.desk)
        for problem, mails in standing.items():
            parts = mails.notification_ids
            parts.notification_status = "ready"  # they wait as before
            parts.konfidens_payment_message_id._refuse_mails(problem)

    def _note_refused(self, error, desk):
        """Note that a mail was refused, as `mail` would have noted it."""
        desk.error = error
        self._send(
            smtp_session=desk,
            alias_domain_id=desk.alias_domain_id,
            mail_server=desk.server,
        )

    def _note_failure(self, failure_type, failure_reason=False):
        """Note why these mails have not left, or may not have."""
        self.write(
            {
                "state": "exception",
                "failure_type": "mail_smtp",
                "failure_reason": failure_reason,
            }
        )
        self._postprocess_sent_message(
            [], [], failure_type=failure_type, failure_reason=failure_reason
        )

    def _note_taken(self):
        """Note that the mail server has these mails, as `mail` does."""
        self.fetch(["auto_delete", "is_notification"])  # without their long texts
        self.write({"state": "sent", "failure_type": False, "failure_reason": False})
        self._postprocess_sent_message([], [])


class _Desk:
    """What `mail` takes for a connection: it keeps what shall be sent.

    Or raises an error instead, as a mail server's refusal.
    """

    def __init__(self, server, alias_domain_id, smtp_from):
        self.server = server
        self.alias_domain_id = alias_domain_id
        self.smtp_from = smtp_from
        self.from_filter = (
            server.from_filter if server else server._get_default_from_filter()
        )
        self.drafts = []
        self.sheets = []
        self.error = None

    def send_message(self, message, smtp_from, smtp_to_list):
        if self.error:
            raise self.error
        self.sheets.append((message, smtp_from, smtp_to_list))
