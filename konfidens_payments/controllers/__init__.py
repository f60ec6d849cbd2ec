from . import health, pay_link, pay_together, portal
