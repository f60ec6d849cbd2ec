"""The error that a person is meant to read."""


class Problem(Exception):
    """Something the user can do something about.

    Its text is one or two sentences that say what is wrong and what to do;
    ./dev prints it without a traceback and exits non-zero.
    """
