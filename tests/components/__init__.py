"""The infrastructure, declared under mocks: what the engine would be asked for."""
