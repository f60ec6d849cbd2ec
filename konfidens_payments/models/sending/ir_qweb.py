from lxml import etree

from odoo import models


class CompiledOnce(dict):
    """What one batch of messages has compiled so far; for the context."""

    __hash__ = object.__hash__


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        """Override of `base`: a mail template is compiled once for all its mails.

        Odoo keeps the code of views; that of mail templates, whose source is no
        record, it generates for each mail anew, which takes most of the rendering.
        """
        compiled = self.env.context.get("konfidens_payments_compiled")
        if not (
            isinstance(compiled, CompiledOnce) and isinstance(template, etree._Element)
        ):
            return super()._generate_code_uncached(template)
        names = [*self._get_template_cache_keys(), "raise_on_forbidden_code_for_model"]
        key = (
            etree.tostring(template),
            *(str(self.env.context.get(name)) for name in names),
        )
        if key not in compiled:
            compiled[key] = super()._generate_code_uncached(template)
        return compiled[key]
