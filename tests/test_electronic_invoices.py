"""Electronic invoices on a running server that is killed while it sends them.

The machine of the tests need not have wkhtmltopdf: a program of that name stands in.
"""

import base64
import os
import re
from datetime import timedelta

import pytest

from access_point import AccessPoint
from apps import troubles, uninstall
from devtools.database import catalog
from devtools.environment import odoo
from devtools.environment.clock import utc_now, wait_until
from devtools.environment.settings import cache_folder
from devtools.practice.bookings import drafts as drafts_of
from devtools.practice.jobs import job_id, press_run_manually, run_cron
from devtools.practice.running import practice

COUNT = 6
SEND = "konfidens_payments_peppol.ir_cron_send_documents"
ASK = "account_peppol.ir_cron_peppol_get_message_status"
VERIFY = "button_account_peppol_check_partner_endpoint"
NUMBER = "987654325"
# A page that says nothing, as `pypdf` reads it.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000053 00000 n 
0000000102 00000 n 
trailer<</Size 4/Root 1 0 R>>
startxref
162
%%EOF
"""  # noqa: W291
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then
    echo "wkhtmltopdf 0.12.6.1 (with patched qt)"
    exit
fi
for last; do :; done
cp "{folder}/made.pdf" "$last"
"""
# The practice is registered as in Odoo's demo mode, then asks the access point.
REGISTER = f"""
company = env["res.company"].search([], limit=1)
env.user.company_id = company
env["ir.config_parameter"].set_param("account_peppol.edi.mode", "demo")
company.partner_id.write({{
    "l10n_no_bronnoysund_number": "{NUMBER}", "country_id": env.ref("base.no").id,
    "street": "Storgata 1", "zip": "0155", "city": "Oslo",
}})
company.payments_tax_kind = "exempt"
company.partner_id.bank_ids or env["res.partner.bank"].create(
    {{"acc_number": "NO9386011117947", "partner_id": company.partner_id.id}})
user = env["peppol.registration"]._create_connection("0192:{NUMBER}", "db", company)
employer = env["res.partner"].create({{
    "name": "Skipsverftet AS", "is_company": True, "country_id": env.ref("base.no").id,
    "l10n_no_bronnoysund_number": "926000018", "street": "Havnegata 2",
    "zip": "5003", "city": "Bergen",
}})
env["product.product"].search([("name", "=", "Psychotherapy, 45 minutes")]).taxes_id = (
    company.payments_tax_id)
user.write({{"edi_mode": "test", "refresh_token": "c2VjcmV0"}})
env.cr.commit()
"""


@pytest.fixture(scope="module")
def point():
    with AccessPoint() as made:
        yield made


@pytest.fixture(scope="module")
def sending(point, tmp_path_factory):
    """A `Practice` that is registered for electronic invoices."""
    folder = tmp_path_factory.mktemp("wkhtmltopdf")
    (folder / "made.pdf").write_bytes(PDF)
    program = folder / "wkhtmltopdf"
    program.write_text(PROGRAM.format(folder=folder))
    program.chmod(0o755)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    environment |= point.environment()
    with practice(prefix="test_ehf", environment=environment) as made:
        made.server.stop()
        log = cache_folder() / "logs" / f"{made.database}-shell.log"
        arguments = ["shell", "-d", made.database, "--no-http"]
        odoo.run_quietly(arguments, "register the practice", log, REGISTER)
        log.unlink()
        made.server.start()
        yield made


@pytest.fixture
def drafts(sending, point):
    """Draft invoices that the employer pays: a list of ids."""
    point.behave()
    point.clear()
    kari = sending.kari
    (employer,) = kari.ids("res.partner", name="Skipsverftet AS")
    prefix = f"ehf{os.urandom(3).hex()}"
    moves = list(drafts_of(kari, COUNT, prefix))
    for move in moves:
        bookings = kari.read("account.move", move, "booking_ids")["booking_ids"]
        kari.rpc.call(
            "konfidens.payment.booking", "write", bookings, {"payer_id": employer}
        )
    sending.choose(payments_failover=False)
    return moves


def numbers(point):
    """The invoices' numbers on the documents that were taken: a list."""
    found = []
    for document in point.taken:
        text = base64.b64decode(document["ubl"]).decode()
        found += re.findall(r"<cbc:ID>(INV[^<]*)</cbc:ID>", text)[:1]
    return found


def let_time_pass(made):
    """Let a quarter of an hour pass for what is on its way, and run the jobs."""
    catalog.execute_in(
        made.database,
        "UPDATE mail_notification SET peppol_asked_date ="
        " peppol_asked_date - interval '15 minutes'"
        " WHERE notification_type = 'peppol'",
    )
    run_cron(made, "send_due")
    for job in (SEND, ASK):
        press_run_manually(made, job_id(made, job))
    run_cron(made, "complete_delivered")


def states(made, moves):
    return [made.kari.messages(move)[0]["state"] for move in moves]


def test_all_arrive(sending, point, drafts):
    (employer,) = sending.kari.ids("res.partner", name="Skipsverftet AS")
    sending.kari.press("res.partner", VERIFY, employer)
    state = sending.kari.read("res.partner", employer, "peppol_verification_state")
    assert state["peppol_verification_state"] == "valid"
    sending.kari.send(*drafts)

    def arrived():
        let_time_pass(sending)
        return set(states(sending, drafts)) == {"delivered"}

    wait_until(arrived, 120, "the documents to arrive")
    names = [sending.kari.invoice(move)["name"] for move in drafts]
    assert sorted(numbers(point)) == sorted(names)
    assert {document["receiver"] for document in point.taken} == {"0192:926000018"}


def test_no_document_is_sent_twice_by_a_server_that_is_killed(sending, point, drafts):
    point.delay = 1.0
    sending.kari.send(*drafts)
    for number in range(1, 3):
        # it has a document, and has not answered
        wait_until(lambda number=number: len(point.taken) >= number, 60)
        sending.server.kill()
        sending.server.start()
        before = len(point.taken)
        wait_until(lambda before=before: let_time_pass(sending) or True, 60)
        assert len(point.taken) >= before
    point.delay = 0

    def settled():
        let_time_pass(sending)
        return set(states(sending, drafts)) <= {"delivered", "failed"}

    wait_until(settled, 120, "each document to arrive, or to be asked about")
    assert len(numbers(point)) == len(set(numbers(point)))
    names = {move: sending.kari.invoice(move)["name"] for move in drafts}
    # each left, or nobody was told that it did; and what nobody knows asks a person
    for move in drafts:
        message = sending.kari.messages(move)[0]
        if message["state"] == "delivered":
            assert names[move] in numbers(point)
        else:
            assert "Nobody knows" in message["failure_reason"]
    assert "failed" in states(sending, drafts)


def test_uninstalled_beside_what_is_on_its_way(sending, point, drafts):
    """The last of these: nothing is sent by document afterwards."""
    arrived, waiting, scheduled, *_others = drafts
    kari = sending.kari
    kari.send(arrived)
    wait_until(
        lambda: let_time_pass(sending) or states(sending, [arrived]) == ["delivered"],
        120,
        "the document to arrive",
    )
    kari.send(scheduled, at=utc_now() + timedelta(days=3))
    catalog.execute_in(
        sending.database,
        "UPDATE ir_cron SET active = false WHERE id = %s",
        [job_id(sending, SEND)],
    )
    kari.send(waiting)
    wait_until(
        lambda: (
            run_cron(sending, "send_due") and states(sending, [waiting]) == ["sent"]
        ),
        60,
        "the hand-over",
    )
    taken = len(point.taken)
    begin = sending.server.log.stat().st_size
    uninstall(sending, "konfidens_payments_peppol")
    assert troubles(sending.server.log, begin) == []
    assert states(sending, [arrived, waiting, scheduled]) == [
        "delivered",
        "failed",
        "scheduled",
    ]
    [message] = sending.kari.messages(waiting)
    assert "uninstalled" in message["failure_reason"]
    [message] = sending.kari.messages(scheduled)
    model = "konfidens.payment.message"
    assert kari.read(model, message["id"], "channel")["channel"] == "email"
    assert len(point.taken) == taken
