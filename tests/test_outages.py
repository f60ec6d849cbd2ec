"""Servers that stop while messages are on their way."""

from devtools.crowd import drafts, mails_to, run_cron
from devtools.practice import wait_until


def wait_until_it_waits(clinic, move):
    wait_until(lambda: clinic.kari.messages(move)[0]["failure_reason"])
    assert clinic.kari.messages(move)[0]["state"] == "sent"


def test_called_off_while_the_mail_server_is_down(clinic):
    cancelled, external, paid = moves = drafts(clinic.kari, 3, "calledoff")
    addresses = list(moves.values())
    (booking,) = clinic.kari.ids("calendar.event", invoice_id=cancelled)
    clinic.mail.stop()
    clinic.kari.send(*moves)
    for move in moves:
        wait_until_it_waits(clinic, move)
    clinic.kari.rpc.call("calendar.event", "unlink", [booking])
    clinic.kari.press("account.move", "action_bill_externally", external)
    pay_at_the_desk(clinic, paid)
    clinic.mail.start()

    def look():
        run_cron(clinic, "send_due")
        states = {clinic.admin.messages(move)[0]["state"] for move in moves}
        return states == {"cancelled"}

    wait_until(look, 60, "the messages to be called off")
    assert not any(mails_to(clinic, address) for address in addresses)


def pay_at_the_desk(clinic, move):
    clinic.kari.press("account.move", "action_complete_invoice", move)
    rpc = clinic.admin.rpc
    context = {"active_model": "account.move", "active_ids": [move]}
    model = "account.payment.register"
    wizard = rpc.call(model, "create", [{}], context=context)
    rpc.call(model, "action_create_payments", wizard, context=context)
    assert clinic.kari.read("account.move", move, "payment_state")["payment_state"] in (
        "paid",
        "in_payment",
    )
