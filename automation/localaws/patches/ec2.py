"""VPC endpoints.

In stock moto a deleted one stays visible for ever, and one whose type was left out can't be deleted at all.
"""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint

from automation.localaws.patches.replacement import replace, stock


def apply() -> None:
    """Forget deleted endpoints, so that their VPC can be deleted and scans see the truth."""
    replace(VPCEndPoint, "__init__", _endpoint_init(stock(VPCEndPoint, "__init__")))
    replace(
        EC2Backend, "delete_vpc_endpoints", _delete_vpc_endpoints(stock(EC2Backend, "delete_vpc_endpoints"))
    )


def _endpoint_init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.vpc_endpoint_type = self.vpc_endpoint_type or "Gateway"

    return init


def _delete_vpc_endpoints(original: Any) -> Any:
    def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
        original(self, vpce_ids)
        for endpoint_id in vpce_ids or []:
            self.vpc_end_points.pop(endpoint_id, None)

    return delete_vpc_endpoints
