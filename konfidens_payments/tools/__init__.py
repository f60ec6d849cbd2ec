"""What several rooms use."""

from .actions import say
from .addresses import mask_addresses
from .context import (
    COPIED,
    by_itself,
    followed_up,
    get_follow_up,
    is_copy,
    is_quiet,
    lock_or_explain,
    loudly,
    plainly,
    quietly,
)
from .jobs import (
    again_on_conflict,
    do_in_batches,
    get_time_left,
    has_time_left,
    in_batch_or_singly,
)
from .moments import (
    format_appointment,
    format_clock,
    format_coming,
    format_moment,
    later,
    next_full_hour,
    start_of_day,
    to_local,
    to_utc,
)
from .words import end_sentence, explain_error, in_each_language, in_language

__all__ = [
    "COPIED",
    "again_on_conflict",
    "by_itself",
    "do_in_batches",
    "end_sentence",
    "explain_error",
    "followed_up",
    "format_appointment",
    "format_clock",
    "format_coming",
    "format_moment",
    "get_follow_up",
    "get_time_left",
    "has_time_left",
    "in_batch_or_singly",
    "in_each_language",
    "in_language",
    "is_copy",
    "is_quiet",
    "later",
    "lock_or_explain",
    "loudly",
    "mask_addresses",
    "next_full_hour",
    "plainly",
    "quietly",
    "say",
    "start_of_day",
    "to_local",
    "to_utc",
]
