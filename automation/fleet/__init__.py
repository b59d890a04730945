"""Works with a deployed fleet through AWS alone: jobs, results, control, health, logs."""
