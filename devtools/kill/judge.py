"""Which break repeated which message."""

import itertools
from dataclasses import dataclass, field

# What a killed client had sent is read so much later, in seconds.
_UNDER_WAY = 0.25


@dataclass
class Break:
    """One time that something was broken.

    :ivar begun: when it began (`time.time()`)
    :ivar ended: from when on nothing could be under way any more that it interrupted
    :ivar repeated: the copies that came because of it
    :ivar unknown: the SMS that it left of which nobody knew whether they had left
    """

    begun: float
    ended: float
    repeated: list = field(default_factory=list)
    unknown: set = field(default_factory=set)


@dataclass(frozen=True)
class Copy:
    """A message that came although it had come before.

    :ivar payer: whose
    :ivar before: when it had come before
    :ivar time: when it came again
    :ivar same_id: whether as the very same message (Message-ID)
    """

    payer: str
    before: float
    time: float
    same_id: bool


def blame(arrivals, breaks):
    """Find for each copy the break because of which it came, and write it down there.

    A message is repeated because of a break when its first copy was under way then:
    of all breaks that is the first after that copy came. The next try came later.

    :param arrivals: for each payer what came: a dict to lists of (time, Message-ID)
    :param breaks: list of `Break` in their order
    :return: the copies that no break explains: a list of `Copy`
    """
    unexplained = []
    for payer, came in arrivals.items():
        for (before, first), (again, second) in itertools.pairwise(sorted(came)):
            copy = Copy(payer, before, again, first == second)
            culprit = _first_after(before, breaks)
            if culprit and culprit.begun <= again:
                culprit.repeated.append(copy)
            else:
                unexplained.append(copy)
    return unexplained


def _first_after(moment, breaks):
    return next((one for one in breaks if one.ended + _UNDER_WAY >= moment), None)
