"""AWS managed policies: stock moto has none unless an environment variable asks for them."""

import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from automation.localaws.patches.replacement import replace


def apply() -> None:
    """Have them always."""
    replace(IAMBackend, "_init_aws_policies", _managed_policies)


def _managed_policies(self: Any) -> list[Any]:
    return [
        AWSManagedPolicy.from_data(name, self.account_id, self.region_name, data)
        for name, data in json.loads(aws_managed_policies_data).items()
    ]
