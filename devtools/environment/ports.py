"""Ports on the loopback interface."""

import errno
import socket

from .problem import Problem

LOOPBACK = "127.0.0.1"
_HTTP_OPTIONS = ("-p", "--http-port")


def free_port():
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def check_port(port):
    """Refuse a port that cannot be served on.

    :raise Problem: when it is taken, or not ours to take
    """
    if not 0 < port < 65536:
        raise Problem(f"{port} is no port: it must lie between 1 and 65535.")
    with socket.socket() as probe:
        # As servers do: a connection that just ended does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            why = "taken" if error.errno == errno.EADDRINUSE else error.strerror
            raise Problem(
                f"Port {port} cannot be used ({why}): choose another one."
            ) from error


def check_port_of(arguments):
    """Check the port of an Odoo command line that starts a server.

    :param arguments: Odoo's arguments, e.g. ["server", "-d", "x", "-p", "8070"]
    :raise Problem: when its port is taken
    """
    if arguments[:1] and arguments[0] != "server" and not arguments[0].startswith("-"):
        return
    if {"--no-http", "--stop-after-init", "--version", "--help", "-h"} & set(arguments):
        return
    port = "8069"
    for here, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, _, value = here.partition("=")
        if option in _HTTP_OPTIONS:
            port = value or following
    if port.isdigit():
        check_port(int(port))
