"""The embedded AWS: moto served by our own process, its patches, the provider for Pulumi and the runtime agent."""
