"""What ./dev bench does: measure the addon beside Odoo's own way, or how it grows."""

import sys

from devtools import cli
from devtools.bootstrap import guarded

from . import growth_measuring, measuring


def main(arguments):
    """Measure; returns the exit status.

    :param arguments: as ./dev bench has them
    """
    options = cli.parse(["bench", *arguments])
    return (growth_measuring if options.growth else measuring).run(options)


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
