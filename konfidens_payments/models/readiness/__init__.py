"""Are We Ready?: what a practice needs, what it has, and where the rest is."""

from . import konfidens_payment_readiness  # isort: skip
from . import empty_lists, money, people, practice, sample, sending
