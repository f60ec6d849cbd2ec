from odoo import api, fields, models
from odoo.tools import format_datetime


class KonfidensPaymentProof(models.Model):
    """How a proof is named."""

    _inherit = "konfidens.payment.proof"

    @api.depends("company_id", "date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for proof in self:
            proof.display_name = self.env._(
                "%(company)s, %(date)s",
                company=proof.company_id.name,
                date=format_datetime(self.env, proof.date, dt_format="short"),
            )


class KonfidensPaymentProofLine(models.Model):
    """What is wrong, and what mends it, as people read it."""

    _inherit = "konfidens.payment.proof.line"

    subject = fields.Char("About", compute="_compute_subject")
    words = fields.Text("What It Is", compute="_compute_words")
    advice = fields.Text("What Mends It", compute="_compute_words")

    @api.depends("guest_id", "booking_id", "invoice_id", "message_id")
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_subject(self):
        for line in self:
            about = line.guest_id or line.booking_id or line.invoice_id
            line.subject = (about or line.message_id).display_name

    @api.depends("reason", "detail", "mended_on")
    @api.depends_context("lang", "tz")
    def _compute_words(self):
        for line in self:
            line.words = line._describe()
            line.advice = line._advise()

    def _describe(self):
        """Return in a sentence what is wrong."""
        match self.reason:
            case "unbilled":
                return self.env._(
                    "It has a client and a service, and no invoicing method, so that "
                    "nobody bills it."
                )
            case "status":
                return self.env._("Its status is not what its invoice says.")
            case "booking":
                return self.env._(
                    "The booking shows another time, invoice or amount to pay than its "
                    "appointment and its invoice, or is settled and should not be."
                )
            case "share":
                return self.env._(
                    "Its payers do not pay all of it together: somebody's part is "
                    "billed to nobody."
                )
            case "cancelled":
                return self.env._(
                    "The appointment is cancelled, and a payment is still expected."
                )
            case "guest":
                return self.env._(
                    "The service bills each guest of a group, and nobody bills this "
                    "one."
                )
            case "deadline":
                return self.env._(
                    "The appointment was longer than a month ago, and its invoice is "
                    "not completed."
                )
            case "twice":
                return self.env._("Two invoices that are in force bill it.")
            case "invoice":
                return self.env._(
                    "The invoice keeps another state of its messages, or of what it "
                    "bills, than these have."
                )
            case "told":
                return self.env._("The invoice is not what its payer was told to pay.")
            case "ledger":
                return self.env._(
                    "What the invoice says is left to pay is not what its payments and "
                    "credit notes leave."
                )
        return self._describe_what_waits()

    def _describe_what_waits(self):
        match self.reason:
            case "credit":
                return self.env._(
                    "The appointment was cancelled, and nobody is asked to credit its "
                    "invoice."
                )
            case "completion":
                return self.env._(
                    "The payment message arrived, and nothing completes the invoice."
                )
            case "message":
                return self.env._(
                    "The message has not left, or nobody looks what became of it."
                )
            case "job":
                jobs = self.env["konfidens.payment.message"]
                return self.env._(
                    "The scheduled action “%(name)s” leaves what is due.",
                    name=jobs._get_cron(self.detail).name,
                )
            case "failed":
                return self.env._("An unexpected error kept it from being proved.")
        return False

    def _advise(self):
        """Return in a sentence what to do."""
        if self.mended_on:
            return self.env._("It is mended. Press Prove Now to see that it is.")
        match self.reason:
            case "cancelled":
                return self.env._(
                    "Open the appointment, restore it and cancel it again; or bill it "
                    "externally."
                )
            case "deadline":
                return self.env._(
                    "Open the booking, and complete its invoice or bill it externally."
                )
            case "twice":
                return self.env._(
                    "Open the booking and its invoices; cancel or credit one of them."
                )
            case "told":
                return self.env._(
                    "Open the invoice. Cancel its draft, or credit it, and make a new "
                    "one."
                )
            case "job":
                return self.env._(
                    "Ask your administrator whether Odoo's scheduled actions run."
                )
            case "failed":
                return self.env._(
                    "Ask your administrator to look into the server's log, then press "
                    "Prove Now."
                )
        return self._describe_mend()

    def _describe_mend(self):
        """Return in a sentence what Mend does."""
        match self.reason:
            case "guest":
                return self.env._(
                    "Mend makes the booking, to invoice. No message goes by itself."
                )
            case "credit":
                return self.env._("Mend asks the accountant to credit it.")
            case "completion":
                return self.env._("Mend wakes the job that completes it.")
            case "message":
                return self.env._("Mend wakes the jobs that send.")
        return self.env._("Mend computes it anew. No money moves.")
