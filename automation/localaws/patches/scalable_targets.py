"""Application Auto Scaling: scalable targets have tags, as on AWS."""

import json
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from automation.localaws.patches.replacement import extend, replace, stock

TAGS = "tags_of_embedded_aws"


def apply() -> None:
    """Add the actions that moto lacks, and keep the tags of a registration."""
    response = ApplicationAutoScalingResponse
    register = stock(response, "register_scalable_target")
    replace(response, "register_scalable_target", _register(register))
    extend(response, tag_resource=_tag, untag_resource=_untag, list_tags_for_resource=_list_tags)


def _register(original: Any) -> Any:
    def register_scalable_target(self: ApplicationAutoScalingResponse) -> Any:
        answer = original(self)
        wanted = self._get_param("Tags")
        if wanted:
            _tags_of(self, json.loads(answer)["ScalableTargetARN"]).update(wanted)
        return answer

    return register_scalable_target


def _tags_of(response: ApplicationAutoScalingResponse, arn: str) -> dict[str, str]:
    targets = response.applicationautoscaling_backend.targets
    for by_resource in targets.values():
        for target in by_resource.values():
            if target.arn == arn:
                return _kept_on(target)
    raise AWSValidationException(f"No scalable target found for the ARN {arn}")


def _kept_on(target: FakeScalableTarget) -> dict[str, str]:
    if not hasattr(target, TAGS):
        setattr(target, TAGS, {})
    kept: dict[str, str] = getattr(target, TAGS)
    return kept


def _tag(self: ApplicationAutoScalingResponse) -> str:
    _tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
    return "{}"


def _untag(self: ApplicationAutoScalingResponse) -> str:
    tags = _tags_of(self, self._get_param("ResourceARN"))
    for name in self._get_param("TagKeys"):
        tags.pop(name, None)
    return "{}"


def _list_tags(self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": _tags_of(self, self._get_param("ResourceARN"))})
