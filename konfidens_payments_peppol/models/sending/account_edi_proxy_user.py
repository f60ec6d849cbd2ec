from odoo import models

from .marks import get_mark

# What Odoo's access point said of documents: in the cache of the cursor, which is
# emptied with the transaction.
REFUSALS = "konfidens_payments_peppol_refusals"


class AccountEdiProxyClientUser(models.Model):
    """What the access point says, kept for who has to explain it."""

    _inherit = "account_edi_proxy_client.user"

    def _make_request(self, url, params=False, **kwargs):
        """Override of `account_edi_proxy_client`: note that it is asked indeed.

        Before that Odoo may find that it cannot ask.
        """
        mark = get_mark(self)
        if mark and url.endswith("/send_document"):
            mark.asked = True
            # of a refusal Odoo passes on the words, and no more
            mark.answer = super()._make_request(url, params, **kwargs)
            return mark.answer
        if mark and url.endswith("/renew_token"):
            mark.asked = False  # it was refused for the token, and is asked again
        return super()._make_request(url, params, **kwargs)

    def _call_peppol_proxy(self, endpoint, params=None):
        """Override of `account_peppol`: note what is asked and what is answered.

        Odoo writes to the chatter why a document was refused, and nowhere else; and
        whatever goes wrong is one kind of error, also where the document may have left.
        """
        mark = get_mark(self)
        if mark and endpoint.endswith("/send_document"):
            try:
                mark.answer = super()._call_peppol_proxy(endpoint, params=params)
            except Exception as error:
                mark.error = error
                raise
            return mark.answer
        answer = super()._call_peppol_proxy(endpoint, params=params)
        if endpoint.endswith("/get_document"):
            refusals = self.env.cr.cache.setdefault(REFUSALS, {})
            # whatever else it says is Odoo's to make sense of
            known = answer.items() if isinstance(answer, dict) else ()
            for uuid, content in known:
                if uuid == "error":
                    refusals[uuid] = content
                elif isinstance(content, dict) and (error := content.get("error")):
                    refusals[uuid] = error
        return answer
