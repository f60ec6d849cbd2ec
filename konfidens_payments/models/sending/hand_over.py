from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ...tools import again_on_conflict, in_batch_or_singly
from .ir_qweb import CompiledOnce

BATCH_SIZE = 100
# Odoo's common mail queue takes our mails over only after this long: until then
# they are sent by our own cron, so that a newsletter does not hold them up.
OWN_QUEUE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=1)


class KonfidensPaymentMessage(models.Model):
    """How a payment message leaves: handed over to `mail` and `sms`, then sent."""

    _inherit = "konfidens.payment.message"

    @api.model
    def _cron_send_due(self):
        """Send the payment messages whose time has come.

        Two steps, so that a process killed at any point neither loses a message nor
        sends one twice: the hand-over is one transaction for each batch, the sending
        one for each mail. SMS are sent by a job of their own.
        """
        if self._has_unfinished() and self._hand_over_due():
            self._send_handed_over()

    @again_on_conflict
    def _hand_over_due(self):
        """Hand over what is due, in batches, and commit each.

        :return: whether there is time left in this run of the cron
        """
        domain = [
            ("state", "=", "scheduled"),
            ("scheduled_date", "<=", fields.Datetime.now()),
        ]
        time_left = True
        while time_left:
            due = self.search(domain, order="scheduled_date, id", limit=BATCH_SIZE)
            due = due._keep_together(domain, BATCH_SIZE)
            messages = due.try_lock_for_update()
            moves = messages.move_id.try_lock_for_update(allow_referencing=True)
            messages = due._only_whole_bundles(
                messages.filtered(lambda message, moves=moves: message.move_id in moves)
            )
            if messages != due:
                # Somebody is working on the others: again as soon as they are done.
                again = fields.Datetime.now() + timedelta(seconds=5)
                self._get_cron("send_due")._trigger(again)
            if not messages:
                break
            in_batch_or_singly(
                messages,
                lambda batch: batch._hand_over(),
                lambda message, error: message._fail(str(error)),
                lambda batch: batch._split_by_mail(),
            )
            time_left = self.env["ir.cron"]._commit_progress(
                len(messages), remaining=self.search_count(domain)
            )
        return time_left

    def _hand_over(self):
        """Make the mails of these due messages, in state *sent* from now on.

        What is no longer wanted is called off; what cannot leave fails with its
        reason.
        """
        sendable = unwanted = self.browse()
        for message in self:
            move = message._in_practice_language().move_id
            if not move._wants_payment_message():
                unwanted += message
            elif problem := (
                move._get_sending_problem(message.channel) or move._get_lock_problem()
            ):
                message._fail(problem)
            else:
                sendable += message
        unwanted._cancel_scheduled()
        if not sendable:
            return
        sendable.move_id._ensure_pay_token()
        for message in sendable:
            message.move_id._portal_ensure_token()
            # who pays and how much is fixed at this moment
            message.partner_id = message.move_id.partner_id
            message.amount = message.move_id._get_amount_to_tell()
        bundles = sendable._split_by_mail()
        self._create_mails(self._by_channel("email", bundles))
        self._create_sms(self._by_channel("sms", bundles))
        self._log_together(bundles)
        now = fields.Datetime.now()
        for company, messages in sendable.grouped("company_id").items():
            limit = timedelta(hours=company.payments_delivery_limit_hours)
            messages.write(
                {"state": "sent", "sent_date": now, "give_up_date": now + limit}
            )

    def _by_channel(self, channel, bundles):
        """Return those of these bundles that go by this channel, or by this too."""
        return [
            bundle
            for bundle in bundles
            if bundle[0].channel in (channel, "both")
            and not bundle[0].move_id._get_address_problem(channel)
        ]

    def _create_mails(self, bundles):
        """Create the outgoing mail of each of these bundles, in batch.

        Only the payer is notified: the invoice's followers have no part in this.
        """
        if not bundles:
            return
        moves = self._tell_together(bundles)
        template = moves.env.ref("konfidens_payments.mail_template_payment")
        template = template.with_context(konfidens_payments_compiled=CompiledOnce())
        rendered = template._generate_template(
            moves.ids,
            ("body_html", "email_from", "mail_server_id", "reply_to", "subject"),
        )
        values_list = [rendered[move.id] for move in moves]
        mail_messages = self.env["mail.message"].create(
            [
                {
                    **bundle._prepare_mail_message_values(),
                    "message_type": "email_outgoing",
                    "subject": values["subject"],
                    "body": bundle._get_chatter_body(values["body_html"]),
                    **bundle._prepare_mail_addresses(values),
                }
                for bundle, values in zip(bundles, values_list, strict=True)
            ]
        )
        mails = self.env["mail.mail"].create(
            [
                {
                    "mail_message_id": mail_message.id,
                    "body_html": values["body_html"],
                    "mail_server_id": values.get("mail_server_id"),
                    "recipient_ids": [Command.link(bundle.partner_id.id)],
                    # many are deleted together, when they are sent
                    "auto_delete": False,
                    "scheduled_date": fields.Datetime.now() + OWN_QUEUE,
                }
                for bundle, mail_message, values in zip(
                    bundles, mail_messages, values_list, strict=True
                )
            ]
        )
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "res_partner_id": bundle.partner_id.id,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,  # not for the inbox
                }
                for bundle, mail in zip(bundles, mails, strict=True)
            ]
        )

    def _prepare_mail_addresses(self, rendered):
        """Return sender and reply address; what the template says comes first."""
        values = {
            "email_from": rendered.get("email_from"),
            "reply_to": rendered.get("reply_to")
            or self.move_id._get_payment_reply_to(),
        }
        # otherwise Odoo's own
        return {name: value for name, value in values.items() if value}

    def _prepare_mail_message_values(self):
        """Return the values of the `mail.message` of this bundle, but its content.

        It stands on the first of the invoices that it tells of.
        """
        return {
            "model": "account.move",
            "res_id": self.move_id[:1].id,
            "record_company_id": self.company_id.id,
            # internal: the payer has it in their hands, not once more in the portal
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "is_internal": True,
            "author_id": self.company_id.partner_id.id,
            "partner_ids": [Command.link(self.partner_id.id)],
            "konfidens_payment_message_ids": [Command.set(self.ids)],
        }
