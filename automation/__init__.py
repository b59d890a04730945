"""The Automation-API driver and its command line."""
