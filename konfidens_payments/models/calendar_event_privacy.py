from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

# What an accountant sees of a private appointment, besides its time.
BILLING_FIELDS = {
    "client_id",
    "payer_id",
    "service_id",
    "price",
    "company_id",
    "currency_id",
    "invoicing_method",
    "externally_billed",
    "external_reference",
    "externally_billed_by_id",
    "externally_billed_on",
    "invoice_ids",
    "invoice_id",
    "payment_status",
    "is_settled",
    "draft_since",
    "is_billing_locked",
    "payment_next_step",
    "can_send_again",
    "has_other_channel",
    "invoice_state",
}
# What only the practitioner, managers and accountants see, of any appointment.
CONFIDENTIAL = BILLING_FIELDS - {"company_id", "currency_id"}
# What a private appointment is not found by, except by those who take part.
SECRET = {"name", "display_name", "description", "notes", "categ_ids", "location"}


class CalendarEvent(models.Model):
    """Who sees the billing of an appointment, and what else they see of it.

    Accountants and managers: the billing of every appointment of their companies, and
    nothing else of private ones. Practitioners: the billing of their own calendar. It
    holds where data leaves the server: reading, searching, grouping, exporting.
    """

    _inherit = "calendar.event"

    @api.model
    def _get_public_fields(self):
        """Override of `calendar`: who bills sees the billing of private events."""
        public = super()._get_public_fields()
        return public | BILLING_FIELDS if self._user_bills_everything() else public

    def _get_visible_billing_domain(self):
        """Return the domain of the events whose billing the user sees."""
        if self.env.su:
            return Domain.TRUE
        if self._user_bills_everything():
            return Domain("company_id", "in", [False, *self.env.companies.ids])
        if self.env.user.has_group("konfidens_payments.group_payments_user"):
            return Domain("user_id", "=", self.env.uid)
        return Domain.FALSE

    def _read_format(self, fnames, load="_classic_read"):
        """Override of `base` to blank what the user does not see.

        Also of private events, which `calendar` blanks when they are fetched: what was
        read with sudo() earlier in the same request is in the cache already.
        """
        rows = super()._read_format(fnames, load=load)
        if self.env.su or not rows:
            return rows
        confidential = CONFIDENTIAL.intersection(fnames)
        if confidential:
            visible = self.sudo().filtered_domain(self._get_visible_billing_domain())
            hidden = set(self._ids) - set(visible._ids)
            self._blank([row for row in rows if row["id"] in hidden], confidential)
        if private := set(fnames) - self._get_public_fields():
            # first what costs little: most of a calendar is one's own
            others = self.filtered(lambda event: event.user_id.id != self.env.uid)
            busy = others.filtered(
                lambda event: event._check_private_event_conditions()
            )
            self._blank([row for row in rows if row["id"] in busy._ids], private)
        return rows

    def _blank(self, rows, names):
        for name in names - {"id"}:
            x2many = self._fields[name].type in ("one2many", "many2many")
            text = name in ("name", "display_name") and self.env._("Busy")
            for row in rows:
                row[name] = [] if x2many else text

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Override of `base`: nobody finds by what they do not see."""
        domain = Domain(domain)
        if not self.env.su and not kwargs.get("bypass_access"):
            names = {
                condition.field_expr.split(".")[0]
                for condition in domain.iter_conditions()
            }
            if CONFIDENTIAL & names:
                domain &= self._get_visible_billing_domain()
            if SECRET & names:
                domain &= Domain(self._get_default_privacy_domain()) | Domain(
                    "partner_ids", "in", self.env.user.partner_id.ids
                )
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), *args, **kwargs):
        """Override of `calendar`: nobody groups by billing that they do not see."""
        domain = self._restrict_grouping(domain, [*groupby, *aggregates])
        return super()._read_group(domain, groupby, aggregates, *args, **kwargs)

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), **kwargs):
        """Override of `calendar`: nobody groups by billing that they do not see."""
        specs = [spec for groupby in grouping_sets for spec in groupby]
        domain = self._restrict_grouping(domain, [*specs, *aggregates])
        return super()._read_grouping_sets(domain, grouping_sets, aggregates, **kwargs)

    def _restrict_grouping(self, domain, specs):
        names = {spec.split(":")[0].split(".")[0] for spec in specs}
        if self.env.su or not CONFIDENTIAL & names:
            return domain
        return Domain(domain) & self._get_visible_billing_domain()

    def export_data(self, fields_to_export):
        """Override of `base`: nobody exports billing that they do not see.

        :raises AccessError: some of the appointments are other people's
        """
        names = {path.split("/")[0].split(".")[0] for path in fields_to_export}
        if not self.env.su and CONFIDENTIAL & names:
            visible = self.sudo().filtered_domain(self._get_visible_billing_domain())
            if len(visible) < len(self):
                raise AccessError(
                    self.env._(
                        "You can export the payments of your own appointments. Leave "
                        "out the others, or the fields about their payment."
                    )
                )
        # not from what was read with sudo(), here or earlier in the request
        self.invalidate_recordset()
        return super().export_data(fields_to_export)
