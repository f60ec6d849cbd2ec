from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# Who sees journals.
ACCOUNTING = "account.group_account_invoice,account.group_account_readonly"
# Who knows nothing of journals does not choose them either.
OF_ACCOUNTING = {"company_id", "journal_id", "payment_method_line_id"}


class KonfidensPaymentMethod(models.Model):
    """A way in which the practice takes money: cash, a card terminal, a Vipps number.

    Each is a journal of accounting, in which what is taken so is booked.
    """

    _name = "konfidens.payment.method"
    _description = "Way to Pay"
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
        required=True,
        check_company=True,
        ondelete="restrict",
        groups=ACCOUNTING,
        help="Where it is booked. Give the card terminal a journal of its own, and you "
        "see what comes from it.",
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        "Payment Method",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('journal_id', '=', journal_id), ('payment_type', '=', 'inbound')]",
        ondelete="restrict",
        groups=ACCOUNTING,
        help="Of the journal: by what Odoo books incoming payments.",
    )
    pay_to = fields.Char(
        "Number to Pay To",
        help="A Vipps or Swish number, say: shown to the client when you take a "
        "payment.",
    )

    @api.depends("journal_id")
    def _compute_payment_method_line_id(self):
        for method in self:
            lines = method.journal_id.inbound_payment_method_line_ids
            if method.payment_method_line_id not in lines:
                # what Odoo books without asking anybody else comes first
                manual = lines.filtered(lambda line: line.code == "manual")
                method.payment_method_line_id = (manual or lines)[:1]

    @api.constrains("journal_id", "payment_method_line_id")
    def _check_journal(self):
        for method in self:
            if method.journal_id.type not in ("bank", "cash", "credit"):
                raise ValidationError(
                    self.env._(
                        "No money is taken in %(journal)s. Choose a journal for cash "
                        "or for a bank.",
                        journal=method.journal_id.display_name,
                    )
                )
            line = method.payment_method_line_id
            if line.journal_id != method.journal_id or line.payment_type != "inbound":
                raise ValidationError(
                    self.env._(
                        "%(journal)s takes no payments by this method. Choose one of "
                        "its incoming payment methods.",
                        journal=method.journal_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        methods = super().create(vals_list)
        methods._check_may_choose_journals(OF_ACCOUNTING)
        return methods

    def write(self, vals):
        self._check_may_choose_journals(vals)
        return super().write(vals)

    def _check_may_choose_journals(self, names):
        """:raises AccessError: who sees no journals chooses them, by any way."""
        if (
            not self.env.su
            and OF_ACCOUNTING & set(names)
            and not self.env["account.journal"].has_access("read")
        ):
            raise AccessError(
                self.env._(
                    "The journal of a way to pay is chosen by an accountant. You can "
                    "change its name, its order and its number."
                )
            )

    def _get_currency(self):
        """Return the only currency that this way takes, or none: it takes any."""
        self.ensure_one()
        return self.journal_id.currency_id

    @api.model
    def _search_for(self, move):
        """Return the ways to pay this invoice (`account.move`), or to pay it back.

        With all rights: of a journal nothing is told to who asks.
        """
        # sudo: which journals take which currency
        methods = self.sudo().search(
            [("company_id", "in", move.company_id.sudo().parent_ids.ids)]
        )
        return methods.filtered(
            lambda method: method._get_currency() <= move.currency_id
        )
