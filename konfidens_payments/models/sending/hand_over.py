from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...tools import (
    again_on_conflict,
    explain_error,
    in_batch_or_singly,
    in_each_language,
    start_of_day,
)
from .ir_qweb import CompiledOnce

# So long after it was given up a mail would be taken by Odoo's common mail queue.
OWN_QUEUE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=1)
# How soon a message is looked at again that waits for an online payment.
PAYMENT_PAUSE = timedelta(minutes=15)


class KonfidensPaymentMessage(models.Model):
    """How a payment message leaves: handed over to `mail` and `sms`, then sent."""

    _inherit = "konfidens.payment.message"

    @again_on_conflict
    def _hand_over_next(self, most):
        """Hand over the next of what is due, and commit.

        :param most: how many make a batch
        :return: the messages that were seen to
        """
        domain = self._get_due_domain()
        due = self._search_in_turn(domain, most)
        if not due:
            return due
        due = due._without_held()._with_others_due(domain, most)
        messages = due.try_lock_for_update()
        moves = messages.line_ids.move_id
        moves = moves.try_lock_for_update(allow_referencing=True)
        messages = due._only_whole(
            messages.filtered(
                lambda message, moves=moves: message.line_ids.move_id <= moves
            )
        )
        if messages != due:
            # Somebody is working on the others: again as soon as they are done.
            self._wake_sending(fields.Datetime.now() + timedelta(seconds=5))
        in_batch_or_singly(
            messages,
            lambda batch: batch._hand_over(),
            lambda message, error: message._note_hand_over_failure(error),
            lambda batch: batch._split_by_payer(),
        )
        if due:
            self.env["ir.cron"]._commit_progress(len(messages))
        return messages

    @api.model
    def _wake_sending(self, at=None):
        """Let the jobs look that send, now or at a time (UTC, naive)."""
        for name in ("send_due", "send_sms"):
            self._get_cron(name)._trigger(at)

    def _hand_over(self):
        """Make the mails of these due messages, in state *sent* from now on.

        What is no longer wanted is called off; what cannot leave fails with its
        reason; what is being paid online waits for what becomes of that, and what
        goes by itself for the usual hours.
        """
        sendable = unwanted = waiting = self.browse()
        self.line_ids.move_id._fetch_transactions()
        wanted = self.line_ids._filter_wanted().message_id
        for message in self - self._wait_for_hours():
            lines = message._in_practice_language().line_ids
            move = lines.move_id
            if message not in wanted or any(line._waits_for_mark() for line in lines):
                unwanted += message
            elif date := message._get_later_date():
                message.scheduled_date = date
                message._trigger_sending()
            elif lines._filter_held():
                waiting += message
            elif lines._get_leaving_problem(message.channel):
                message._fail(
                    in_each_language(
                        lines,
                        lambda one, by=message.channel: one._get_leaving_problem(by),
                    )
                )
            else:
                # who pays, in which currency, is fixed at this moment
                if message.partner_id != move.partner_id:
                    message.partner_id = move.partner_id
                if message.currency_id != move.currency_id:
                    message.currency_id = move.currency_id
                sendable += message
        unwanted._cancel_scheduled()
        unwanted.line_ids.move_id._complete_soon()
        waiting._wait_for_payment()
        if not sendable:
            return
        sendable._prepare_invoices()
        messages = sendable._join()
        messages._ensure_links()
        messages._create_parts()
        messages._log_together()
        for company, theirs in messages.grouped("company_id").items():
            theirs._set_sent(give_up_date=company._get_give_up_date())
        messages.filtered(
            lambda message: len(message.notification_ids) > 1
        ).unsettled_parts = True

    def _get_later_date(self):
        """Return when this message can go, if not now (UTC, naive); or False.

        Not before Odoo posts its invoice, where that is to happen by itself.
        """
        move = self.line_ids.move_id
        date = move._get_auto_post_date()
        return date and start_of_day(date, move._get_company_tz())

    def _prepare_invoices(self):
        """Do with the invoices what has to be done before these messages leave."""

    def _create_parts(self):
        """Create what leaves of these messages, by each of their channels."""
        self._create_mails()
        self._create_sms()

    def _wait_for_payment(self):
        """Look at these messages again later: their invoices are being paid online."""
        again = fields.Datetime.now() + PAYMENT_PAUSE
        for message in self:
            message.write(
                {
                    "scheduled_date": again,
                    "failure_reason": in_each_language(
                        message,
                        lambda one: one.env._("An online payment is being processed."),
                    ),
                }
            )
        self._trigger_sending()

    def _note_hand_over_failure(self, error):
        said_in = self.env.lang or "en_US"
        self._fail(
            in_each_language(
                self,
                lambda one: one.env._(
                    "It could not be sent: %(reason)s",
                    reason=explain_error(one.env, error, said_in),
                ),
            )
        )

    def _by_channel(self, channel):
        """Return those of these messages that go by this channel, or by this too."""
        return self.filtered(
            lambda message: (
                message.channel in (channel, "both")
                and not message._get_first_move()._get_address_problem(channel)
            )
        )

    def _create_mails(self):
        """Create the outgoing mail of each of these messages that goes by e-mail.

        Only the payer is notified: the invoice's followers have no part in this.
        """
        messages = self._by_channel("email")
        if not messages:
            return
        rendered = {}
        for template, theirs in messages.grouped(
            lambda message: message._get_mail_template()
        ).items():
            self._check_template(template)
            once = template.with_context(konfidens_payments_compiled=CompiledOnce())
            rendered |= once._generate_template(
                theirs.ids,
                ("body_html", "email_from", "mail_server_id", "reply_to", "subject"),
            )
        values_list = [rendered[message.id] for message in messages]
        mail_messages = self.env["mail.message"].create(
            [
                {
                    **message._prepare_mail_message_values(),
                    "message_type": "email_outgoing",
                    "subject": values["subject"],
                    "body": values["body_html"],
                    **message._prepare_mail_addresses(values),
                    "attachment_ids": [
                        Command.link(file.id)
                        for file in message._get_mail_attachments()
                    ],
                }
                for message, values in zip(messages, values_list, strict=True)
            ]
        )
        mails = self.env["mail.mail"].create(
            [
                {
                    "mail_message_id": mail_message.id,
                    "body_html": values["body_html"],
                    "mail_server_id": values.get("mail_server_id"),
                    "recipient_ids": [Command.link(message.partner_id.id)],
                    # many are deleted together, when they are sent
                    "auto_delete": False,
                    "scheduled_date": message._get_queue_date(values),
                }
                for message, mail_message, values in zip(
                    messages, mail_messages, values_list, strict=True
                )
            ]
        )
        self.env["mail.notification"].create(
            [
                {
                    "konfidens_payment_message_id": message.id,
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "res_partner_id": message.partner_id.id,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,  # not for the inbox
                }
                for message, mail in zip(messages, mails, strict=True)
            ]
        )

    @api.model
    def _check_template(self, template):
        """Check that a template is one of payment messages.

        Another's words would be rendered with all rights, for a record that only has
        the same number: somebody else's.

        :param template: `mail.template` or `sms.template`
        :raises UserError: it is another's
        """
        if template.sudo().model != self._name:  # sudo: for who may not see it
            raise UserError(
                self.env._(
                    "The template %(template)s is not one of payment messages. Choose "
                    "another.",
                    template=template.sudo().display_name,
                )
            )

    def _get_mail_template(self):
        """Return the `mail.template` of this message's e-mail."""
        return self.env.ref("konfidens_payments.mail_template_payment")

    def _get_mail_attachments(self):
        """Return the `ir.attachment` records that go along with this message."""
        return self.env["ir.attachment"]

    def _get_queue_date(self, rendered):
        """Return when Odoo's common mail queue takes this mail; False: at once.

        Not before it is given up: our own job sends it, and marks what is under way.
        What goes by a person's mail server is left to Odoo, which sends a few a minute.
        """
        server = self.env["ir.mail_server"].browse(rendered.get("mail_server_id"))
        if server.owner_user_id:
            return False
        return self.company_id._get_give_up_date() + OWN_QUEUE

    def _prepare_mail_addresses(self, rendered):
        """Return sender and reply address; what the template says comes first.

        :raises UserError: there is no sender
        """
        move = self._get_first_move()
        values = {
            "email_from": rendered.get("email_from") or self.company_id.email_formatted,
            "reply_to": rendered.get("reply_to")
            or self.line_ids.move_id._get_payment_reply_to(),
        }
        if not values["email_from"]:
            # Odoo would let it come from the job's own user
            raise UserError(move._get_sender_problem("email"))
        # otherwise Odoo's own
        return {name: value for name, value in values.items() if value}

    def _prepare_mail_message_values(self):
        """Return the values of this message's `mail.message`, but its content.

        It stands on the invoice that it tells of. Where it tells of several it stands
        on none: who sees one of them need not see the others.
        """
        move = self.line_ids.move_id
        single = len(move) == 1
        return {
            "model": single and "account.move",
            "res_id": single and move.id,
            "record_company_id": self.company_id.id,
            # internal: the payer has it in their hands, not once more in the portal
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "is_internal": True,
            "author_id": self.company_id.partner_id.id,
            "partner_ids": [Command.link(self.partner_id.id)],
        }

    def _log_together(self):
        """Note on the invoices of joint messages that one told of them all."""
        joint = self.filtered(lambda message: len(message.line_ids) > 1)
        joint._log(lambda message: message._describe_together())

    def _describe_together(self):
        return self.env._(
            "A %(message)s told of several appointments together.",
            message=self._get_html_link(title=self.env._("payment message")),
        )


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    def _filter_held(self):
        """Return those of these lines whose invoices are being paid online."""
        return self.filtered(lambda line: line.move_id._get_pending_transactions())

    def _get_sending_problem(self, channel):
        """Return why a message that is due cannot tell of this invoice, or False."""
        return self.move_id._get_sending_problem(channel)

    def _get_leaving_problem(self, channel):
        """Return why a message cannot tell of it at this moment, or False."""
        return self.move_id._get_leaving_problem(channel)
