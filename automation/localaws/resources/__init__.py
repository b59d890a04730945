"""The embedded AWS's resource types, one file per service."""
