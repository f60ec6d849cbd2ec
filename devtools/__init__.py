"""What ./dev runs.

Its rooms, each of which uses only those before it: `environment`, `browser`,
`database`, `stand_ins`, `practice`; then what the commands do: `demo`, `pictures`,
`kill`, `testing` and `sources`. The command line (`cli`, `bootstrap`, `__main__`) is
above all.
"""
