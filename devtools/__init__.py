"""What ./dev runs.

Its rooms, each of which uses only those before it: `environment`, `database`,
`stand_ins`, `practice`, `browser`; then what the commands do: `demo`, `kill`,
`testing` and `sources`. The command line (`cli`, `bootstrap`, `__main__`) is above.
"""
