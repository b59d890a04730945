"""CloudWatch: log groups, metric alarms, dashboards."""

import re
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud, Gone, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, picked_pascal
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

RETENTION_DAYS: tuple[int, ...] = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
)
RETENTION_DAYS += (2922, 3288, 3653)
LOG_DEFAULTS = {"retentionInDays": 0, "skipDestroy": False, "logGroupClass": "STANDARD", "kmsKeyId": ""}
ALARM_DEFAULTS = {
    "actionsEnabled": True,
    "treatMissingData": "missing",
    "alarmDescription": "",
    "alarmActions": [],
    "okActions": [],
    "insufficientDataActions": [],
    "dimensions": {},
}
ALARM_FIELDS = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "evaluationPeriods": "EvaluationPeriods",
    "extendedStatistic": "ExtendedStatistic",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "thresholdMetricId": "ThresholdMetricId",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}
OPERATORS = tuple(
    f"{direction}Than{rest}"
    for direction, rest in (
        ("Greater", "OrEqualToThreshold"),
        ("Greater", "Threshold"),
        ("Less", "Threshold"),
        ("Less", "OrEqualToThreshold"),
        ("LessThanLowerOrGreater", "UpperThreshold"),
        ("Less", "LowerThreshold"),
        ("Greater", "UpperThreshold"),
    )
)


def _check_log_group(props: Props) -> Faults:
    yield from one_of(props, "retentionInDays", RETENTION_DAYS)
    name = known(props, "name")
    if isinstance(name, str) and not re.fullmatch(r"[.\-_/#A-Za-z0-9]+", name):
        yield "name", "'name' may hold letters, digits and ./-_#"


def _create_log_group(cloud: Cloud, props: Props) -> str:
    options = {"kmsKeyId": props["kmsKeyId"]} if props.get("kmsKeyId") else {}
    cloud.logs.create_log_group(logGroupName=props["name"], tags=tags_of(props), **options)
    return str(props["name"])


def _finish_log_group(cloud: Cloud, name: str, props: Props) -> None:
    if props.get("retentionInDays"):
        cloud.logs.put_retention_policy(logGroupName=name, retentionInDays=props["retentionInDays"])


def _read_log_group(cloud: Cloud, name: str, _props: Props) -> Props:
    groups = cloud.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    group = next((group for group in groups if group["logGroupName"] == name), None)
    if group is None:
        raise Gone(name)
    arn = group["arn"].removesuffix(":*")
    return {
        "name": name,
        "arn": arn,
        "retentionInDays": group.get("retentionInDays", 0),
        "kmsKeyId": group.get("kmsKeyId", ""),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "tagsAll": cloud.logs.list_tags_for_resource(resourceArn=arn).get("tags", {}),
    }


def _update_log_group(cloud: Cloud, change: Change) -> None:
    if not change.touches("retentionInDays"):
        return
    if change.new.get("retentionInDays"):
        _finish_log_group(cloud, change.id, change.new)
    else:
        cloud.logs.delete_retention_policy(logGroupName=change.id)


def _delete_log_group(cloud: Cloud, name: str, props: Props) -> None:
    if not props.get("skipDestroy"):
        cloud.logs.delete_log_group(logGroupName=name)


def _check_alarm(props: Props) -> Faults:
    yield from one_of(props, "comparisonOperator", OPERATORS)
    yield from one_of(props, "statistic", ("SampleCount", "Average", "Sum", "Minimum", "Maximum"))
    yield from one_of(props, "treatMissingData", ("breaching", "notBreaching", "ignore", "missing"))
    period = known(props, "period")
    if period is not None and period not in {10, 20, 30} and (period <= 0 or period % 60):
        yield "period", f"'period' must be 10, 20, 30 or a multiple of 60 seconds, not {period}"
    if "metricName" not in props and "metricQueries" not in props:
        yield "metricName", "an alarm needs 'metricName' or 'metricQueries'"
    if "metricName" in props and not props.keys() & {"statistic", "extendedStatistic"}:
        yield "statistic", "an alarm on one metric needs 'statistic' or 'extendedStatistic'"
    points, periods = known(props, "datapointsToAlarm"), known(props, "evaluationPeriods")
    if points is not None and periods is not None and points > periods:
        yield "datapointsToAlarm", "'datapointsToAlarm' is at most 'evaluationPeriods'"


def _put_alarm(cloud: Cloud, props: Props) -> str:
    settings = {
        theirs: props[ours] for ours, theirs in ALARM_FIELDS.items() if props.get(ours) not in (None, "")
    }
    if props.get("dimensions"):
        settings["Dimensions"] = pairs(props["dimensions"], "Name")
    if props.get("metricQueries"):
        settings["Metrics"] = [_query(query) for query in props["metricQueries"]]
    cloud.cloudwatch.put_metric_alarm(AlarmName=props["name"], Tags=pairs(tags_of(props)), **settings)
    return str(props["name"])


def _query(query: Props) -> Props:
    shaped = picked_pascal(query, ("id", "expression", "label", "returnData", "period"))
    metric = query.get("metric")
    if metric:
        dimensions = pairs(metric.get("dimensions") or {}, "Name")
        shaped["MetricStat"] = {
            "Metric": {**picked_pascal(metric, ("metricName", "namespace")), "Dimensions": dimensions},
            **picked_pascal(metric, ("period", "stat", "unit")),
        }
    return shaped


def _read_alarm(cloud: Cloud, name: str, props: Props) -> Props:
    alarms = cloud.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not alarms:
        raise Gone(name)
    alarm = alarms[0]
    found = {ours: alarm.get(theirs) for ours, theirs in ALARM_FIELDS.items()}
    found["alarmDescription"] = found["alarmDescription"] or ""
    found["treatMissingData"] = found["treatMissingData"] or "missing"
    tags = cloud.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    return {
        **found,
        "name": name,
        "arn": alarm["AlarmArn"],
        "dimensions": unpaired(alarm.get("Dimensions"), "Name"),
        "metricQueries": props.get("metricQueries") or camel(alarm.get("Metrics") or []),
        "tagsAll": unpaired(tags),
    }


def _delete_alarm(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.cloudwatch.delete_alarms(AlarmNames=[name])


def _put_dashboard(cloud: Cloud, props: Props) -> str:
    body = props["dashboardBody"]
    cloud.cloudwatch.put_dashboard(DashboardName=props["dashboardName"], DashboardBody=body)
    return str(props["dashboardName"])


def _read_dashboard(cloud: Cloud, name: str, _props: Props) -> Props:
    dashboard = cloud.cloudwatch.get_dashboard(DashboardName=name)
    arn = f"arn:aws:cloudwatch::{cloud.account}:dashboard/{name}"
    return {"dashboardName": name, "dashboardArn": arn, "dashboardBody": dashboard["DashboardBody"]}


def _delete_dashboard(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.cloudwatch.delete_dashboards(DashboardNames=[name])


def _check_dashboard(props: Props) -> Faults:
    if known(props, "dashboardBody") is not None and parse_json(known(props, "dashboardBody")) is None:
        yield "dashboardBody", "'dashboardBody' must be JSON"


def _update(put: Any) -> Any:
    def update(cloud: Cloud, change: Change) -> None:
        put(cloud, change.new)

    return update


TYPES = (
    ResourceType(
        urn_type="aws:cloudwatch/logGroup:LogGroup",
        create=_create_log_group,
        read=_read_log_group,
        update=_update_log_group,
        delete=_delete_log_group,
        finish=_finish_log_group,
        retag=by_arn("logs", style="map"),
        check=_check_log_group,
        replace=frozenset({"name", "namePrefix", "logGroupClass"}),
        name="name",
        name_length=512,
        defaults=LOG_DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:cloudwatch/metricAlarm:MetricAlarm",
        create=_put_alarm,
        read=_read_alarm,
        update=_update(_put_alarm),
        delete=_delete_alarm,
        retag=by_arn("cloudwatch", argument="ResourceARN", style="Key"),
        check=_check_alarm,
        replace=frozenset({"name"}),
        name="name",
        defaults=ALARM_DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:cloudwatch/dashboard:Dashboard",
        create=_put_dashboard,
        read=_read_dashboard,
        update=_update(_put_dashboard),
        delete=_delete_dashboard,
        check=_check_dashboard,
        replace=frozenset({"dashboardName"}),
        identity=frozenset({"dashboardName"}),
    ),
)
