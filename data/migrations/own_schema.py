"""Where everything stands that is this service's alone."""

SCHEMA = "mesaya_payments"
