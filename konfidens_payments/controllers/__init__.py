from . import health, pay_link, pay_pdf, pay_together, portal, receipt
