import json
import time

from odoo import SUPERUSER_ID, http
from odoo.http import request

# So long an answer holds, in seconds: nobody burdens the server by asking again.
_KEPT = 10
_answers = {}


class Health(http.Controller):
    @http.route(
        "/konfidens_payments/health",
        type="http",
        auth="none",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def health(self, **_query):
        """Say to whoever watches the server whether payments are being done.

        :return: 200 and ``{"status": "pass"}``, or 503 and ``fail``; no figures
        """
        asked, healthy = _answers.get(request.db, (0, None))
        now = time.monotonic()
        if healthy is None or now - asked > _KEPT:
            # all companies': it tells nothing of them
            env = request.env(user=SUPERUSER_ID)
            healthy = env["konfidens.payment.message"]._is_healthy()
            _answers[request.db] = (now, healthy)
        return request.make_response(
            json.dumps({"status": "pass" if healthy else "fail"}),
            headers=[
                ("Content-Type", "application/json"),
                ("Cache-Control", "no-store"),
                ("X-Robots-Tag", "noindex, nofollow"),
            ],
            status=200 if healthy else 503,
        )
