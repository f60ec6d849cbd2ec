from odoo import models
from odoo.tools import get_lang


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    def _render_lang(self, res_ids, engine="inline_template"):
        """Override of `mail`: a payer whose language was deactivated reads another."""
        langs = super()._render_lang(res_ids, engine=engine)
        if self.render_model != "konfidens.payment.message":
            return langs
        return {
            res_id: lang and get_lang(self.env, lang).code
            for res_id, lang in langs.items()
        }
