"""Something is broken again and again while the practice works: ./dev kill.

`breaking` breaks, by one of the `strikes`, while some work goes on: `mails`, `texts`
(SMS and both channels), `later` (reminders and receipts), `billing` (drafts and billing
runs), with `people` in between.
`judge` says which break repeated what, `outcome` whether that may be. `scenarios` are
what the command can be asked for.
"""
