"""ForgeAccess: what workers speak to GitHub with, where the stack has it: the key of a GitHub App, or a token."""

import pulumi
from pulumi_aws import ssm

from components.fleet_component import FleetComponent, StackContext

LONGEST_SECRET = 4096
"""What a parameter without a monthly price holds; a key of 2048 bits takes 1.7 KB."""


class ForgeAccess(FleetComponent):
    """One parameter, sealed."""

    def __init__(self, name: str, context: StackContext) -> None:
        """From Pulumi's secret to SSM's: what a worker is told is the name alone."""
        super().__init__(name, context)
        parameter = ssm.Parameter(
            self.child_name("credentials"),
            name=f"/{context.names.prefix}/github-credentials",
            description="Private key of the fleet's GitHub App, or a token",
            type="SecureString",
            value=pulumi.Config().require_secret("github_credentials").apply(sound_credentials),
            tags=self.tags("credentials"),
            opts=self.child(),
        )
        self.parameter_name = parameter.name
        self.parameter_arn = parameter.arn
        self.finish({"parameter_name": self.parameter_name})


def sound_credentials(value: str) -> str:
    """Refuse what is neither key nor token, without showing it."""
    text = value.strip()
    is_key = text.startswith("-----BEGIN ") and text.endswith("-----")
    is_token = bool(text) and text.isascii() and text.isprintable() and " " not in text
    if not (is_key or is_token) or len(text) > LONGEST_SECRET:
        raise pulumi.RunError(
            f"github_credentials must be a private key (PEM) or a token, {LONGEST_SECRET} characters at most"
        )
    return text
