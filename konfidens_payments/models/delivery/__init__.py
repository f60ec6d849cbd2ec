"""What is reported of a message: it arrived and completes its invoice, or it failed."""

from . import completion, failure, late, mail_notification, reports
