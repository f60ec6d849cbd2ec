import contextlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tools import email_normalize

from ...tools import explain_error, next_full_hour, plainly, say

# What the link of a sample opens.
SAMPLE = "/p/sample"


class KonfidensPaymentReadiness(models.AbstractModel):
    """A payment message to oneself, of an appointment that does not exist.

    It is made as any other, in a transaction of which nothing stays: no number, no
    appointment, no contact. Only what it says leaves.
    """

    _inherit = "konfidens.payment.readiness"

    @api.model
    def action_send_sample(self):
        """Send the user what a client would get, by the channels of the practice.

        :return: the action that says where it went
        :raises AccessError: the user is no administrator of Payments
        :raises UserError: it cannot be made or does not leave, with the reason
        """
        company = self._get_checked_company()
        user = self.env.user
        if not email_normalize(user.email):
            # sudo: which form it is; it opens the user's own
            action = self.env["ir.actions.actions"].sudo()
            action = action._for_xml_id("base.action_res_users_my")
            raise RedirectWarning(
                self.env._(
                    "You have no e-mail address that the sample could go to. Enter one "
                    "in your preferences."
                ),
                {**action, "res_id": user.id},
                self.env._("My Preferences"),
            )
        sample = self._make_sample(company, user)
        self._send_mail(sample, user)
        company.payments_mail_tested_on = fields.Datetime.now()
        went_to = [user.email]
        number = user.partner_id.phone_sanitized
        if number and company.payments_channel != "email":
            self._send_sms(sample, number)
            went_to.append(number)
        return say(
            self.env._(
                "The sample is on its way to %(addresses)s.",
                addresses=", ".join(went_to),
            )
        )

    @api.model
    def _send_mail(self, sample, user):
        # sudo: the caller checked the access
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": sample["subject"],
                    "body_html": sample["body_html"],
                    "email_from": sample["email_from"],
                    "reply_to": sample["reply_to"],
                    "email_to": user.email_formatted,
                    "mail_server_id": sample["mail_server_id"],
                    "auto_delete": True,
                }
            )
        )
        try:
            mail.send(raise_exception=True)
        except Exception as error:
            raise UserError(
                self.env._(
                    "The mail server did not take the sample: %(reason)s",
                    reason=error,
                )
            ) from error

    @api.model
    def _send_sms(self, sample, number):
        # sudo: the caller checked the access
        sms = (
            self.env["sms.sms"].sudo().create({"number": number, "body": sample["sms"]})
        )
        try:
            sms.send(raise_exception=True)
        except Exception as error:
            raise UserError(
                self.env._(
                    "The SMS provider did not take the sample: %(reason)s",
                    reason=error,
                )
            ) from error

    @api.model
    def _make_sample(self, company, user):
        """Return what the message says; nothing else stays of it.

        :return: dict with `subject`, `body_html`, `email_from`, `reply_to`,
            `mail_server_id` and `sms`
        :raises UserError: it cannot be made, with the reason
        """
        made = {}
        try:
            with contextlib.suppress(_Undone), self.env.cr.savepoint():
                made.update(self._play_sample(company, user))
                raise _Undone
        except Exception as error:
            raise UserError(
                self.env._(
                    "The sample cannot be made: %(reason)s",
                    reason=explain_error(self.env, error),
                )
            ) from error
        return made

    @api.model
    def _play_sample(self, company, user):
        """Book an appointment, bill it, and make its message; return what that says."""
        play = plainly(self).with_company(company).sudo()
        play = play.with_context(
            dont_notify=True,
            no_mail_to_attendees=True,
            mail_create_nosubscribe=True,
            tracking_disable=True,
            # Google's and Microsoft's calendars would get what is undone here
            default_need_sync=False,
            default_need_sync_m=False,
        )
        company = company.with_env(play.env)
        company.payments_active = True
        client = play.env["res.partner"].create(
            {
                "name": user.name,
                "email": user.email,
                "phone": user.partner_id.phone,
                "country_id": user.partner_id.country_id.id or company.country_id.id,
                "lang": user.lang,
            }
        )
        start = next_full_hour() + timedelta(days=1)
        event = play.env["calendar.event"].create(
            {
                "name": client.name,
                "user_id": user.id,
                "start": start,
                "stop": start + timedelta(hours=1),
                "partner_ids": [Command.set((user.partner_id + client).ids)],
            }
        )
        booking = event.booking_ids
        booking.service_id = self._get_sample_service(company)
        booking.invoicing_method = "manual"
        booking.price = booking.price or 100.0
        move = booking.invoice_id or booking._create_draft_invoices()
        if problem := move._get_leaving_problem("email"):
            raise UserError(problem)
        message = move._schedule_payment_message(fields.Datetime.now(), "email")
        message._ensure_links()
        template = message._get_mail_template()
        names = ("body_html", "email_from", "mail_server_id", "reply_to", "subject")
        sample = template._generate_template(message.ids, names)[message.id]
        link = f"{company.get_base_url()}{SAMPLE}"
        return {
            "subject": sample["subject"],
            "body_html": sample["body_html"].replace(message.pay_url, link),
            "mail_server_id": sample.get("mail_server_id"),
            "sms": message._render_sms()[message.id].replace(message.pay_url, link),
            "reply_to": False,
            **message._prepare_mail_addresses(sample),
        }

    @api.model
    def _get_sample_service(self, company):
        """Return the service of the sample: a real one, where there is one."""
        services = company.env["product.product"]
        return (
            company._get_default_service()
            or services.search(
                [
                    *services._check_company_domain(company),
                    ("type", "=", "service"),
                    ("sale_ok", "=", True),
                    ("list_price", ">", 0),
                ],
                limit=1,
            )
            or services.create(
                {"name": "Sample", "type": "service", "list_price": 100.0}
            )
        )


class _Undone(Exception):
    """Nothing of what was played stays."""
