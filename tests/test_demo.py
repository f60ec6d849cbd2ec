"""What the demo prints and how it judges; .ci/run plays the whole of it."""

from devtools.demo.report import Report


def test_a_step_that_holds_shows_its_evidence(capsys):
    report = Report()
    with report.step("The invoice is a draft") as step:
        step.equal("state", "draft", "draft")
        step.equal("number", False, False)
        step.true(True, "nothing was sent", [])
    assert report.failed == 0
    assert capsys.readouterr().out.split("\n")[:4] == [
        "✓  1 The invoice is a draft",
        "     state: draft",
        "     number: none",
        "     nothing was sent",
    ]


def test_a_step_that_does_not_hold_says_what_was_seen(capsys):
    report = Report()
    with report.step("The invoice is posted") as step:
        step.equal("state", "draft", "posted")
        step.true(False, "one mail", ["a", "b"])
    assert report.failed == 1
    assert capsys.readouterr().out.split("\n")[:5] == [
        "✗  1 The invoice is posted",
        "     expected: state: posted",
        "     seen:     draft",
        "     expected: one mail",
        "     seen:     ['a', 'b']",
    ]


def test_an_error_is_one_failed_step_and_the_next_is_played(capsys):
    report = Report()
    with report.step("A mail arrives"):
        raise TimeoutError("No such mail")
    with report.step("Another step") as step:
        step.saw("it was played")
    assert (report.number, report.failed) == (2, 1)
    shown = capsys.readouterr().out
    assert "seen:     TimeoutError: No such mail" in shown
    assert "✓  2 Another step" in shown
