import logging
from datetime import timedelta
from xmlrpc.client import Binary

import psycopg2
from markupsafe import escape

from odoo import api, fields, models
from odoo.tools import email_normalize

from .mail_report import FAILED, MailReport

_logger = logging.getLogger(__name__)

# For so long mail servers keep trying.
LONGEST_QUEUED = timedelta(days=7)
# In a report, what a person needs of it.
REASON_LENGTH = 1000


class MailThread(models.AbstractModel):
    """Which payment messages came back: read from the mails of mail systems.

    Odoo knows one kind of report, a failure, and takes every other for one as well:
    delayed, arrived, read. It does not read those in plain text, and ties some to what
    the mail that came back only answered. So those about payment messages are read
    here; what came back is noted by Odoo's own method.
    """

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Override of `mail` to read what mail systems report of payment messages."""
        report = _read_report(message)
        if report and self._take_payment_report(report):
            return False
        arguments = (custom_values, save_original, strip_attachments, thread_id)
        if not report or not report.is_automatic():
            return super().message_process(model, message, *arguments)
        try:
            with self.env.cr.savepoint():
                return super().message_process(model, message, *arguments)
        except psycopg2.Error:
            raise
        except Exception:
            # There is nobody to whom a mail system could be answered.
            _logger.warning("A report could not be processed", exc_info=True)
            return False

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Override of `mail`: what came back of payment messages is read above.

        By its first id or its references Odoo would find them, too, where what came
        back is a later mail of the same conversation.
        """
        if not message_dict.get("is_payment_report"):
            # sudo: whether it is one of ours, and no more
            bounced = message_dict["bounced_message"].sudo()
            if bounced.notification_ids.konfidens_payment_message_id:
                message_dict = {
                    **message_dict,
                    "bounced_message": bounced.browse(),
                }
        return super()._routing_handle_bounce(email_message, message_dict)

    @api.model
    def _take_payment_report(self, report):
        """Note what a report says of a payment message, if it is about one.

        :param report: a `MailReport`
        :return: whether that is all there is to do with it
        """
        notification = self._find_reported(report)
        if not notification:
            return False
        address = notification.res_partner_id.email_normalized
        failed = report.get_outcome(address or "") == FAILED
        if failed and notification.notification_status != "bounce":
            self._note_bounce(report, notification)
        # A person's answer, or a program's in their name, goes on to the invoice.
        return failed or report.is_automatic()

    @api.model
    def _find_reported(self, report):
        """Return the e-mail of a payment message that a report is about, or none.

        By the id that it had. The report's own references count where that is not
        known here, as where a mail system on the way gave it another.

        :return: a `mail.notification`, with all rights
        """
        # sudo: the mail gateway's user need not see what is reported on. Whoever can
        # name a mail by its id has it.
        mail_messages = self.env["mail.message"].sudo()
        for message_ids in (
            report.original_ids,
            report.answered_ids,
            report.named_ids,
        ):
            found = mail_messages.search([("message_id", "in", message_ids)], limit=2)
            if found:
                ours = found.notification_ids.filtered(
                    lambda notification: (
                        notification.konfidens_payment_message_id
                        and notification.notification_type == "email"
                    )
                )
                return ours if len(found) == len(ours) == 1 else ours.browse()
        return self._find_reported_by_address(report)

    @api.model
    def _find_reported_by_address(self, report):
        """Return what a report is about that names nothing but an address, or none.

        Where only one mail went there as long as mail servers keep them; and where the
        report knows its subject, with that. From the mail gateway only: whoever hands
        one over himself may have made it up.

        :return: a `mail.notification`, with all rights
        """
        # sudo: as above
        notifications = self.env["mail.notification"].sudo()
        if report.original_ids or report.answered_ids or not report.is_automatic():
            return notifications
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            return notifications
        found = notifications.with_context(active_test=False).search(
            [
                (
                    "res_partner_id.email_normalized",
                    "in",
                    report.get_named_addresses(),
                ),
                ("notification_type", "=", "email"),
                ("notification_status", "in", ("sent", "bounce")),
                (
                    "mail_message_id.create_date",
                    ">=",
                    fields.Datetime.now() - LONGEST_QUEUED,
                ),
            ],
            limit=2,
        )
        if len(found) != 1 or not found.konfidens_payment_message_id:
            return notifications
        subject = found.mail_message_id.subject or ""
        if report.subjects and not any(
            subject.split() == other.split() for other in report.subjects
        ):
            return notifications
        return found

    @api.model
    def _note_bounce(self, report, notification):
        """Note, as `mail` does, that the e-mail of a payment message came back.

        :param report: a `MailReport`
        :param notification: the `mail.notification` of that e-mail, with all rights
        """
        partner = notification.res_partner_id
        failed = report.get_failed_addresses()
        address = partner.email_normalized
        if failed and address not in failed:
            # it went to another that the contact had, or was forwarded
            address = email_normalize(failed[0]) or address
        notification.mail_email_address = address
        mail_message = notification.mail_message_id
        self._routing_handle_bounce(
            report.mail,
            {
                "is_payment_report": True,
                "bounced_email": address,
                "bounced_partner": partner,
                "bounced_message": mail_message,
                "bounced_msg_ids": [mail_message.message_id],
                "email_from": report.sender,
                "to": "",
                "message_id": "",
                "body": escape(report.text[:REASON_LENGTH]),
            },
        )


def _read_report(message):
    """Return what a mail says, or None if it is in no form to be read.

    :param message: as `message_process` takes it
    """
    try:
        if isinstance(message, Binary):
            message = bytes(message.data)
        elif isinstance(message, str):
            message = message.encode()
        return MailReport(message)
    except Exception:
        _logger.warning("A mail could not be read as a report", exc_info=True)
        return None
