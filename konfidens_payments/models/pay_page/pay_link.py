import base64
import re
import secrets
import string
import uuid

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools.image import image_data_uri

from ..booking.calendar_event import GROUPS

# Letters and digits only: what ends in "-" or "_" is cut off where a phone makes a
# link of an SMS's text. 22 of 62 characters are 131 bits.
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 22
_TOKEN = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}")


class AccountMove(models.Model):
    """The pay link: one for an invoice's whole life, from draft to paid."""

    _inherit = "account.move"

    pay_token = fields.Char(
        copy=False,
        readonly=True,
        groups=GROUPS,
        export_string_translation=False,
    )
    pay_url = fields.Char(
        "Pay Link", compute="_compute_pay_url", compute_sudo=True, groups=GROUPS
    )

    _pay_token_unique = models.UniqueIndex("(pay_token) WHERE pay_token IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("pay_token")
    def _compute_pay_url(self):
        for move in self:
            # An invoice of no appointment has no token, and so no link.
            move.pay_url = (
                move.pay_token and f"{move.get_base_url()}{move._get_pay_path()}"
            )

    @api.depends("booking_ids", "pay_token")
    def _compute_display_link_qr_code(self):
        """Override of `account`: the pay link's QR code stands instead of Odoo's."""
        # sudo: whether there is a link, not which
        linked = self.filtered(
            lambda move: move.sudo().pay_token and move.sudo().booking_ids
        )
        linked.display_link_qr_code = False
        return super(AccountMove, self - linked)._compute_display_link_qr_code()

    # === ACTION METHODS === #

    def action_revoke_pay_link(self):
        """Give these invoices new links: whoever has the old ones opens nothing.

        :raises AccessError: the user may not bill these bookings
        """
        self._check_payment_access()
        moves = self.sudo()  # sudo: access was checked
        moves._give_new_links()
        for move in moves:
            move._message_log(
                body=move.env._("The pay link was revoked: there is a new one.")
            )

    # === BUSINESS METHODS === #

    def _give_new_links(self):
        """Give these invoices another pay link and another link to the portal."""
        for move in self:
            move.write(
                {
                    "pay_token": self._new_pay_token(),
                    "access_token": str(uuid.uuid4()),
                }
            )

    @api.model
    def _new_pay_token(self):
        return "".join(secrets.choice(_ALPHABET) for _i in range(_LENGTH))

    def _ensure_pay_token(self):
        """Give each of these invoices a pay link that has none yet; it then stays."""
        # sudo: the token says nothing to who may not read it
        for move in self.sudo().filtered(lambda move: not move.pay_token):
            move.pay_token = self._new_pay_token()

    @api.model
    def _find_by_pay_token(self, token):
        """Return the invoices of this pay link with all rights: one, several or none.

        :param token: what a stranger wrote after /p/
        """
        if not _TOKEN.fullmatch(token):
            return self.browse()
        # sudo: who knows the token may see these invoices
        move = self.sudo().search([("pay_token", "=", token)], limit=1)
        message = self.env["konfidens.payment.message"]._find_by_pay_token(token)
        return move or message._get_linked_moves()

    def _get_pay_path(self):
        self.ensure_one()
        return f"/p/{self.pay_token}"

    def _shows_pay_link(self):
        """Return whether the pay link stands on the printed invoice."""
        self.ensure_one()
        # sudo: who prints the invoice may read what it prints
        move = self.sudo()
        return bool(
            move.booking_ids
            and move.pay_token
            and move.state == "posted"
            and move.payment_state in ("not_paid", "partial")
            and not move.externally_billed
        )

    def _get_pay_qr_code(self):
        """Return the pay link's QR code as the `src` of an image."""
        self.ensure_one()
        code = self.env["ir.actions.report"].barcode(
            "QR", self.sudo().pay_url, width=128, height=128, quiet=False
        )
        return image_data_uri(base64.b64encode(code))

    # === OPENING IT === #

    def _open_pay_link(self, user):
        """Take the opened pay link as the delivery of its message: complete the drafts.

        Nothing else changes, whoever opens it and how often: programs that look at
        the links in mails do so when the mail has arrived, and the invoice is
        completed then anyway.

        :param user: who opened it; staff that looks at the link is no delivery
        :return: whether somebody else is at it, so that it is ready in a moment
        """
        opened = self.filtered(lambda move: move._is_completed_by_opening(user))
        if not opened:
            return False
        messages = self.env["konfidens.payment.message"].sudo()
        messages = messages.concat(
            *(move._get_latest_payment_message() for move in opened)
        )
        moves = messages.line_ids.move_id
        # Ten may open it at the same moment: the first completes it. Where another
        # was done after this transaction began, PostgreSQL refuses the lock, and Odoo
        # repeats the request.
        if (
            messages[:1].try_lock_for_update() != messages[:1]
            or messages.try_lock_for_update() != messages
            or moves.try_lock_for_update() != moves
        ):
            return True
        # as the job does it that completes what the mail server reports
        messages = messages.with_user(SUPERUSER_ID).with_company(messages.company_id)
        practice = messages._in_practice_language()
        news = practice.filtered(lambda message: message.state != "delivered")
        for message in news.filtered(lambda message: message.state == "failed"):
            lines = message.line_ids
            message._leave_failed(
                lines.filtered(lambda line: line.move_id not in opened)
            )
        news.line_ids.move_id._mended()
        news._set_delivered("link")
        practice._complete_invoices()
        practice._wake_for_parts()
        return False

    def _is_completed_by_opening(self, user):
        if user._is_internal() and user.partner_id != self.partner_id:
            return False
        return (
            self.state == "draft"
            and self.payment_message_line_ids._get_latest()._has_told_amount()
            and not self._get_payment_obstacle()
        )


class KonfidensPaymentMessage(models.Model):
    """The pay link that a message brings: of several invoices it is one of its own."""

    _inherit = "konfidens.payment.message"

    pay_token = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_system",
        export_string_translation=False,
    )
    pay_url = fields.Char(
        "Pay Link",
        compute="_compute_pay_url",
        groups=GROUPS,
        help="For who may see all invoices of which the message tells.",
    )

    _pay_token_unique = models.UniqueIndex("(pay_token) WHERE pay_token IS NOT NULL")

    @api.depends("pay_token", "all_line_ids.move_id.pay_token")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_pay_url(self):
        for message in self:
            # sudo: which link it is, for who may read all of what it opens
            known = (message._origin or message).sudo()
            if len(message.line_ids) < len(known.line_ids):
                message.pay_url = False
            elif len(known.line_ids) == 1:
                message.pay_url = known._get_first_move().pay_url
            else:  # a preview has none yet
                token = known.pay_token or "…"
                message.pay_url = f"{known.get_base_url()}/p/{token}"

    def _ensure_links(self):
        """Give these messages, and their invoices, the links that they tell of."""
        moves = self.line_ids.move_id
        moves._ensure_pay_token()
        for move in moves:
            move._portal_ensure_token()
        for message in self:
            if len(message.line_ids) > 1:
                message.pay_token = moves._new_pay_token()
                for line in message.line_ids:
                    line.pay_token = line.move_id.pay_token

    @api.model
    def _find_by_pay_token(self, token):
        """Return the message of this joint pay link with all rights, or no record.

        :param token: what a stranger wrote after /p/
        """
        if not _TOKEN.fullmatch(token):
            return self.browse()
        # sudo: who knows the token may see the invoices that it tells of
        return self.sudo().search([("pay_token", "=", token)], limit=1)

    def _get_linked_moves(self):
        """Return the invoices that the link of this message opens.

        Not those that somebody else pays by now, or whose link was revoked since.
        """
        return self.line_ids.filtered(
            lambda line: (
                line.pay_token == line.move_id.pay_token
                and line.move_id.partner_id == self.partner_id
            )
        ).move_id


class KonfidensPaymentMessageLine(models.Model):
    _inherit = "konfidens.payment.message.line"

    # Of the invoice, when its message told of several: another one is another payer's.
    pay_token = fields.Char(
        readonly=True,
        groups="base.group_system",
        export_string_translation=False,
    )
