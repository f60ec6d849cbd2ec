"""The server is killed (SIGKILL) in the middle of sending, and starts again."""

import re

import pytest

from devtools.practice import wait_until
from helpers import drafts, mails_to, wait_until_posted

MESSAGES = 20


def numbers(clinic):
    """The running numbers of all posted invoices, in order."""
    rows = clinic.admin.rpc.call(
        "account.move", "search_read", [["state", "=", "posted"]], ["name"]
    )
    return sorted(int(re.search(r"\d+$", row["name"])[0]) for row in rows)


@pytest.mark.parametrize("kills", [[1], [8], [3, 20]])
def test_killed_while_sending(clinic, kills):
    moves = drafts(clinic.kari, MESSAGES, f"kill{kills[0]}x")
    addresses = set(moves.values())

    def have_arrived(number):
        clinic.wake_cron()  # who just started looks after a minute else
        mails = [one for one in clinic.mail.mails if addresses & set(one.recipients)]
        return len(mails) >= number

    clinic.mail.delay = 0.05  # so that a kill meets a message under way
    clinic.kari.send(*moves)
    for number in kills:
        wait_until(lambda number=number: have_arrived(number), what="mails")
        clinic.server.kill()
        clinic.server.start()
    wait_until_posted(clinic, moves)

    ids = [mails_to(clinic, address) for address in addresses]
    assert all(ids), "a message was lost"
    assert all(len(set(same)) == 1 for same in ids), "a repeated message is another"
    assert sum(map(len, ids)) <= MESSAGES + len(kills)
    assert numbers(clinic) == list(range(1, len(numbers(clinic)) + 1))
    states = clinic.kari.rpc.call(
        "konfidens.payment.message",
        "search_read",
        [["move_id", "in", list(moves)]],
        ["state"],
    )
    assert [row["state"] for row in states] == ["delivered"] * MESSAGES
