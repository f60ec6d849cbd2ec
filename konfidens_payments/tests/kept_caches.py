"""Odoo's caches, kept from test to test and from class to class.

Odoo empties all of them after each, and to fill them takes a tenth of the tests' time.
As where users work, only what was invalidated is emptied: by the time a test has undone
what it changed, that is all of what it changed.
"""

from unittest.mock import patch


def keep_caches(registry):
    """Return a patch for `clear_all_caches`: it clears what is invalidated from now."""
    before = dict(registry.cache_sequences)

    def clear():
        # Odoo's tests count in the sequences what a finished request would signal.
        signalled = {
            name
            for name, number in registry.cache_sequences.items()
            if number != before[name]
        }
        for name in registry.cache_invalidated | signalled:
            registry.clear_cache(name)
        registry.cache_invalidated.clear()

    return patch.object(registry, "clear_all_caches", clear)
