"""Something is broken again and again while the practice works: ./dev kill.

`breaking` breaks, by one of the `failures`, while some `work` goes on: `mails`, `sms`
(and both channels), `follow_ups` (reminders and receipts), `billing` (drafts and
billing runs), with `colleagues` in between, or `odoo_scheduled` for comparison.
`outcome` says which break repeated what, and whether that may be. `scenarios` are what
the command can be asked for.
"""
