"""What is reported of a message: it arrived and completes its invoice, or it failed."""

from . import (
    bounces,
    completion,
    failure,
    late,
    mail_notification,
    reports,
    unknown,
)
