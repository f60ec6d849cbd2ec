"""What the demo tells: its steps, each with the evidence that it held."""

import contextlib


class Report:
    """The steps played so far.

    :ivar failed: how many of them did not hold
    """

    def __init__(self):
        self.number = 0
        self.failed = 0

    @contextlib.contextmanager
    def step(self, title):
        """Play one step; it is printed when the block ends.

        Whatever goes wrong inside, the demo goes on with the next step.

        :param title: what is done, and what must hold then
        :return: a `Step`
        """
        self.number += 1
        current = Step()
        try:
            yield current
        except Exception as error:
            current.wrong(title, f"{type(error).__name__}: {error}")
        self.failed += bool(current.problems)
        print(f"{'✗' if current.problems else '✓'} {self.number:2} {title}")
        for line in [*current.evidence, *current.problems]:
            print("     " + line.replace("\n", "\n     "))
        print(flush=True)


class Step:
    """One step's evidence and what did not hold."""

    def __init__(self):
        self.evidence = []
        self.problems = []

    def saw(self, text):
        """Note evidence: values that were read back, or what a mail says."""
        self.evidence.append(text)

    def wrong(self, expected, seen):
        """Note that something did not hold."""
        self.problems.append(f"expected: {expected}\nseen:     {seen}")

    def true(self, holds, text, seen):
        """Check something that the evidence then says in words."""
        if holds:
            self.saw(text)
        else:
            self.wrong(text, seen)

    def equal(self, what, seen, expected):
        """Check a value: what was read back must be what is expected."""
        if seen == expected:
            self.saw(f"{what}: {_word(seen)}")
        else:
            self.wrong(f"{what}: {_word(expected)}", _word(seen))


def _word(value):
    if value is False or value is True:
        return "yes" if value else "none"
    return str(value)
