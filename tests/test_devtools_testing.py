"""./dev test: what goes to which run, and what comes of both."""

import pytest

from devtools.environment.problem import Problem
from devtools.environment.settings import ADDON, GLUE_ALWAYS, ROOT
from devtools.testing import run

ADDON_FOLDER, TESTS = str(ROOT / ADDON), str(ROOT / "tests")
ADDON_FOLDERS = [*(str(ROOT / name) for name in GLUE_ALWAYS), ADDON_FOLDER]
THIS = "tests/test_devtools_testing.py"


@pytest.mark.parametrize(
    "arguments, addon, system_tests",
    [
        ([], ADDON_FOLDERS, [TESTS]),
        (["-k", "foo"], ["-k", "foo", *ADDON_FOLDERS], ["-k", "foo", TESTS]),
        (["-x", "tests"], None, ["-x", TESTS]),
        ([THIS, "-k", "foo"], None, ["-k", "foo", str(ROOT / THIS)]),
        ([f"{THIS}::test_x[a]"], None, [str(ROOT / f"{THIS}::test_x[a]")]),
        ([ADDON], [ADDON_FOLDER], None),
        ([ADDON, "tests"], [ADDON_FOLDER], [TESTS]),
        ([*GLUE_ALWAYS], ADDON_FOLDERS[:-1], None),
        (["-k", "tests"], ["-k", "tests", *ADDON_FOLDERS], ["-k", "tests", TESTS]),
    ],
)
def test_route(arguments, addon, system_tests):
    assert run.route(arguments, ROOT) == (addon, system_tests)


def test_route_knows_paths_relative_to_where_one_is():
    here = ROOT / "tests"
    name = "test_devtools_testing.py"
    assert run.route([name], here) == (None, [str(ROOT / THIS)])


def test_route_refuses_what_is_no_test():
    with pytest.raises(Problem, match="no test file or folder tests/test_nothing.py"):
        run.route(["tests/test_nothing.py"])
    with pytest.raises(Problem, match="neither in konfidens_payments/ nor in tests/"):
        run.route(["devtools"])


@pytest.mark.parametrize(
    "tests, folder, arguments, processes",
    [
        (ADDON_FOLDERS, ADDON, [], "2"),
        (["-x", TESTS], "tests", ["-x"], "2"),
        ([str(ROOT / THIS)], "tests", [THIS], None),
        (["--pdb", *ADDON_FOLDERS], ADDON, ["--pdb"], None),
    ],
)
def test_what_goes_in_two_processes(tests, folder, arguments, processes):
    spread = run._spread(tests, folder, arguments)
    assert spread[-len(tests) :] == tests
    assert dict(zip(spread, spread[1:], strict=False)).get("-n") == processes


@pytest.mark.parametrize(
    "codes, totals, arguments, status",
    [
        ([0, 0], {"passed": 3}, [], 0),
        ([0, 5], {"passed": 3}, ["-k", "foo"], 0),
        ([0, 1], {"passed": 3, "failed": 1}, [], 1),
        ([1, 0], {"passed": 3, "failed": 1}, [], 1),
        ([5, 5], {}, ["-k", "foo"], 5),
        # pytest itself is content when every test was skipped.
        ([0, 0], {"skipped": 3}, [], 5),
        ([0], {}, ["--collect-only"], 0),
        ([4], {}, [], 4),
        ([139], {"passed": 3}, [], 139),
    ],
)
def test_verdict(codes, totals, arguments, status, capsys):
    assert run.verdict(codes, totals, arguments) == status


def test_verdict_closes_with_the_sums(capsys):
    run.verdict([0, 1], {"passed": 3, "failed": 1, "skipped": 2}, [])
    assert capsys.readouterr().out == "3 passed, 1 failed, 2 skipped\n"
