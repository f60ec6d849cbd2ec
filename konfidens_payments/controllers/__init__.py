from . import pay_link, pay_together, portal
