"""./dev kill: break something again and again, and say what became of it."""

from ..database import postgres
from ..practice.running import practice
from . import failures, odoo_scheduled
from .breaking import break_while, random_lives
from .mails import Mails
from .outcome import table
from .scenarios import SCENARIOS

# As it was measured first: 40 messages, killed once when 16 had come.
ONCE, ONCE_AFTER = 40, 16
# So long is one transaction that makes drafts, in seconds: a kill shall meet it.
DRAFTS_SECONDS = 1.5


def run(options):
    """Break something again and again, and print what became of the messages.

    :param options: as `./dev kill` has them
    :return: 0 if nothing was lost, doubled or left in between, nor anybody told what
        does not hold; 1 otherwise
    """
    lives = random_lives(
        options.messages,
        options.kills,
        options.seed,
        DRAFTS_SECONDS if options.what == "drafts" else 0.1,
    )
    if options.what == "server":
        return _compare(options, lives)
    title, scenario = SCENARIOS[options.what]
    wanted = options.messages, options.kills, options.seed
    with postgres.running(), scenario(*wanted) as (work, failure):
        outcome = _break_while(options, work, lives, failure)
        colleagues = getattr(work, "colleagues", None)
    print(f"At random moments (seed {options.seed}):")
    print(table({title: outcome}))
    if colleagues:
        done = (f"{name} {count}" for name, count in colleagues.counts().items())
        print(f"What people did meanwhile: {', '.join(done)}.")
    return _say_faults(outcome)


def _compare(options, lives):
    """Kill a server that sends, with Odoo's own scheduled messages beside ours."""
    once = [(ONCE_AFTER, 0)]
    with postgres.running(), practice(prefix="kill") as made:
        failure = failures.server(made)
        ours, theirs, ours_once, theirs_once = (
            _break_while(options, work, deaths, failure)
            for work, deaths in (
                (Mails(made, options.messages, "kill"), lives),
                (odoo_scheduled.OdooScheduled(made, options.messages, "theirs"), lives),
                (Mails(made, ONCE, "once"), once),
                (odoo_scheduled.OdooScheduled(made, ONCE, "theirsonce"), once),
            )
        )
    print(f"Killed at random moments (seed {options.seed}):")
    print(table({"ours": ours, odoo_scheduled.TITLE: theirs}))
    print(f"\nKilled once, after {ONCE_AFTER} of {ONCE} messages:")
    print(table({"ours": ours_once, odoo_scheduled.TITLE: theirs_once}))
    return _say_faults(ours, ours_once)


def _break_while(options, work, lives, failure):
    return break_while(
        work, lives, failure, options.connections, options.sms_connections
    )


def _say_faults(*outcomes):
    faults = [fault for outcome in outcomes for fault in outcome.faults()]
    for fault in faults:
        print(f"WRONG: {fault}")
    return 1 if faults else 0
