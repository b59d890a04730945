"""Where moto differs from AWS in a way that would hide a fault of ours: one module per service, applied once."""
