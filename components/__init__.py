"""The infrastructure: Pulumi component resources, one per file."""
