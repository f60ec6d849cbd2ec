"""The server is killed (SIGKILL) in the middle of sending, and starts again.

More kills and more messages: ./dev kill.
"""

from devtools.kill import kill_ours, random_lives

MESSAGES = 40
KILLS = 10


def test_killed_at_ten_random_moments(clinic):
    outcome = kill_ours(clinic, MESSAGES, random_lives(MESSAGES, KILLS, seed=19))
    assert outcome.kills >= KILLS // 2, "it was hardly killed at all"
    assert outcome.held(), vars(outcome)
