"""Where `cost report` and `cost budget` have their figures from."""

from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from automation.cli.session import ROOT, Session
from automation.cost.aws_budget import AwsBudget, read_budget
from automation.cost.billed import Billed, billed
from automation.cost.known_prices import known_prices
from automation.cost.measured import recent_times
from automation.cost.metered import Metered, batch_cost, metered_month, read_meter
from automation.driver.stack_file import check_config, set_value
from automation.fleet.access import translate_aws_error, unreachable
from components.config import StackConfig
from components.meter_rates import rates_of
from components.naming import PROJECT, Names
from worker.domain.budget import month_of

BUDGET_KEY = f"{PROJECT}:monthly_budget_usd"


def stack_file(session: Session) -> Path:
    """Return the stack's own file."""
    return ROOT / f"Pulumi.{session.environment}.yaml"


def config_of(session: Session) -> StackConfig:
    """Return the stack's settings as its file has them; raises UsageFault with every mistake."""
    return check_config(session.config, file_name=stack_file(session).name)


def month_of_fleet(session: Session) -> Metered:
    """Read the meter and the newest submissions of a deployed stack; raises Diagnostic."""
    config, now = config_of(session), datetime.now(UTC)
    rates = rates_of(config, known_prices(), session.region)
    table = session.outputs.ledger_table
    try:
        meter = read_meter(session.access, table, month_of(now))
        batches = recent_times(session.access, table)
    except ClientError as fault:
        raise translate_aws_error(fault, "reading the ledger") from fault
    except BotoCoreError as fault:
        raise unreachable(fault) from fault
    costs = [batch_cost(batch, rates=rates, concurrency=config.concurrency) for batch in batches]
    return metered_month(meter, costs, rates=rates, limit_usd=float(config.monthly_budget_usd), now=now)


def bill_of(session: Session, *, is_asked_anew: bool) -> Billed:
    """Return what AWS bills; a call that is made is told with its price."""
    names, account = Names(environment=session.environment), session.outputs.account_id
    answer = billed(
        session.access,
        names,
        keep_in=ROOT / ".ddf" / "cost" / f"billed-{account}-{session.environment}.json",
        now=datetime.now(UTC),
        is_asked_anew=is_asked_anew,
    )
    if answer.calls and not session.is_embedded:
        session.screen.note(f"Asked Cost Explorer: {answer.calls} calls, ${answer.calls * 0.01:.2f}.")
    return answer


def deployed_budget(session: Session) -> tuple[Metered, AwsBudget | None]:
    """Return what our ladder says, and the budget that AWS has; raises Diagnostic."""
    metered = month_of_fleet(session)
    try:
        return metered, read_budget(session.access, Names(environment=session.environment))
    except ClientError as fault:
        raise translate_aws_error(fault, "reading the budget") from fault
    except BotoCoreError as fault:
        raise unreachable(fault) from fault


def set_budget(session: Session, amount: int) -> int:
    """Write a budget into the stack's file, whose comments stay; return what it was."""
    before = config_of(session).monthly_budget_usd
    set_value(stack_file(session), BUDGET_KEY, str(amount))
    return before
