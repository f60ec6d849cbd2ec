"""How the practice bills: its settings, on the company, and the tax of services."""

from . import res_company, settings_fields  # isort: skip
from . import konfidens_payment_settings, res_config_settings  # isort: skip
from . import (
    ir_default,
    product,
    public_holidays,
    quiet_hours,
    seller,
    swish_and_vipps,
    tax_of_services,
    timing,
)
