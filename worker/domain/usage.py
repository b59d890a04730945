"""Usage: what an attempt consumed. The worker counts; the driver prices."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Consumption of one attempt, or of one call of an engine."""

    prompt_tokens: int = 0
    """Tokens read by the engine; 0 for an engine that has none."""
    completion_tokens: int = 0
    """Tokens written by the engine; 0 for an engine that has none."""
    engine_seconds: float = 0.0
    """Wall time within the engine, in seconds."""
    sandbox_seconds: float = 0.0
    """Wall time within the sandbox, in seconds."""
    sandbox_runs: int = 0
    """Processes started in the sandbox."""

    def __add__(self, other: "Usage") -> "Usage":
        """Add up field by field."""
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            engine_seconds=self.engine_seconds + other.engine_seconds,
            sandbox_seconds=self.sandbox_seconds + other.sandbox_seconds,
            sandbox_runs=self.sandbox_runs + other.sandbox_runs,
        )
