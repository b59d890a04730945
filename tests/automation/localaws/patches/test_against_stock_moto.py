"""Each patch earns its place: right on the embedded AWS, wrong on moto as it comes."""

import datetime as dt
import json

import pytest

from tests.automation.localaws.clouds import Cloud, unique
from tests.automation.localaws.patches.outcome import outcome
from tests.automation.localaws.patches.scripts import printed_by

pytestmark = pytest.mark.slow

NOW = dt.datetime.now(dt.UTC)
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"


def a_tls_only_bucket_lets_its_owner_in(cloud: Cloud) -> object:
    s3, bucket = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    return s3.get_object(Bucket=bucket, Key="k")["Body"].read()


def an_unconditional_denial_still_denies(cloud: Cloud) -> object:
    s3, bucket = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    return s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ResponseMetadata"]["HTTPStatusCode"]


def a_composite_alarm_is_made(cloud: Cloud) -> object:
    cloudwatch, name = cloud.client("cloudwatch"), unique("alarm")
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(other)")
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return [alarm["AlarmRule"] for alarm in found]


def a_new_alarm_knows_nothing_yet(cloud: Cloud) -> object:
    return [alarm["StateValue"] for alarm in _put_alarm(cloud, unique("alarm"))]


def a_changed_alarm_keeps_its_state(cloud: Cloud) -> object:
    name = unique("alarm")
    _put_alarm(cloud, name)
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    return [alarm["StateValue"] for alarm in _put_alarm(cloud, name)]


def _put_alarm(cloud: Cloud, name: str) -> list[dict[str, str]]:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="N",
        MetricName="m",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    found: list[dict[str, str]] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def metric_data_is_of_the_namespace_asked_for(cloud: Cloud) -> object:
    cloudwatch, name = cloud.client("cloudwatch"), unique("metric")
    dimensions = [{"Name": "queue", "Value": "a"}]
    for namespace, value in (("One", 1), ("Two", 100)):
        datum = {"MetricName": name, "Value": value, "Dimensions": dimensions}
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
    metric = {"Namespace": "One", "MetricName": name, "Dimensions": dimensions}
    answer = cloudwatch.get_metric_data(
        StartTime=NOW - dt.timedelta(hours=1),
        EndTime=NOW + dt.timedelta(hours=1),
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 7200, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "e", "Expression": "m"},
        ],
    )
    return [(result["Id"], result["Values"]) for result in answer["MetricDataResults"]]


def the_execution_role_policy_is_there(cloud: Cloud) -> object:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    return cloud.client("iam").get_policy(PolicyArn=arn)["Policy"]["PolicyName"]


def a_stage_can_be_changed(cloud: Cloud) -> object:
    gateway, api = _api(cloud)
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    gateway.update_stage(ApiId=api, StageName="$default", Description="changed")
    stage = gateway.get_stage(ApiId=api, StageName="$default")
    return stage["Description"], stage["AutoDeploy"]


def a_stage_can_be_tagged(cloud: Cloud) -> object:
    gateway, api = _api(cloud)
    gateway.create_stage(ApiId=api, StageName="$default", Tags={"a": "1", "b": "2"})
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api}/stages/$default"
    gateway.tag_resource(ResourceArn=arn, Tags={"c": "3"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
    return gateway.get_stage(ApiId=api, StageName="$default")["Tags"], gateway.get_tags(ResourceArn=arn)[
        "Tags"
    ]


def an_api_can_be_deployed(cloud: Cloud) -> object:
    gateway, api = _api(cloud)
    made = gateway.create_deployment(ApiId=api)["DeploymentId"]
    status = gateway.get_deployment(ApiId=api, DeploymentId=made)["DeploymentStatus"]
    gateway.delete_deployment(ApiId=api, DeploymentId=made)
    return status, gateway.get_deployments(ApiId=api)["Items"]


def _api(cloud: Cloud) -> tuple[object, str]:
    gateway = cloud.client("apigatewayv2")
    return gateway, gateway.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]


def a_deleted_endpoint_is_gone(cloud: Cloud) -> object:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    return ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]


def an_event_source_mapping_leaves_the_queue_alone(cloud: Cloud) -> object:
    url = cloud.queue()
    name = _function(cloud)
    cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=cloud.queue_arn(url), FunctionName=name, Enabled=True, BatchSize=1
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    return [message["Body"] for message in cloud.receive(url)]


def a_function_keeps_its_log_group_and_tells_when_it_changed(cloud: Cloud) -> object:
    name, functions = _function(cloud, LoggingConfig={"LogGroup": "/of/the/fleet"}), cloud.client("lambda")
    made = functions.get_function_configuration(FunctionName=name)
    functions.update_function_code(FunctionName=name, ImageUri=IMAGE)
    held = functions.get_function_configuration(FunctionName=name)
    return held.get("LoggingConfig", {}).get("LogGroup"), held["LastModified"] > made["LastModified"]


def _function(cloud: Cloud, **settings: object) -> str:
    iam = cloud.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    name = unique("function")
    cloud.client("lambda").create_function(
        FunctionName=name, Role=role, PackageType="Image", Code={"ImageUri": IMAGE}, **settings
    )
    return name


def the_tagging_api_finds_what_the_fleet_makes(cloud: Cloud) -> object:
    mark = unique("mark")
    tag = [{"Key": "mark", "Value": mark}]
    cloud.client("ecr").create_repository(repositoryName=unique("repository"), tags=tag)
    cloud.client("events").put_rule(Name=unique("rule"), ScheduleExpression="rate(1 minute)", Tags=tag)
    cloud.client("servicediscovery").create_http_namespace(Name=unique("names"), Tags=tag)
    cloud.client("apigatewayv2").create_api(Name=unique("api"), ProtocolType="HTTP", Tags={"mark": mark})
    _project(cloud, tags=[{"key": "mark", "value": mark}])
    ec2 = cloud.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tag}],
    )
    found = cloud.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "mark", "Values": [mark]}]
    )
    arns = [entry["ResourceARN"] for entry in found["ResourceTagMappingList"]]
    return sorted(arn.split(":")[2] for arn in arns)


def a_queue_keeps_its_policy_when_something_else_is_set(cloud: Cloud) -> object:
    sqs, url = cloud.client("sqs"), cloud.queue()
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "31"})
    kept = "Policy" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    return kept, "Policy" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def a_stale_handle_deletes_nothing(cloud: Cloud) -> object:
    sqs, url = cloud.client("sqs"), cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [first] = cloud.receive(url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    cloud.receive(url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    return "deleted"


def dead_letters_can_be_moved_back(cloud: Cloud) -> object:
    dead = cloud.queue()
    cloud.queue(RedrivePolicy={"deadLetterTargetArn": cloud.queue_arn(dead), "maxReceiveCount": 1})
    return bool(cloud.client("sqs").start_message_move_task(SourceArn=cloud.queue_arn(dead))["TaskHandle"])


def a_budget_can_be_changed_and_tells_whom_it_writes_to(cloud: Cloud) -> object:
    budgets, account, name = cloud.client("budgets"), "123456789012", unique("budget")
    budget = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "10", "Unit": "USD"},
    }
    alert = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 50.0}
    people = [{"SubscriptionType": "EMAIL", "Address": "team@example.com"}]
    budgets.create_budget(
        AccountId=account,
        Budget=budget,
        NotificationsWithSubscribers=[{"Notification": alert, "Subscribers": people}],
    )
    raised = {**budget, "BudgetLimit": {"Amount": "20", "Unit": "USD"}}
    budgets.update_budget(AccountId=account, NewBudget=raised)
    found = budgets.describe_budget(AccountId=account, BudgetName=name)["Budget"]
    told = budgets.describe_subscribers_for_notification(
        AccountId=account, BudgetName=name, Notification=alert
    )
    budgets.delete_budget(AccountId=account, BudgetName=name)
    return found["BudgetLimit"]["Amount"], told["Subscribers"] == people


def a_scalable_target_can_be_tagged(cloud: Cloud) -> object:
    ecs, name = cloud.client("ecs"), unique("cluster")
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )
    ecs.create_service(cluster=name, serviceName="fleet", taskDefinition=name, desiredCount=0)
    scaling, key = (
        cloud.client("application-autoscaling"),
        {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{name}/fleet",
            "ScalableDimension": "ecs:service:DesiredCount",
        },
    )
    arn = scaling.register_scalable_target(**key, MinCapacity=0, MaxCapacity=1, Tags={"a": "1", "b": "1"})[
        "ScalableTargetARN"
    ]
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    tags = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    scaling.deregister_scalable_target(**key)
    ecs.delete_service(cluster=name, service="fleet", force=True)
    return tags


def _project(cloud: Cloud, **settings: object) -> str:
    made = cloud.client("codebuild").create_project(
        name=unique("project"),
        serviceRole="arn:aws:iam::123456789012:role/any",
        source={"type": "S3", "location": "bucket/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
        **settings,
    )
    name: str = made["project"]["name"]
    return name


def a_project_of_builds_can_be_changed(cloud: Cloud) -> object:
    builds, name = cloud.client("codebuild"), _project(cloud, description="a")
    builds.update_project(name=name, description="b", timeoutInMinutes=45)
    [project] = builds.batch_get_projects(names=[name])["projects"]
    return project["timeoutInMinutes"], project["description"]


def a_build_goes_through_its_phases_once(cloud: Cloud) -> object:
    builds = cloud.client("codebuild")
    build = builds.start_build(projectName=_project(cloud))["build"]["id"]
    [seen] = builds.batch_get_builds(ids=[build])["builds"]
    return seen["currentPhase"], [phase["phaseType"] for phase in seen["phases"]]


def a_stopped_build_stays_stopped(cloud: Cloud) -> object:
    builds = cloud.client("codebuild")
    build = builds.start_build(projectName=_project(cloud))["build"]["id"]
    builds.stop_build(id=build)
    [seen] = builds.batch_get_builds(ids=[build])["builds"]
    return seen["buildStatus"]


def a_missing_action_is_an_aws_error(cloud: Cloud) -> object:
    return cloud.client("ecs").list_service_deployments(
        service="arn:aws:ecs:us-east-1:123456789012:service/a/b"
    )


@pytest.mark.parametrize(
    ("ask", "right"),
    [
        (a_tls_only_bucket_lets_its_owner_in, b"x"),
        (a_composite_alarm_is_made, ["ALARM(other)"]),
        (a_new_alarm_knows_nothing_yet, ["INSUFFICIENT_DATA"]),
        (a_changed_alarm_keeps_its_state, ["ALARM"]),
        (metric_data_is_of_the_namespace_asked_for, [("e", [1.0])]),
        (the_execution_role_policy_is_there, "AmazonECSTaskExecutionRolePolicy"),
        (a_stage_can_be_changed, ("changed", True)),
        (a_stage_can_be_tagged, ({"b": "2", "c": "3"}, {"b": "2", "c": "3"})),
        (an_api_can_be_deployed, ("DEPLOYED", [])),
        (a_deleted_endpoint_is_gone, []),
        (an_event_source_mapping_leaves_the_queue_alone, ["kept"]),
        (a_function_keeps_its_log_group_and_tells_when_it_changed, ("/of/the/fleet", True)),
        (
            the_tagging_api_finds_what_the_fleet_makes,
            ["apigateway", "codebuild", "ec2", "ecr", "events", "servicediscovery"],
        ),
        (a_queue_keeps_its_policy_when_something_else_is_set, (True, False)),
        (a_stale_handle_deletes_nothing, "refused: ReceiptHandleIsInvalid"),
        (dead_letters_can_be_moved_back, True),
        (a_budget_can_be_changed_and_tells_whom_it_writes_to, ("20", True)),
        (a_scalable_target_can_be_tagged, {"b": "2"}),
        (a_project_of_builds_can_be_changed, (45, "b")),
        (a_build_goes_through_its_phases_once, ("PROVISIONING", ["SUBMITTED", "QUEUED", "PROVISIONING"])),
        (a_stopped_build_stays_stopped, "STOPPED"),
        (a_missing_action_is_an_aws_error, "refused: NotImplementedInEmbeddedAws"),
    ],
)
def test_the_embedded_aws_is_right_where_stock_moto_is_not(
    ask: object, right: object, embedded: Cloud, stock: Cloud
) -> None:
    assert outcome(ask, embedded) == right
    assert outcome(ask, stock) != right


@pytest.mark.parametrize(("prelude", "freed"), [("apply_patches()", "True"), ("", "False")])
def test_what_is_deleted_is_freed(prelude: str, freed: str) -> None:
    script = f"""
import gc, weakref
from moto.sns.models import Topic
from automation.localaws.patches.apply import apply_patches
{prelude}
watched = weakref.ref(Topic.__new__(Topic))
gc.collect()
print(watched() is None)
"""
    assert printed_by(script) == freed


@pytest.mark.parametrize(("prelude", "read"), [("apply_patches()", "[]"), ("", "['other']")])
def test_a_query_reads_no_partition_but_its_own(prelude: str, read: str) -> None:
    script = f"""
from moto import mock_aws
import boto3, boto3.dynamodb.conditions
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from automation.localaws.patches.apply import apply_patches
{prelude}
read = []
class Watched(dict):
    def values(self):
        read.append("other")
        return super().values()
with mock_aws():
    table = boto3.resource("dynamodb", region_name="us-east-1").create_table(
        TableName="t",
        KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
        AttributeDefinitions=[dict(AttributeName=name, AttributeType="S") for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    for key in ("b", "a", "c"):
        table.put_item(Item=dict(pk="mine", sk=key))
    (backend,) = (of["us-east-1"] for of in dynamodb_backends.values() if "us-east-1" in of)
    backend.tables["t"].items[DynamoType(dict(S="other"))] = Watched()
    query = boto3.dynamodb.conditions.Key("pk").eq
    assert [item["sk"] for item in table.query(KeyConditionExpression=query("mine"))["Items"]] == ["a", "b", "c"]
    assert table.query(KeyConditionExpression=query("absent"))["Items"] == []
print(read[:1])
"""
    assert printed_by(script) == read


def test_an_unconditional_denial_denies_on_both(embedded: Cloud, stock: Cloud) -> None:
    assert outcome(an_unconditional_denial_still_denies, embedded) == "refused: 403"
    assert outcome(an_unconditional_denial_still_denies, stock) == "refused: 403"
