"""A receipt with the completed invoice as PDF, on a running server that is killed.

The machine of the tests need not have wkhtmltopdf: a program of that name stands in.
"""

import os
import time
import urllib.request

import pytest

from devtools.environment.clock import wait_until
from devtools.practice.bookings import drafts, drafts_of_each
from devtools.practice.running import practice

PDF = b"%PDF-1.4 the invoice"
# It writes the same file each time, and takes as long as the file `slow` is there.
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then
    echo "wkhtmltopdf 0.12.6.1 (with patched qt)"
    exit
fi
for last; do :; done
touch "{folder}/begun"
while [ -e "{folder}/slow" ]; do sleep 0.1; done
cp "{folder}/made.pdf" "$last"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the stand-in for wkhtmltopdf is, and what tells it how to behave."""
    folder = tmp_path_factory.mktemp("wkhtmltopdf")
    (folder / "made.pdf").write_bytes(PDF)
    program = folder / "wkhtmltopdf"
    program.write_text(PROGRAM.format(folder=folder))
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def paying(folder):
    """A `Practice` that sends receipts, on a server that makes PDFs."""
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    with practice(
        prefix="test_receipt", cron_threads=2, environment={"PATH": path}
    ) as made:
        made.admin.save_settings(payments_receipt="email")
        yield made


def complete(made, *moves):
    made.kari.press("account.move", "action_complete_invoice", *moves)


def pay(made, *moves):
    """Register the payments of these invoices, in one go."""
    model = "account.payment.register"
    context = {"active_model": "account.move", "active_ids": list(moves)}
    register = made.admin.rpc.call(model, "create", [{}], context=context)
    made.admin.rpc.call(model, "action_create_payments", register, context=context)


def receipts(made, address):
    return [
        mail
        for mail in made.mail.to(address)
        if mail.message["subject"].startswith(("Receipt", "Kvitter"))
    ]


def files(mail):
    return [part.get_content() for part in mail.message.iter_attachments()]


def test_it_arrives_with_the_invoice(paying):
    ((move, address),) = drafts(paying.kari, 1, "receipt").items()
    complete(paying, move)
    pay(paying, move)
    (mail,) = wait_until(lambda: receipts(paying, address))
    assert files(mail) == [PDF]
    number = paying.kari.invoice(move)["name"]
    assert number in mail.html()
    for confidential in ("Very private", "Psychotherapy"):
        assert confidential not in mail.message.as_string() + mail.html()
    url = paying.kari.read("account.move", move, "pay_url")["pay_url"]
    with urllib.request.urlopen(f"{url}/pdf") as answer:
        assert answer.read() == PDF
        assert answer.headers["Content-Type"] == "application/pdf"


def test_several_paid_at_once_are_one(paying):
    [(address, moves)] = drafts_of_each(paying.kari, 1, "receipts", 3).items()
    complete(paying, *moves)
    pay(paying, *moves)
    (mail,) = wait_until(lambda: receipts(paying, address))
    assert files(mail) == [PDF] * 3


def test_a_kill_while_the_pdf_is_made(paying, folder):
    ((move, address),) = drafts(paying.kari, 1, "killed").items()
    complete(paying, move)
    slow, begun = folder / "slow", folder / "begun"
    slow.touch()
    begun.unlink(missing_ok=True)
    pay(paying, move)
    wait_until(begun.exists)
    paying.server.kill()
    slow.unlink()
    paying.server.start()
    paying.wake_cron()
    (mail,) = wait_until(lambda: receipts(paying, address), 360)
    assert files(mail) == [PDF]
    time.sleep(1)
    assert len(receipts(paying, address)) == 1


def test_payment_messages_leave_while_a_pdf_is_made(paying, folder):
    ((paid, address),) = drafts(paying.kari, 1, "slow").items()
    complete(paying, paid)
    slow, begun = folder / "slow", folder / "begun"
    slow.touch()
    begun.unlink(missing_ok=True)
    try:
        pay(paying, paid)
        wait_until(begun.exists)
        ((move, other),) = drafts(paying.kari, 1, "quick").items()
        paying.kari.send(move)
        paying.mail.wait_for(lambda mail: other in mail.recipients)
        assert receipts(paying, address) == []
    finally:
        slow.unlink()
    wait_until(lambda: receipts(paying, address))
