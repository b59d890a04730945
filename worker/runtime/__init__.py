"""What turns queue messages into attempts: consumer, lease, lanes, drain, dispatch, gateway, telemetry."""
