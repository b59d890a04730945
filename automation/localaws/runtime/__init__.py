"""The runtime that moto lacks: ECS services become processes, on public AWS calls only."""
