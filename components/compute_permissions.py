"""Pure: least-privilege policy documents of what runs workers: EC2 instances and Lambda."""

from collections.abc import Sequence

from components.permissions import VERSION, Document, allow, document


def service_trust(service: str) -> Document:
    """Let a service take the role; EC2 and Lambda send no condition keys that could narrow it down."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "TheService",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            },
        ],
    }


def instance_policy(*, region: str, account_id: str, cluster: str) -> Document:
    """What the ECS agent of an instance may do: join its cluster and say what becomes of tasks.

    Images and logs belong to the tasks' execution role.
    """
    prefix = f"arn:aws:ecs:{region}:{account_id}"
    return document(
        # The agent asks where to call before it belongs to any cluster: this action knows no resource.
        allow("FindEcs", ["ecs:DiscoverPollEndpoint"], ["*"]),
        allow(
            "JoinCluster",
            [
                "ecs:DeregisterContainerInstance",
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitContainerStateChange",
                "ecs:SubmitTaskStateChange",
            ],
            [f"{prefix}:cluster/{cluster}"],
        ),
        # An instance's id is not known before it joins.
        allow(
            "FollowOrders",
            ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
            [f"{prefix}:container-instance/{cluster}/*"],
        ),
    )


def network_policy(
    *, region: str, account_id: str, group_id: str, subnet_ids: Sequence[str], function: str
) -> Document:
    """What Lambda needs to place a function in subnets of ours; the function's own code may do none of it."""
    prefix = f"arn:aws:ec2:{region}:{account_id}"
    interfaces = f"{prefix}:network-interface/*"
    place = [
        interfaces,
        f"{prefix}:security-group/{group_id}",
        *(f"{prefix}:subnet/{it}" for it in subnet_ids),
    ]
    changes = ["ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
    looks = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    return document(
        allow("PlaceFunction", ["ec2:CreateNetworkInterface"], place),
        # An interface's id is not known before it is made.
        allow("KeepInterfaces", changes, [interfaces]),
        allow("FindInterfaces", looks, ["*"]),  # they know no resource
        {
            "Sid": "NotTheCode",
            "Effect": "Deny",
            "Action": ["ec2:CreateNetworkInterface", *changes, *looks],
            "Resource": ["*"],
            "Condition": {
                "ArnEquals": {
                    "lambda:SourceFunctionArn": f"arn:aws:lambda:{region}:{account_id}:function:{function}"
                }
            },
        },
    )


def image_access(function_arn: str) -> Document:
    """Let Lambda pull the image of one function from a repository."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "LambdaPullsForOneFunction",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                "Condition": {"StringLike": {"aws:sourceArn": function_arn}},
            },
        ],
    }
