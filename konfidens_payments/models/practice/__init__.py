"""How the practice bills: its settings, on the company."""

from . import res_company, res_config_settings
