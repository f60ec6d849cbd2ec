"""Whether what is due is done, and who is told in words where it is not."""

from . import jobs, notices  # isort: skip
from . import copies, needed, sending, today
