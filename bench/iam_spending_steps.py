"""What the role does that keeps a fleet of functions within its budget, step by step, by the real adapters."""

from collections.abc import AsyncIterator, Mapping

from bench.iam_steps import A_LOOK, NOW, Step, in_step, write_log
from bench.iam_world import NAME, World, arn
from worker.adapters.cloudwatch_usage import CloudWatchUsage
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.lambda_intake import LambdaIntake
from worker.adapters.sns_announcer import SnsAnnouncer
from worker.domain.budget import Meter
from worker.domain.fleet_control import SizeChange


async def spending_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A look."""
    clients = {
        service: world.client(service, credentials)
        for service in ("cloudwatch", "dynamodb", "lambda", "logs", "sns")
    }
    usage = CloudWatchUsage(client=clients["cloudwatch"], function=NAME)
    yield "read how long the function worked", in_step(lambda: usage.month(NOW))
    intake = LambdaIntake(client=clients["lambda"], function_arn=arn("lambda", f"function:{NAME}"))
    yield "look at the lanes", in_step(intake.widths)
    for number, uuid in enumerate(world.mappings):
        yield f"close lane {number}", in_step(lambda uuid=uuid: intake.set_width(uuid, 0))
    records = DynamoDbControl(client=clients["dynamodb"], table=NAME)
    yield "read what people want", in_step(records.wishes)
    yield "keep the look", in_step(lambda: records.keep(A_LOOK, version=records.last().version + 1))
    change = SizeChange(at=NOW, before=4, after=2, reason="budget-frozen", sentence="the budget is spent")
    yield "note a change", in_step(lambda: records.note_change(change))
    yield "read the meter", in_step(records.meter)
    meter = Meter(month="2026-05", spent_usd=1.5, looked_at=NOW, since=NOW)
    yield "keep the meter", in_step(lambda: records.keep_meter(meter))
    announcer = SnsAnnouncer(client=clients["sns"], topic_arn=arn("sns", NAME))
    yield "tell of the budget", in_step(lambda: announcer.tell("subject", "text"))
    yield "Lambda writes the log", in_step(lambda: write_log(clients["logs"]))
