"""protect, unprotect: what holds data refuses to be deleted, at once in Pulumi's state and with the next deploy on AWS."""

import click

from automation.cli.confirmation import confirm
from automation.cli.console import Screen
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.driver.guard import refuse_foreign_account
from automation.driver.operations import deployment_of
from automation.driver.protections import holders_of_data, protected_in, set_protection
from automation.driver.workspace import write_config
from automation.errors import ExitCode, UsageFault
from components.naming import PROJECT

PROTECT_KEY = f"{PROJECT}:protect"


@click.command()
@environment_option
@json_option
def protect(environment: str, *, is_json: bool) -> int:
    """Keep what holds data from being deleted: results, ledger, queues, images."""
    screen = Screen(is_json=is_json)
    return _set(Session(environment, screen), is_protected=True)


@click.command()
@environment_option
@click.option("--confirm", "named", metavar="NAME", help="The stack's name, typed: for scripts.")
@yes_option
@json_option
def unprotect(environment: str, *, named: str | None, is_confirmed: bool, is_json: bool) -> int:
    """Let what holds data be deleted again; wants the stack's name, typed."""
    screen = Screen(is_json=is_json)
    if named is not None and named != environment:
        raise UsageFault(
            f"--confirm says {named!r}, but the stack is {environment!r}",
            next_step="type its name",
            reference="confirm",
        )
    if is_confirmed and named is None:
        raise UsageFault(
            "--yes is not enough to drop a protection",
            next_step=f"unprotect --env {environment} --confirm {environment}",
            reference="confirm",
        )
    confirm(screen, lambda: _names_it(environment), is_confirmed=named == environment)
    return _set(Session(environment, screen), is_protected=False)


def _set(session: Session, *, is_protected: bool) -> int:
    stack = session.select()
    deployment = deployment_of(stack)
    environment = session.environment
    refuse_foreign_account(deployment, caller=session.access.account_id(), environment=environment)
    set_protection(session.target, stack, holders_of_data(deployment), is_protected=is_protected)
    write_config(session.target, {PROTECT_KEY: str(is_protected).lower()})
    names = protected_in(deployment_of(stack))
    rest = f"python -m automation deploy --env {environment} brings AWS's own protection in line"

    def render() -> str:
        what = f"Protected are {', '.join(names)}." if names else "Nothing is protected any more."
        return f"{what} Pulumi.{environment}.yaml says so, too. Next: {rest}."

    session.screen.result({"environment": environment, "protected": list(names), "next_step": rest}, render)
    return ExitCode.OK


def _names_it(environment: str) -> bool:
    answer = click.prompt(
        f"This takes the protection from the data of {environment!r}. Type its name to confirm"
    )
    return str(answer).strip() == environment
