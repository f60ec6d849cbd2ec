"""The judge of the kill tests: what one break may do, and what none may."""

import pytest

from devtools.kill.outcome import Break, Outcome, table

ANNA, BENT, CARL = (f"{name}@example.com" for name in ("anna", "bent", "carl"))


def judge(arrivals, *moments, connections=1):
    """Judge what arrived, with a break of a second at each of these moments."""
    breaks = [Break(moment, moment + 1) for moment in moments]
    outcome = Outcome(len(arrivals), breaks, connections)
    outcome.read_mails(arrivals)
    return outcome


def said_of_repeated(outcome):
    """How many mails came again, for each break, and for one break at most."""
    figures = outcome.figures()
    words = ("repeated mails", "  for each break", "  for one break, at most")
    return tuple(figures[name] for name in words)


def test_each_heard_once():
    outcome = judge({ANNA: [(1, "a")], BENT: [(21, "b")]}, 10)
    assert not outcome.faults()
    assert said_of_repeated(outcome) == (0, "0.00", 0)


def test_what_was_under_way_may_come_again_as_the_same_message():
    outcome = judge({ANNA: [(9.9, "a"), (20, "a")], BENT: [(21, "b")]}, 10, 30)
    assert not outcome.faults()
    assert said_of_repeated(outcome) == (1, "0.50", 1)
    assert [len(one.repeated) for one in outcome.breaks] == [1, 0]


def test_it_may_arrive_when_its_sender_is_dead_already():
    assert not judge({ANNA: [(11.1, "a"), (20, "a")]}, 10).faults()


def test_with_another_id_it_is_another_message():
    outcome = judge({ANNA: [(9.9, "a"), (20, "b")]}, 10)
    assert outcome.faults() == ["1 repeated with another Message-ID"]


def test_each_break_is_judged_by_itself():
    """Two for one break and none for the other are not one for each."""
    arrivals = {ANNA: [(9.8, "a"), (20, "a")], BENT: [(9.9, "b"), (21, "b")]}
    outcome = judge(arrivals, 10, 30)
    assert said_of_repeated(outcome)[0] <= len(outcome.breaks)
    assert outcome.faults() == ["break 1 repeated 2 mails"]
    assert not judge(arrivals, 10, 30, connections=2).faults()


def test_again_and_again_because_of_each_break():
    outcome = judge({ANNA: [(9, "a"), (29, "a"), (49, "a")]}, 10, 30)
    assert [len(one.repeated) for one in outcome.breaks] == [1, 1]
    assert not outcome.faults()


@pytest.mark.parametrize(
    "times", [(2, 5), (12, 15), (2, 5, 9)], ids=["before", "after", "once too often"]
)
def test_repeated_though_nothing_was_broken(times):
    outcome = judge({ANNA: [(time, "a") for time in times]}, 10)
    assert outcome.faults()
    assert "repeated although nothing was broken" in outcome.faults()[0]


def test_one_is_lost():
    outcome = judge({ANNA: [(9, "a")], CARL: []}, 10)
    assert outcome.faults() == ["1 lost"]


@pytest.mark.parametrize("fault", ["repeated_sms", "unfinished", "untold", "gaps"])
def test_what_may_never_be(fault):
    outcome = judge({ANNA: [(9, "a")]}, 10)
    setattr(outcome, fault, 1)
    assert outcome.faults()


def test_a_break_leaves_one_sms_of_unknown_fate_for_each_connection():
    outcome = judge({}, 10, 30)
    outcome.breaks[0].unknown = {"+4790000001"}
    outcome.breaks[1].unknown = {"+4790000002"}
    assert not outcome.faults()
    outcome.breaks[1].unknown.add("+4790000003")
    assert outcome.faults() == ["break 2 left 2 SMS of unknown fate"]
    outcome.sms_connections = 2
    assert not outcome.faults()


def test_the_table_says_the_rate():
    outcome = judge({ANNA: [(9.9, "a"), (20, "a")]}, 10, 30)
    lines = {
        line[:28].strip(): line.split()[-1]
        for line in table({"x": outcome}).splitlines()
    }
    assert lines["breaks"] == "2"
    assert lines["for each break"] == "0.50"
    assert lines["for one break, at most"] == "1"
