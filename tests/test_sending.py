"""How mails leave: side by side, in turn, and past a mail server that misbehaves."""

import time

import pytest
from playwright.sync_api import expect

from devtools.database import catalog
from devtools.environment.clock import wait_until
from devtools.environment.settings import ADDON
from devtools.practice.bookings import drafts
from devtools.practice.jobs import job_id, run_cron, wait_until_posted
from devtools.practice.running import practice
from payment_mails import mails_to
from web_client import visit

# So long Odoo lets a job begin something, and a bit.
JOB_TIME = 12  # seconds


@pytest.fixture
def server_record(clinic):
    """The mail server as a record in Odoo; a function that changes it."""
    rpc = clinic.admin.rpc
    values = {
        "name": "The practice's",
        "smtp_host": clinic.mail.host,
        "smtp_port": clinic.mail.port,
        "smtp_encryption": "none",
    }
    record = rpc.call("ir.mail_server", "create", values)

    def change(**values):
        rpc.call("ir.mail_server", "write", [record], values)

    yield change
    rpc.call("ir.mail_server", "unlink", [record])


def wait_for_all(clinic, moves):
    wait_until_posted(clinic, moves)
    counts = {address: len(mails_to(clinic, address)) for address in moves.values()}
    assert set(counts.values()) == {1}, counts


def pauses(clinic):
    return clinic.admin.rpc.call(
        "konfidens.payment.pause", "search_read", [], ["reason", "activity_ids"]
    )


def pass_the_pause(clinic):
    """Let what waits for its next try be due now, however long that is."""
    catalog.execute_in(
        clinic.database,
        "UPDATE konfidens_payment_message SET next_try_date = sent_date"
        " WHERE next_try_date IS NOT NULL",
    )
    for name in ("send_due", "complete_delivered"):
        run_cron(clinic, name)


@pytest.mark.parametrize("connections", [1, 2, 4])
def test_as_many_side_by_side_as_the_mail_server_is_given(
    clinic, server_record, connections
):
    server_record(payments_connections=connections)
    moves = drafts(clinic.kari, 16, f"side{connections}")
    clinic.mail.latency = 0.02
    clinic.mail.count_anew()
    clinic.kari.send(*moves)
    wait_for_all(clinic, moves)
    assert clinic.mail.most_connections == connections


def test_two_by_default(clinic):
    moves = drafts(clinic.kari, 12, "default")
    clinic.mail.latency = 0.02
    clinic.mail.count_anew()
    clinic.kari.send(*moves)
    wait_for_all(clinic, moves)
    assert clinic.mail.most_connections == 2


def test_mail_server_that_allows_one_connection(clinic, server_record):
    server_record(payments_connections=4)
    moves = drafts(clinic.kari, 12, "onlyone")
    clinic.mail.limit = 1
    clinic.mail.latency = 0.01
    clinic.kari.send(*moves)
    wait_for_all(clinic, moves)


@pytest.mark.parametrize("answer", ["421 4.7.0 Too many", "432 4.3.2 Too many"])
def test_mail_server_that_has_enough_of_it_in_the_middle(clinic, answer):
    moves = drafts(clinic.kari, 12, f"enough{answer[:3]}")
    met = []

    def answers(step, _address):
        if step == "MAIL" and len(met) < 2 and len(clinic.mail.mails) > 3:
            met.append(step)
            return answer
        return None

    clinic.mail.clear()
    clinic.mail.answers = answers
    clinic.kari.send(*moves)
    wait_until(lambda: met, 20, "the mail server to be asked")

    def look():
        pass_the_pause(clinic)
        return all(mails_to(clinic, address) for address in moves.values())

    wait_until(look, 40, "all mails")
    wait_for_all(clinic, moves)
    assert not pauses(clinic)


def test_login_and_encryption(clinic, server_record):
    clinic.mail.users = {"praksis": "right"}
    server_record(smtp_user="praksis", smtp_pass="wrong")
    moves = drafts(clinic.kari, 6, "login")
    clinic.kari.send(*moves)
    (pause,) = wait_until(lambda: pauses(clinic), what="sending to be paused")
    assert "does not let the practice send" in pause["reason"]
    assert len(pause["activity_ids"]) == 1

    def all_wait():
        states = {clinic.kari.messages(move)[0]["state"] for move in moves}
        return states == {"scheduled"}

    wait_until(all_wait, what="the messages to be scheduled again")
    server_record(smtp_pass="right")
    clinic.admin.rpc.call("konfidens.payment.pause", "action_try_again", [pause["id"]])
    wait_for_all(clinic, moves)
    assert not pauses(clinic)


@pytest.mark.parametrize("width", [1400, 400], ids=["wide", "narrow"])
def test_whoever_opens_payments_may_try_again(clinic, web_client, width):
    moves = drafts(clinic.kari, 3, f"again{width}")
    clinic.mail.answers = {"MAIL": "553 5.7.1 Not allowed to send"}
    clinic.kari.send(*moves)
    wait_until(lambda: pauses(clinic), what="sending to be paused")
    page = web_client(width=width)
    visit(page, "bookings")
    notice = page.locator(".o_konfidens_payments_notice")
    expect(notice).to_contain_text("sending by e-mail is paused")
    expect(notice).to_contain_text("Not allowed to send.")
    # a colleague has it on the screen, too, and somebody its own page
    late = page.context.new_page()
    late.goto("/odoo/bookings")
    late_notice = late.locator(".o_konfidens_payments_notice")
    expect(late_notice).to_be_visible()
    (pause,) = pauses(clinic)
    form = page.context.new_page()
    form.goto(f"/odoo/konfidens.payment.pause/{pause['id']}")
    expect(form.locator(".o-mail-Activity")).to_be_visible()
    form.get_by_role("button", name="Try Again").click()
    expect(form.locator(".o_notification")).to_contain_text("is tried now")
    form.locator(".o_notification_close").click()
    # in vain: it stays, and says when it is tried next
    notice.get_by_role("button", name="Try Again").click()
    told = page.locator(".o_notification")
    expect(told).to_contain_text("is tried now")
    told.locator(".o_notification_close").click()
    expect(notice).to_contain_text("again today")
    clinic.mail.answers = {}
    notice.get_by_role("button", name="Try Again").click()
    # all by itself, without a reload
    expect(notice).to_have_count(0, timeout=20000)
    wait_for_all(clinic, moves)
    expect(page.locator(".o_list_view, .o_kanban_view")).to_contain_text("Unpaid")
    late.bring_to_front()
    late_notice.get_by_role("button", name="Try Again").click()
    expect(late.locator(".o_notification")).to_contain_text("goes on already")
    expect(late_notice).to_have_count(0)
    expect(late.locator(".modal")).to_have_count(0)
    form.bring_to_front()
    expect(form.locator(".o_notification")).to_contain_text("goes on again")
    expect(form.locator("[name=action_try_again]")).to_have_count(0)
    expect(form.locator(".modal")).to_have_count(0)


def test_one_that_hangs_holds_up_no_other(clinic):
    moves = drafts(clinic.kari, 12, "hang")
    hanging = list(moves.values())[5]
    clinic.mail.hang_for = {hanging}
    clinic.kari.send(*moves)
    others = [move for move, address in moves.items() if address != hanging]

    def others_posted():
        clinic.wake_cron()
        rows = clinic.kari.rpc.call("account.move", "read", others, ["state"])
        return all(row["state"] == "posted" for row in rows)

    wait_until(others_posted, 40, "the others")
    # also when the job's time is over, and it waits for that one only
    time.sleep(JOB_TIME)
    (news,) = drafts(clinic.kari, 1, "afterhang")
    clinic.kari.send(news)
    others = [news]
    wait_until(others_posted, 20, "the newcomer")
    assert mails_to(clinic, hanging) == []
    clinic.server.kill()  # it would wait for a minute
    clinic.mail.hang_for = set()
    clinic.server.start()
    wait_for_all(clinic, moves)


def test_mail_server_that_never_confirms(clinic):
    moves = drafts(clinic.kari, 4, "never")
    bad_move, bad_address = list(moves.items())[1]
    clinic.mail.drop = {bad_address: "after"}
    clinic.kari.send(*moves)
    wait_until_posted(clinic, [move for move in moves if move != bad_move])

    def look():
        pass_the_pause(clinic)
        return clinic.kari.messages(bad_move)[0]["state"] == "failed"

    wait_until(look, 60, "it to be given up")
    message = clinic.kari.messages(bad_move)[0]
    assert "does not confirm" in message["failure_reason"]
    ids = mails_to(clinic, bad_address)
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert clinic.kari.invoice(bad_move)["state"] == "draft"


def test_what_becomes_due_passes_by_a_backlog(clinic):
    backlog = drafts(clinic.kari, 60, "backlog")
    news = drafts(clinic.kari, 2, "news")
    clinic.mail.latency = 0.04
    clinic.kari.send(*backlog)
    addresses = set(backlog.values())

    def count():
        return sum(
            not addresses.isdisjoint(mail.recipients) for mail in clinic.mail.mails
        )

    wait_until(lambda: count() > 5, what="the first mails")
    clinic.kari.send(list(news)[0])
    clinic.mail.wait_for(lambda mail: "news00@example.com" in mail.recipients)
    left = len(backlog) - count()
    assert left > 20, f"{left} of the backlog were left"
    clinic.mail.latency = 0
    wait_for_all(clinic, backlog)


@pytest.fixture
def strict():
    """A `Practice` whose server has one process for jobs and kills what takes long."""
    with practice(prefix="test_time") as made:
        made.server.stop()
        made.server.workers = 1
        made.server.arguments += ["--limit-time-real-cron=60", "--max-cron-threads=1"]
        made.server.start()
        yield made


def test_long_backlog_leaves_without_a_killed_job(strict):
    moves = drafts(strict.kari, 30, "long")
    job = [job_id(strict, f"{ADDON}.ir_cron_send_due")]
    strict.admin.rpc.call("ir.cron", "write", job, {"active": False})
    strict.kari.send(*moves)
    strict.mail.latency = 0.5  # with two connections about 50 s in all
    strict.admin.rpc.call("ir.cron", "write", job, {"active": True})

    def look():
        strict.wake_cron()
        return len(strict.mail.mails) >= len(moves)

    wait_until(look, 400, "all mails")  # the machine may be busy
    strict.mail.latency = 0
    wait_for_all(strict, moves)
    assert "timeout after" not in strict.server.log.read_text()
